import { describe, expect, test } from 'vitest';
import { recordAll } from '../../../src/core/ledger/record.ts';
import { describeMove, sourceStanding, sourcesWith } from '../../../src/core/ledger/source-standing.ts';
import { aDesiredState, aLedger, aManifest, anApplication, anEntry, anId } from '../../builders.ts';
import { type Given, planOf, summaryOf } from '../plan-of.ts';

const ours = 'git:git.example.com/team/config//apps';
const fork = 'git:git.example.com/somebody/config//apps';

describe('how a source stands to the ledger', () => {
  test.each([
    { title: 'the first one', sources: [], source: ours, follow: 'current', confirm: 'current' },
    { title: 'the one in effect', sources: [ours, fork], source: ours, follow: 'current', confirm: 'current' },
    {
      title: 'its directory, a repository by now',
      sources: ['/home/ann/apps'],
      source: ours,
      follow: 'current',
      confirm: 'current',
    },
    {
      title: 'its directory, again known as the repository before',
      sources: ['/home/ann/apps', ours],
      source: ours,
      follow: 'current',
      confirm: 'current',
    },
    {
      title: 'another repository in a directory that held one before',
      sources: ['/home/ann/apps', ours],
      source: fork,
      follow: 'moved',
      confirm: 'other',
    },
    { title: 'a new one', sources: [ours], source: fork, follow: 'moved', confirm: 'other' },
    {
      title: 'a directory elsewhere',
      sources: ['/srv/apps'],
      source: '/home/ann/apps',
      follow: 'moved',
      confirm: 'other',
    },
    {
      title: 'a directory that was a repository',
      sources: [ours],
      source: '/home/ann/apps',
      follow: 'moved',
      confirm: 'other',
    },
    { title: 'one that was in effect before', sources: [fork, ours], source: ours, follow: 'other', confirm: 'other' },
  ])('$title is $follow with a configuration file and $confirm without', ({ sources, source, follow, confirm }) => {
    const facts = { owned: { sources }, desired: { source, root: '/home/ann/apps' } };

    expect(sourceStanding({ ...facts, policy: { newSource: 'follow' } })).toBe(follow);
    expect(sourceStanding({ ...facts, policy: { newSource: 'confirm' } })).toBe(confirm);
  });

  test.each([
    { from: ours, to: ours, newSource: 'follow', message: undefined },
    {
      from: ours,
      to: fork,
      newSource: 'follow',
      message: `manifests moved from ${ours} to ${fork}: this pass deletes nothing, and what ${fork} does not declare stays kept`,
    },
    {
      from: ours,
      to: fork,
      newSource: 'confirm',
      message: `manifests moved from ${ours} to ${fork}: nothing is deleted until "vonage-gitops state move" confirms it`,
    },
    {
      from: ours,
      to: `${ours}/team-a`,
      newSource: 'confirm',
      message: `${ours}/team-a is a part of the manifests in ${ours}: a part never deletes`,
    },
    {
      from: 'git:git.example.com/team/config//',
      to: ours,
      newSource: 'confirm',
      message: `${ours} is a part of the manifests in git:git.example.com/team/config//: a part never deletes`,
    },
    {
      from: '/home/ann',
      to: ours,
      newSource: 'confirm',
      message: `${ours} is a part of the manifests in /home/ann: a part never deletes`,
    },
  ] as const)('$from, then $to ($newSource)', ({ from, to, newSource, message }) => {
    const facts = {
      owned: { sources: [from] },
      desired: { source: to, root: '/home/ann/apps' },
      policy: { newSource },
    };

    expect(describeMove(facts)).toBe(message);
  });

  test('an earlier source is named as one', () => {
    const facts = { owned: { sources: [fork, ours] }, desired: { source: ours, root: '/home/ann/apps' } };

    expect(describeMove({ ...facts, policy: { newSource: 'follow' } })).toContain(`from ${fork} back to ${ours}`);
  });

  test('the last five are remembered, each once, and a path no longer once it is known as a repository', () => {
    const six = ['1', '2', '3', '4', '5', '6'].reduce<readonly string[]>(
      (sources, source) => sourcesWith(sources, { source, root: '/home/ann/apps' }),
      [],
    );

    expect(six).toEqual(['6', '5', '4', '3', '2']);
    expect(sourcesWith(six, { source: '4', root: '/home/ann/apps' })).toEqual(['4', '6', '5', '3', '2']);
    expect(sourcesWith(['/home/ann/apps', fork], { source: ours, root: '/home/ann/apps' })).toEqual([ours, fork]);
  });
});

