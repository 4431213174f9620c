import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { reportJsonSchema, reportSchema } from '../../../src/core/documents/report-schema.ts';
import { ReconcilerError } from '../../../src/core/errors.ts';
import type { ApplyResult } from '../../../src/core/plan/report.ts';
import { planToJson, reportToJson } from '../../../src/core/render/json.ts';
import { knownCommit } from '../../../src/core/render/origin-schema.ts';
import { planJsonSchema, planSchema } from '../../../src/core/render/schema.ts';
import { jsonText } from '../../../src/core/render/visible.ts';
import { anObjectId } from '../../builders.ts';
import {
  aCreate,
  aDelete,
  aFullPlan,
  aManifest,
  anAdopt,
  anApplied,
  anId,
  anUpdate,
  aPlan,
  aSkip,
  hostileNames,
} from './a-plan.ts';

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

  expect(document).toMatchObject({ format: 'vonage-gitops.plan/2', ...context, revision: '3f2a91c', serial: 7 });
});

test('a commit is shown as far as it is known', () => {
  const ann = { id: anObjectId('c0ffee'), author: 'Ann', subject: 'Retire IVR', at: 0 };
  const shown = { id: ann.id, author: 'Ann', subject: 'Retire IVR', at: '1970-01-01T00:00:00.000Z' };
  const signed = { ...ann, signer: 'ann@example.com' };
  const removal = planToJson(aPlan({ commit: ann, changes: [aDelete({ removedIn: signed })] }), context);

  expect(planToJson(aPlan({ commit: { id: 'c0ffee' } }), context).commit).toEqual({ id: 'c0ffee' });
  expect(removal.commit).toEqual(shown);
  expect(removal.changes).toMatchObject([{ removedIn: { ...shown, signer: 'ann@example.com' } }]);
  expect(planSchema.parse(removal)).toEqual(removal);
  const documents = [{ id: 'c0ffee' }, shown, { ...shown, signer: 'ann@example.com' }];
  expect(documents.map(knownCommit)).toEqual([{ id: 'c0ffee' }, ann, signed]);
  expect(knownCommit({ id: 'c0ffee', author: 'Ann' })).toEqual({
    id: 'c0ffee',
    author: 'Ann',
    subject: '',
    at: Number.NaN,
  });
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

test('a field that is absent before or after is absent in the document, null is null', () => {
  const members = [
    { path: '/a/b', after: null },
    { path: '/c', before: false },
  ];

  const [change] = planToJson(aPlan({ changes: [anUpdate({ members })] }), context).changes;

  expect(change?.fields).toEqual([
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

test('a report names private keys that are not delivered everywhere, and why', () => {
  const key = { id: anId(1), name: 'Support', fingerprint: 'fp', target: 'directory /srv/keys' };
  const undelivered = [key, { ...key, failed: { at: 0, reason: 'the disk is full' } }];

  const document = reportToJson({ plan: aPlan(), results: [], undelivered }, context);

  expect(document.undelivered).toEqual([key, { ...key, reason: 'the disk is full' }]);
  expect(reportSchema.parse(document)).toEqual(document);
});

describe('every fact of a plan is in its document', () => {
  const [adopt, create, rename, remove] = [
    anAdopt({ previousName: 'Earlier', losses: ['/capabilities/rtc'] }),
    aCreate({ replaces: anId(2), heldFingerprint: 'held', intent: anIntent(), before: [anId(3)], keyTo: ['/k/a.pem'] }),
    anUpdate({ previousName: 'Earlier' }),
    aDelete(),
  ];

  test('of its changes', () => {
    const { changes } = planToJson(aPlan({ changes: [adopt, create, rename, remove] }), context);

    expect(changes).toMatchInlineSnapshot(`
      [
        {
          "action": "adopt",
          "base": "base",
          "diffHash": "diff",
          "fields": [
            {
              "after": "us-east",
              "before": "eu-west",
              "path": "capabilities.voice.region",
              "pointer": "/capabilities/voice/region",
            },
          ],
          "id": "00000000-0000-0000-0000-000000000001",
          "losses": [
            "/capabilities/rtc",
          ],
          "manifestHash": "manifest-hash",
          "name": "Support",
          "place": {
            "column": 9,
            "file": "apps/support.yaml",
            "line": 5,
          },
          "previousName": "Earlier",
          "reason": "same name",
          "unchanged": 12,
        },
        {
          "action": "create",
          "before": [
            "00000000-0000-0000-0000-000000000003",
          ],
          "fields": [
            {
              "after": "us-east",
              "path": "capabilities.voice.region",
              "pointer": "/capabilities/voice/region",
            },
          ],
          "heldFingerprint": "held",
          "intentFingerprint": "intent-key",
          "keyTo": [
            "/k/a.pem",
          ],
          "manifestHash": "manifest-hash",
          "name": "Support",
          "place": {
            "column": 9,
            "file": "apps/support.yaml",
            "line": 5,
          },
          "reason": "new",
          "replaces": "00000000-0000-0000-0000-000000000002",
          "unchanged": 0,
        },
        {
          "action": "update",
          "base": "base",
          "diffHash": "diff",
          "fields": [
            {
              "after": "us-east",
              "before": "eu-west",
              "path": "capabilities.voice.region",
              "pointer": "/capabilities/voice/region",
            },
          ],
          "id": "00000000-0000-0000-0000-000000000001",
          "manifestHash": "manifest-hash",
          "name": "Support",
          "place": {
            "column": 9,
            "file": "apps/support.yaml",
            "line": 5,
          },
          "previousName": "Earlier",
          "reason": "manifest changed",
          "unchanged": 12,
        },
        {
          "action": "delete",
          "base": "base",
          "diffHash": "diff",
          "fields": [
            {
              "after": "us-east",
              "before": "eu-west",
              "path": "capabilities.voice.region",
              "pointer": "/capabilities/voice/region",
            },
          ],
          "file": "apps/old.yaml",
          "id": "00000000-0000-0000-0000-000000000001",
          "linkedNumbers": "not checked",
          "name": "Support",
          "reason": "manifest removed",
          "unchanged": 0,
        },
      ]
    `);
  });

  test('of what is left alone, in whole and in part', () => {
    const place = { file: 'a.yaml', line: 1, column: 2 };
    const members = [{ path: '/name', before: 'a', after: 'b' }];
    const all = { id: anId(1), place, guard: 'subset', change: remove, candidates: [anId(2)], members } as const;

    const { skips } = planToJson(
      aPlan({ skips: [aSkip({ reason: 'blocked', message: 'why', ...all }), aSkip()] }),
      context,
    );

    expect(skips).toStrictEqual([
      {
        reason: 'blocked',
        name: 'Support',
        message: 'why',
        id: anId(1),
        place,
        guard: 'subset',
        change: planToJson(aPlan({ changes: [remove] }), context).changes[0],
        candidates: [anId(2)],
        fields: [{ path: 'name', pointer: '/name', before: 'a', after: 'b' }],
      },
      { reason: 'unchanged', name: 'Support', message: '' },
    ]);
  });

  test('of its notices', () => {
    const notices = [
      { kind: 'key-mismatch', message: 'another key', name: 'Support' },
      { kind: 'incomplete', message: 'a part' },
      { kind: 'twin', message: 'a twin', name: 'Support', ids: [anId(1), anId(2)] },
    ] as const;
    const document = planToJson(aPlan({ notices }), context);

    expect(document.notices).toStrictEqual(notices);
    expect(document.ledger).toBe('known');
  });

  test('of the results', () => {
    const unknown: ApplyResult = {
      outcome: 'unknown',
      change: anUpdate(),
      durationMs: 0,
      error: new ReconcilerError('E_CREATE_UNDECIDED', { application: 'Support' }),
    };

    const document = reportToJson({ plan: aPlan(), results: [...results, unknown] }, context);

    expect(document.results).toMatchInlineSnapshot(`
      [
        {
          "action": "create",
          "durationMs": 20,
          "id": "00000000-0000-0000-0000-000000000001",
          "key": {
            "fingerprint": "fp",
            "path": "/state/main/keys/fp.pem",
          },
          "leftOut": [],
          "name": "Support",
          "normalized": [
            "/a",
          ],
          "outcome": "applied",
          "place": {
            "column": 9,
            "file": "apps/support.yaml",
            "line": 5,
          },
        },
        {
          "action": "update",
          "durationMs": 20,
          "id": "00000000-0000-0000-0000-000000000001",
          "leftOut": [
            "/b",
          ],
          "name": "Support",
          "normalized": [],
          "outcome": "applied",
          "place": {
            "column": 9,
            "file": "apps/support.yaml",
            "line": 5,
          },
        },
        {
          "action": "delete",
          "code": "E_ABORTED",
          "durationMs": 1.5,
          "id": "00000000-0000-0000-0000-000000000001",
          "message": "stopped: signal",
          "name": "Support",
          "outcome": "failed",
        },
        {
          "action": "create",
          "durationMs": 0,
          "message": "lost on https://(sensitive)@api/",
          "name": "Support",
          "outcome": "unknown",
          "place": {
            "column": 9,
            "file": "apps/support.yaml",
            "line": 5,
          },
        },
        {
          "action": "update",
          "durationMs": 0,
          "id": "00000000-0000-0000-0000-000000000001",
          "message": "the pass was stopped",
          "name": "Support",
          "outcome": "skipped",
          "place": {
            "column": 9,
            "file": "apps/support.yaml",
            "line": 5,
          },
        },
        {
          "action": "update",
          "durationMs": 0,
          "id": "00000000-0000-0000-0000-000000000001",
          "message": "changed since",
          "name": "Support",
          "outcome": "stale",
          "place": {
            "column": 9,
            "file": "apps/support.yaml",
            "line": 5,
          },
        },
        {
          "action": "update",
          "code": "E_CREATE_UNDECIDED",
          "durationMs": 0,
          "id": "00000000-0000-0000-0000-000000000001",
          "message": "Support: the response to the create was lost, so it may exist. It is not sent again until this is resolved; run apply again",
          "name": "Support",
          "outcome": "unknown",
          "place": {
            "column": 9,
            "file": "apps/support.yaml",
            "line": 5,
          },
        },
      ]
    `);
  });

  test('have the hash of a plan where there is one', () => {
    expect(planToJson(aPlan({ planHash: 'f'.repeat(64) }), context)).toHaveProperty('planHash', 'f'.repeat(64));
    expect(planToJson(aPlan(), context)).not.toHaveProperty('planHash');
  });
});
