import { describe, expect, test } from 'vitest';
import type { LiveApplication } from '../../scripts/torture-account.ts';
import type { Evidence } from '../../scripts/torture-evidence.ts';
import { faultRules, randomFrom, type Verb } from '../../scripts/torture-faults.ts';
import { drawKill, drawKillOfCreates, drawKillOfRotation, type KillPlan } from '../../scripts/torture-kill.ts';
import { countFindings, deleteFindings } from '../../scripts/torture-proof.ts';
import { requestFindings } from '../../scripts/torture-proof-requests.ts';
import { drawStages, type Stage, titles } from '../../scripts/torture-stages.ts';
import { parseFault } from '../../src/emulator/flags.ts';

const plan = (verb: Verb) => ({ verb, stormsEvery: 250, pages: 6, victims: ['one', 'two'] });
const size = { manifests: 200, kills: 25, pages: 6, victims: ['a', 'b', 'c', 'd', 'e'] };

test('the torture draws the same stages and faults from the same seed, and others from another', () => {
  const stages = (seed: number) => drawStages(randomFrom(seed), size);

  expect(stages(7)).toEqual(stages(7));
  expect(stages(7)).not.toEqual(stages(8));
});

test('the emulator understands every fault, and their shares are as the page says', () => {
  const rules = faultRules(randomFrom(1), plan('POST')).map(parseFault);
  const ofPosts = rules.filter(({ match }) => match?.verb === 'POST').map(({ action }) => action.kind);
  const share = (...kinds: readonly string[]) => ofPosts.filter((kind) => kinds.includes(kind)).length / 2000;

  expect(share('timeout-after')).toBeCloseTo(0.3, 1);
  expect(share('reset-before', 'reset-after')).toBeCloseTo(0.1, 1);
  expect(share('stale-list')).toBeCloseTo(0.15, 1);
  expect(rules.filter(({ action }) => action.kind === 'page-shift')).toHaveLength(2);
  expect(rules.some(({ action }) => action.kind === 'status' && action.status === 429)).toBe(true);
});

test.each([
  {
    verb: 'PUT',
    kinds: ['timeout-after', 'reset-before', 'reset-after', 'truncate', 'stale-body', 'not-stored', 'html'],
  },
  { verb: 'DELETE', kinds: ['timeout-after', 'reset-before', 'reset-after', 'status', 'gateway-404', 'html'] },
] as const)('every $verb may be lost, before or after, or answered by something else', ({ verb, kinds }) => {
  const rules = faultRules(randomFrom(1), plan(verb)).map(parseFault);

  const drawn = new Set(rules.filter(({ match }) => match?.verb === verb).map(({ action }) => action.kind));

  expect([...drawn]).toEqual(expect.arrayContaining([...kinds]));
  expect(rules.some(({ match }) => match?.verb === 'POST')).toBe(false);
});

describe('the stages', () => {
  const stages = drawStages(randomFrom(42), size);
  const numbersOf = (title: Stage['title']) => stages.find((stage) => stage.title === title)?.numbers ?? [];

  test('come in order: creates, updates, renames, deletes, rotations', () => {
    expect(stages.map(({ title }) => title)).toEqual(titles);
    expect(stages.map(({ numbers }) => numbers.length)).toEqual([200, 100, 25, 25, 10]);
  });

  test('rotate nothing that was deleted, and name no application twice', () => {
    expect(numbersOf('rotations').filter((number) => numbersOf('deletes').includes(number))).toEqual([]);
    for (const { numbers } of stages) expect(new Set(numbers).size).toBe(numbers.length);
  });

  test('take one application of others each, and never the same one', () => {
    const shifted = stages.map(({ faults }) => faults.filter((fault) => fault.includes('page-shift')));

    expect(shifted.map((faults) => faults.length)).toEqual([1, 1, 1, 1, 1]);
  });
});

test.each([
  { title: 'nothing is left to create: soon', left: { writes: 0, kills: 9 }, what: ['start'] },
  { title: 'the last kills: in the wait for lost creates', left: { writes: 9, kills: 2 }, what: ['waiting'] },
])('when it kills creates, $title', ({ left, what }) => {
  const random = randomFrom(3);

  const drawn = Array.from({ length: 50 }, () => drawKillOfCreates(random, left).after.what);

  expect([...new Set(drawn)]).toEqual(what);
});