describe('manifests from a new source that a configuration file names', () => {
  const kept = aManifest();
  const lost = anEntry({ id: anId(9), name: 'Old' });
  const given: Given = {
    manifests: [kept],
    applications: [anApplication(), anApplication({ id: anId(9), name: 'Old' })],
    owned: aLedger({ sources: [ours], entries: [anEntry({ manifest: kept }), lost] }),
    desired: { source: fork },
    policy: { policy: 'sync', deletes: { max: 99, maxPercent: 100, per24h: 99 } },
  };
  const ledgerAfter = (one: Given) => recordAll(one.owned ?? aLedger(), planOf(one).notes);
  const next = (one: Given): Given => ({ ...one, owned: ledgerAfter(one) });

  test('delete nothing in that pass, whatever is allowed, and say so', () => {
    const plan = planOf({ ...given, overrides: { allowDeletes: 9 } });

    expect(summaryOf(plan)).toEqual(['kept Old', 'unchanged Support']);
    expect(plan.notices).toContainEqual({ kind: 'source', message: expect.stringContaining(fork) });
  });

  test('are in effect afterwards, and what they do not declare stays kept until a number of deletes is allowed', () => {
    const second = next(given);

    expect(second.owned?.sources).toEqual([fork, ours]);
    expect(second.owned?.entries.get(anId(9))?.orphaned).toEqual({ at: 0, policy: 'sync', cause: 'moved' });
    expect(summaryOf(planOf(second))).toEqual(['kept Old', 'unchanged Support']);
    expect(planOf(second).notices).toEqual([]);
    expect(planOf(second).notes).toEqual([]);
    expect(summaryOf(planOf({ ...second, overrides: { allowDeletes: 1 } }))).toEqual([
      'delete Old',
      'unchanged Support',
    ]);
  });

  test('delete what they declared and lost', () => {
    const second = next({ ...given, manifests: [kept, aManifest({ name: 'Old' })] });

    expect(summaryOf(planOf({ ...second, manifests: [kept] }))).toEqual(['delete Old', 'unchanged Support']);
  });

  test('do not carry out what was removed from the earlier source, nor give up what it orphaned', () => {
    const orphaned = { at: 5, policy: 'sync' } as const;
    const entries = [anEntry({ manifest: kept }), { ...lost, orphaned, deletionPolicy: 'orphan' } as const];
    const second = next({ ...given, owned: aLedger({ sources: [ours], entries }) });

    expect(second.owned?.entries.get(anId(9))?.orphaned).toEqual({ ...orphaned, cause: 'moved' });
    expect(summaryOf(planOf(second))).toEqual(['kept Old', 'unchanged Support']);
    expect(summaryOf(planOf(next(second)))).toEqual(['kept Old', 'unchanged Support']);
  });

  test('leave behind what is missing at the moment as well: it may only be late', () => {
    const away = { ...given, applications: [anApplication()], gone: [anId(9)], now: 60_000 };
    const second = next(away);

    expect(summaryOf(planOf(away))).toEqual(['missing Old', 'unchanged Support']);
    expect(second.owned?.entries.get(anId(9))?.orphaned).toMatchObject({ cause: 'moved' });
  });

  test.each([
    { title: 'only a part is selected', other: { selection: { only: ['Support'] } } },
    { title: 'a manifest is broken', other: { desired: { source: fork, complete: false } } },
    { title: 'there are no manifests', other: { manifests: [] } },
    { title: 'the listing is unstable', other: { live: { stable: false } } },
  ])('are not in effect yet while $title', ({ other }) => {
    expect(ledgerAfter({ ...given, ...other }).sources).toEqual([ours]);
  });

  test('of a source that was in effect before count as a part: nothing is deleted or noted', () => {
    const earlier = {
      ...given,
      owned: aLedger({ sources: [ours, fork], entries: [anEntry({ manifest: kept }), lost] }),
    };

    expect(summaryOf(planOf(earlier))).toEqual(['blocked (subset) Old', 'unchanged Support']);
    expect(planOf(earlier).notices).toContainEqual({ kind: 'source', message: expect.stringContaining('back to') });
    expect(planOf(earlier).notes.filter(({ kind }) => kind === 'source')).toEqual([]);
    expect(ledgerAfter(earlier).entries.get(anId(9))).toEqual(lost);
  });
});

test('a checkout at another path is the same source: it deletes, and the ledger notes where it is now', () => {
  const owned = aLedger({
    root: '/laptop/apps',
    sources: [ours],
    entries: [anEntry({ id: anId(9), name: 'Old' }), anEntry()],
  });
  const plan = planOf({
    manifests: [aManifest()],
    applications: [anApplication(), anApplication({ id: anId(9), name: 'Old' })],
    owned,
    desired: { source: ours, root: '/builds/1234/apps' },
    policy: { policy: 'sync' },
  });

  expect(plan.changes.map(({ action }) => action)).toContain('delete');
  expect(plan.notes).toContainEqual({ kind: 'source', source: ours, root: '/builds/1234/apps' });
});

test('a pass that begins no ledger notes no source', () => {
  const { sources } = aLedger();
  const plan = planOf({
    owned: { ...aLedger({ sources: [] }), known: false },
    manifests: [],
    policy: { allowEmpty: true },
  });

  expect(sources).toEqual([aDesiredState().source]);
  expect(plan.notes).toEqual([]);
});
