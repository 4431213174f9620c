import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import type { ApplyResult } from '../../../src/core/plan/report.ts';
import { renderReport, renderResult } from '../../../src/core/render/report.ts';
import { aCreate, aDelete, anAdopt, anApplied, anId, anUpdate, aPlan, hostileNames } from './a-plan.ts';

const key = { fingerprint: 'fp', path: '/state/main/keys/fp.pem' };
const results: readonly ApplyResult[] = [
  anApplied({ change: aCreate(), id: anId(9), key, normalised: ['/privacy/improve_ai'] }),
  anApplied({ change: anAdopt(), leftOut: ['/capabilities/voice/payments'] }),
  { outcome: 'failed', change: aDelete(), durationMs: 1, error: new Error('no route\nto host') },
  { outcome: 'unknown', change: aCreate({ name: 'Lost' }), durationMs: 1, error: 'answer lost' },
  { outcome: 'skipped', change: anUpdate(), durationMs: 0, reason: 'an update failed before' },
  { outcome: 'stale', change: anUpdate(), durationMs: 0, reason: 'changed since' },
];

test('a report reads like this', () => {
  expect(renderReport({ plan: aPlan(), results }, { account: 'main', color: false })).toMatchInlineSnapshot(`
    "applied create "Support" 00000000-0000-0000-0000-000000000009 key /state/main/keys/fp.pem
      the response shows another value of privacy.improve_ai: a later read shows what was stored
    applied adopt "Support" 00000000-0000-0000-0000-000000000001
      left out, the server did not accept it: capabilities.voice.payments
    failed delete "Support" 00000000-0000-0000-0000-000000000001: no route
      | to host
    unknown create "Lost": answer lost
    skipped update "Support" 00000000-0000-0000-0000-000000000001: an update failed before
    stale update "Support" 00000000-0000-0000-0000-000000000001: changed since
    Account main: Ended: 2 applied (1 created, 1 adopted), 1 failed, 1 skipped, 1 stale, 1 unknown.
    "
  `);
});

test('a report of nothing but successes is done', () => {
  const report = { plan: aPlan(), results: [anApplied(), anApplied({ change: aDelete() })] };

  const text = renderReport(report, { color: false });

  expect(text.trimEnd().split('\n').at(-1)).toBe('Done: 2 applied (1 updated, 1 deleted).');
});

test('a report in which nothing succeeded says so', () => {
  const report = { plan: aPlan(), results: results.slice(2, 3) };

  expect(renderReport(report, { color: false })).toContain('Ended: 0 applied, 1 failed.');
});

test('a report names private keys that are not delivered everywhere, also where nothing was done', () => {
  const key = { id: anId(1), name: 'Support', fingerprint: 'fp', target: 'directory /srv/keys' };
  const failed = { at: 0, reason: 'the disk is full' };

  const text = renderReport({ plan: aPlan(), results: [], undelivered: [key, { ...key, failed }] }, { color: false });

  expect(text).toMatchInlineSnapshot(`
    "undelivered "Support" 00000000-0000-0000-0000-000000000001: its private key is still to be delivered to directory /srv/keys
    undelivered "Support" 00000000-0000-0000-0000-000000000001: its private key was not delivered to directory /srv/keys: the disk is full. It is tried again by each run
    Nothing was done.
    "
  `);
});

test('a report of an empty plan says that nothing was done', () => {
  expect(renderReport({ plan: aPlan(), results: [] }, { color: false })).toBe('Nothing was done.\n');
});

test('a report says nothing of a ledger that was missing: the plan did, and there is one now', () => {
  const plan = aPlan({ notices: [{ kind: 'no-ledger', message: 'no ledger' }] });

  const text = renderReport({ plan, results }, { color: false });

  expect(text).toBe(renderReport({ plan: aPlan(), results }, { color: false }));
});

test('colors change no text', () => {
  const report = { plan: aPlan(), results };

  const coloured = renderReport(report, { color: true });

  expect(coloured).not.toBe(stripVTControlCharacters(coloured));
  expect(stripVTControlCharacters(coloured)).toBe(renderReport(report, { color: false }));
});

test.each([
  { title: 'applied', result: results[0], expected: `applied create "Support" ${anId(9)} key /state/main/keys/fp.pem` },
  { title: 'failed', result: results[2], expected: `failed delete "Support" ${anId(1)}: no route\\nto host` },
  { title: 'unknown', result: results[3], expected: 'unknown create "Lost": answer lost' },
])('a result that is $title fits on one line', ({ result, expected }) => {
  expect(result && renderResult(result)).toBe(expected);
});

test.each(hostileNames.map((name) => ({ name })))(
  'the name and the error $name cannot act on a terminal',
  ({ name }) => {
    const failed: ApplyResult = { outcome: 'failed', change: aDelete({ name }), durationMs: 1, error: new Error(name) };

    const text = renderReport({ plan: aPlan(), results: [failed] }, { color: false });

    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(text.split('\n').filter((line) => /^(Plan|Done|Ended)/.test(line))).toHaveLength(1);
  },
);