test('otherwise it kills after some writes, spread so that some are left for every kill, and sometimes after reads', () => {
  const random = randomFrom(3);

  const drawn = Array.from({ length: 200 }, () => drawKill(random, { writes: 100, kills: 20 }));

  const writes = countsOf('writes', drawn);
  expect(writes.length).toBeGreaterThan(100);
  expect(Math.max(...writes)).toBeLessThanOrEqual(10);
  expect(Math.min(...writes)).toBe(1);
  expect(countsOf('reads', drawn).length).toBeGreaterThan(10);
});

test('a rotation is killed before its write, after it, or while it starts', () => {
  const random = randomFrom(3);

  const drawn = Array.from({ length: 50 }, () => drawKillOfRotation(random));

  expect(new Set(drawn.map(({ after }) => after.what))).toEqual(new Set(['start', 'reads', 'writes']));
});

function countsOf(what: 'reads' | 'writes', drawn: readonly KillPlan[]): readonly number[] {
  return drawn.flatMap(({ after }) => (after.what === what ? [after.count] : []));
}

test.each([
  { title: 'a create where updates were due', request: { verb: 'POST', path: '/v2/applications' } },
  { title: 'an update of another application', request: { verb: 'PUT', path: '/v2/applications/other' } },
  { title: 'a delete', request: { verb: 'DELETE', path: '/v2/applications/mine' } },
])('the proof finds $title', ({ request }) => {
  const due = { verb: 'PUT', path: '/v2/applications/mine' };

  expect(requestFindings(evidenceOf([due]))).toEqual([]);
  expect(requestFindings(evidenceOf([due, request]))).toEqual([`updates: ${request.verb} ${request.path}`]);
});

test('the proof finds a write after all was done', () => {
  const evidence = evidenceOf([]);

  const late = { ...evidence, requests: [{ verb: 'PUT', path: '/v2/applications/mine' }] };

  expect(requestFindings(late)).toEqual(['PUT /v2/applications/mine, when all was done']);
});

test.each([
  { title: 'nothing, where all is well', live: [aLive({})], found: [] },
  {
    title: 'one that is lost',
    live: [],
    found: ['New: 0 applications', 'New: its id is not as before', 'New: its webhook is undefined'],
  },
  { title: 'one that is doubled', live: [aLive({}), aLive({ id: 'other' })], found: ['New: 2 applications'] },
  { title: 'one that was created again', live: [aLive({ id: 'other' })], found: ['New: its id is not as before'] },
  {
    title: 'one with its old name beside it',
    live: [aLive({}), aLive({ id: 'other', name: 'Old' })],
    found: ['New: 1 applications with the name before'],
  },
  {
    title: 'one that was not updated',
    live: [aLive({ address: 'https://old' })],
    found: ['New: its webhook is https://old'],
  },
])('the proof finds $title', ({ live, found }) => {
  const wanted = [{ number: 1, name: 'New', formerly: 'Old', webhook: 'https://new' }];

  expect(countFindings({ ...evidenceOf([]), wanted, live })).toEqual(found);
});

test.each([
  { title: 'nothing, where all is well', live: [], deletes: ['mine'], found: [] },
  { title: 'what was not deleted', live: [aLive({})], deletes: ['mine'], found: ['mine: not deleted'] },
  {
    title: 'what was deleted and not counted',
    live: [],
    deletes: [],
    found: ['mine: deleted 0 times, as the ledger says'],
  },
  {
    title: 'what was deleted by accident',
    live: [],
    deletes: ['mine', 'other'],
    found: ['name of other: deleted, and its manifest is there'],
  },
])('of deletes the proof finds $title', ({ live, deletes, found }) => {
  const stages = [{ title: 'deletes', numbers: [1], kills: 0, faults: [] }] as const;
  const ledger = { deletes: deletes.map((id) => ({ id, name: `name of ${id}` })) };

  expect(deleteFindings({ ...evidenceOf([]), stages, live }, ledger)).toEqual(found);
});

function aLive({ id = 'mine', name = 'New', address = 'https://new' }): LiveApplication {
  return { id, name, keys: {}, capabilities: { voice: { webhooks: { event_url: { address } } } } };
}

/** One stage of updates about one application, in which these requests arrived. */
function evidenceOf(requests: Evidence['requests']): Evidence {
  const live: readonly LiveApplication[] = [];
  return {
    wanted: [],
    stages: [{ title: 'updates', numbers: [1], kills: 0, faults: [] }],
    histories: [
      { title: 'updates', count: 1, kills: [], codes: [], keysSeen: new Map(), requestsAtEnd: requests.length },
    ],
    ids: new Map([[1, 'mine']]),
    live,
    requests,
    untouched: new Map(),
    state: '',
  };
}
