import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { ReconcilerError } from '../../../src/core/errors.ts';
import type { ApplyResult } from '../../../src/core/plan.ts';
import { planToJson, reportToJson } from '../../../src/core/render/json.ts';
import { planJsonSchema, planSchema, reportJsonSchema, reportSchema } from '../../../src/core/render/schema.ts';
import { jsonText } from '../../../src/core/render/visible.ts';
import { aCreate, aDelete, aFullPlan, aManifest, anApplied, anId, anUpdate, aPlan, hostileNames } from './a-plan.ts';

const context = { program: '0.1.0', account: 'main', accountHash: 'account-hash' };

function published(name: string): object {
  return JSON.parse(readFileSync(new URL(`../../../config/${name}.schema.json`, import.meta.url), 'utf8'));
}

const results: readonly ApplyResult[] = [
  anApplied({ change: aCreate(), key: { fingerprint: 'fp', path: '/state/main/keys/fp.pem' }, normalised: ['/a'] }),
  anApplied({ leftOut: ['/b'] }),
  {
    outcome: 'failed',
    change: aDelete(),
    durationMs: 1.5,
    error: new ReconcilerError('E_ABORTED', { reason: 'signal' }),
  },
  { outcome: 'unknown', change: aCreate(), durationMs: 0, error: new Error('lost on https://k:s@api/') },
  { outcome: 'skipped', change: anUpdate(), durationMs: 0, reason: 'the pass was stopped' },
  { outcome: 'stale', change: anUpdate(), durationMs: 0, reason: 'changed since' },
];

describe('the documents', () => {
  test.each([
    { title: 'full', plan: aFullPlan() },
    { title: 'empty', plan: aPlan() },
    { title: 'resumed', plan: aPlan({ changes: [aCreate({ intent: anIntent() })] }) },
  ])('of a plan that is $title follow the published schema', ({ plan }) => {
    const document = JSON.parse(JSON.stringify(planToJson(plan, context)));

    const validate = new Ajv().compile(published('plan'));

    expect(validate(document) ? [] : validate.errors).toEqual([]);
    expect(planSchema.parse(document)).toEqual(document);
  });

  test('of a report follow the published schema', () => {
    const document = JSON.parse(JSON.stringify(reportToJson({ plan: aFullPlan(), results }, context)));

    const validate = new Ajv().compile(published('report'));

    expect(validate(document) ? [] : validate.errors).toEqual([]);
    expect(reportSchema.parse(document)).toEqual(document);
  });

  test('have published schemas equal to the ones in the code', () => {
    expect(published('plan')).toEqual(JSON.parse(JSON.stringify(planJsonSchema())));
    expect(published('report')).toEqual(JSON.parse(JSON.stringify(reportJsonSchema())));
  });
});

function anIntent() {
  const sent = { openedAt: 1, sentAt: 2, before: [], file: 'a.yaml', revision: 'r', hash: 'h', specHash: 's' };
  return { fingerprint: 'intent-key', name: 'Support', keyGenerated: true, ...sent };
}

test('a plan says who made it, for which account, from what', () => {
  const document = planToJson(aPlan(), context);

  expect(document).toMatchObject({ format: 'vonage-gitops.plan/1', ...context, revision: '3f2a91c', serial: 7 });
});

test('a plan without a ledger says so', () => {
  const message = 'no ledger: ownership and deletes unknown';

  expect(planToJson(aPlan({ notices: [{ kind: 'no-ledger', message }] }), context).ledger).toBe('unknown');
  expect(planToJson(aPlan(), context).ledger).toBe('known');
});

test('a plan counts its changes, and what it leaves alone by reason', () => {
  const { summary } = planToJson(aFullPlan(), context);

  expect(summary).toMatchObject({ create: 2, adopt: 1, update: 2, delete: 1, skips: { blocked: 2, unchanged: 1 } });
});

test('a plan holds no body of a manifest', () => {
  const text = JSON.stringify(planToJson(aFullPlan(), context));

  expect(text).not.toContain(String(aManifest().spec['secret']));
  expect(text).toContain(aManifest().hash);
});

test('a member that is absent before or after is absent in the document, null is null', () => {
  const members = [
    { path: '/a/b', after: null },
    { path: '/c', before: false },
  ];

  const [change] = planToJson(aPlan({ changes: [anUpdate({ members })] }), context).changes;

  expect(change?.members).toEqual([
    { path: 'a.b', pointer: '/a/b', after: null },
    { path: 'c', pointer: '/c', before: false },
  ]);
});

test('a report tells the id and the key of what was created', () => {
  const document = reportToJson({ plan: aPlan(), results }, context);

  expect(document.results[0]).toMatchObject({
    outcome: 'applied',
    action: 'create',
    id: anId(1),
    key: { fingerprint: 'fp' },
  });
});

test('a report tells code and message of what failed, without passwords', () => {
  const document = reportToJson({ plan: aPlan(), results }, context);

  expect(document.results[2]).toMatchObject({ outcome: 'failed', code: 'E_ABORTED', message: 'stopped: signal' });
  expect(document.results[3]).toMatchObject({ outcome: 'unknown', message: 'lost on https://(sensitive)@api/' });
  expect(document.results[3]).not.toHaveProperty('id');
  expect(document.summary).toEqual({ applied: 2, failed: 1, skipped: 1, stale: 1, unknown: 1 });
});

test.each(hostileNames.map((name) => ({ name })))(
  'the text of a document with the name $name is safe to print',
  ({ name }) => {
    const document = planToJson(aPlan({ changes: [anUpdate({ name })] }), context);

    const text = jsonText(document);

    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(JSON.parse(text)).toEqual(document);
  },
);
