import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonical } from '../../../src/core/application/canonical.ts';
import { diff } from '../../../src/core/application/diff.ts';
import { type JsonObject, jsonEquals } from '../../../src/core/json.ts';
import { shownMembers } from '../../../src/core/redact/shown-members.ts';
import { aManifest } from '../../builders.ts';
import { aBody } from '../arbitraries.ts';

const json = fc.dictionary(fc.string(), fc.jsonValue()).map((value) => JSON.parse(JSON.stringify(value)));

interface DiffCase {
  readonly title: string;
  readonly before: JsonObject;
  readonly after: JsonObject;
  readonly members: ReturnType<typeof diff>['members'];
  readonly unchanged: number;
}

describe('differences', () => {
  test.each<DiffCase>([
    { title: 'nothing', before: { a: 1, b: { c: 2 } }, after: { b: { c: 2 }, a: 1 }, members: [], unchanged: 2 },
    {
      title: 'a changed leaf',
      before: { a: { b: 1, c: 1 } },
      after: { a: { b: 2, c: 1 } },
      members: [{ path: '/a/b', before: 1, after: 2 }],
      unchanged: 1,
    },
    { title: 'a new leaf', before: {}, after: { a: { b: 1 } }, members: [{ path: '/a/b', after: 1 }], unchanged: 0 },
    { title: 'a lost leaf', before: { a: { b: 1 } }, after: {}, members: [{ path: '/a/b', before: 1 }], unchanged: 0 },
    {
      title: 'a new empty object',
      before: {},
      after: { vbc: {} },
      members: [{ path: '/vbc', after: {} }],
      unchanged: 0,
    },
    { title: 'two equal empty objects', before: { vbc: {} }, after: { vbc: {} }, members: [], unchanged: 1 },
    {
      title: 'an array is one value',
      before: { a: [1, 2] },
      after: { a: [2, 1] },
      members: [{ path: '/a', before: [1, 2], after: [2, 1] }],
      unchanged: 0,
    },
    { title: 'two equal arrays', before: { a: [{ b: 1 }] }, after: { a: [{ b: 1 }] }, members: [], unchanged: 1 },
    {
      title: 'an object in the place of a scalar',
      before: { a: 1 },
      after: { a: { b: 1 } },
      members: [{ path: '/a', before: 1, after: { b: 1 } }],
      unchanged: 0,
    },
    {
      title: 'a scalar in the place of an object',
      before: { a: { b: 1 } },
      after: { a: null },
      members: [{ path: '/a', before: { b: 1 }, after: null }],
      unchanged: 0,
    },
    {
      title: 'an array in the place of nothing',
      before: {},
      after: { a: [] },
      members: [{ path: '/a', after: [] }],
      unchanged: 0,
    },
    {
      title: 'paths are in order and escaped',
      before: {},
      after: { 'b/c': 1, a: 1 },
      members: [
        { path: '/a', after: 1 },
        { path: '/b~1c', after: 1 },
      ],
      unchanged: 0,
    },
    {
      title: 'a field named like something inherited',
      before: {},
      after: { constructor: 1 },
      members: [{ path: '/constructor', after: 1 }],
      unchanged: 0,
    },
  ])('$title', ({ before, after, members, unchanged }) => {
    expect(diff(before, after)).toStrictEqual({ members, unchanged });
  });

  test('a canonical body does not differ from itself', () => {
    fc.assert(
      fc.property(aBody(), (body) => {
        expect(diff(canonical(body), canonical(structuredClone(body))).members).toStrictEqual([]);
      }),
    );
  });

  test('two bodies differ exactly when they are not equal', () => {
    fc.assert(
      fc.property(json, json, (one, other) => {
        expect(diff(one, other).members.length === 0).toBe(jsonEquals(one, other));
        expect(diff(one, structuredClone(one)).members).toStrictEqual([]);
      }),
    );
  });
});

describe('differences as people see them', () => {
  const address = '/capabilities/voice/webhooks/answer_url/address';
  const secret = 'https://hooks.example/?token=T0P-S3CR3T';
  const hooks = {
    voice: { webhooks: { answer_url: { address: secret } }, payments: { gateways: [{ credential: 'x' }] } },
  };
  const concealed = new Map([
    [address, 'https://hooks.example/?token=${TOKEN}'],
    ['/capabilities/voice/payments/gateways/0/mode', '${MODE}'],
    ['/capabilities/voice/region', '${REGION}'],
    ['/capabilities/voice/conversations_ttl', '${TTL}'],
  ]);
  const spec = { capabilities: { voice: { ...hooks.voice, region: 'eu', conversations_ttl: 48 } } };
  const manifest = aManifest({ spec, concealed });

  test.each([
    {
      title: 'a scalar from the environment shows as written, its live side not at all',
      difference: { path: address, before: 'https://old.example/', after: secret },
      expected: { path: address, before: '(sensitive)', after: 'https://hooks.example/?token=${TOKEN}' },
    },
    {
      title: 'a scalar from the environment shows as written inside a whole object',
      difference: { path: '/capabilities/voice/webhooks/answer_url', after: { address: secret, http_method: 'GET' } },
      expected: {
        path: '/capabilities/voice/webhooks/answer_url',
        after: { address: 'https://hooks.example/?token=${TOKEN}', http_method: 'GET' },
      },
    },
    {
      title: 'a whole object whose inside comes from the environment hides its live side',
      difference: { path: '/capabilities/voice/webhooks', before: { answer_url: { address: 'x' } } },
      expected: { path: '/capabilities/voice/webhooks', before: '(sensitive)' },
    },
    {
      title: 'a scalar from the environment shows as written inside an array',
      difference: { path: '/capabilities/voice/payments/gateways', after: [{ mode: 'live', credential: 'x' }, 7] },
      expected: {
        path: '/capabilities/voice/payments/gateways',
        after: [{ mode: '${MODE}', credential: '(sensitive)' }, 7],
      },
    },
    {
      title: 'a value from the environment is hidden where it was live under another field',
      difference: {
        path: '/capabilities/voice/webhooks/event_url/address',
        before: secret,
        after: 'https://e.example/',
      },
      expected: {
        path: '/capabilities/voice/webhooks/event_url/address',
        before: '(sensitive)',
        after: 'https://e.example/',
      },
    },
    {
      title: 'a short value from the environment hides nothing by chance',
      difference: { path: '/name', before: 'neutral', after: 'eu' },
      expected: { path: '/name', before: 'neutral', after: 'eu' },
    },
    {
      title: 'a hook’s secret is never shown',
      difference: { path: '/capabilities/video/webhooks/archive_status/secret', before: 'a', after: 'b' },
      expected: {
        path: '/capabilities/video/webhooks/archive_status/secret',
        before: '(sensitive)',
        after: '(sensitive)',
      },
    },
    {
      title: 'a public key shows as its fingerprint',
      difference: { path: '/keys/public_key', before: 'a'.repeat(64), after: 'no key' },
      expected: { path: '/keys/public_key', before: `sha256:${'a'.repeat(64)}`, after: 'no key' },
    },
    {
      title: 'a fingerprint elsewhere is a text like any other',
      difference: { path: '/name', after: 'a'.repeat(64) },
      expected: { path: '/name', after: 'a'.repeat(64) },
    },
  ])('$title', ({ difference, expected }) => {
    expect(shownMembers([difference], manifest)).toStrictEqual([expected]);
  });

  test('without a manifest nothing comes from the environment, and secrets are still not shown', () => {
    const differences = [
      { path: '/name', before: 'Support' },
      {
        path: '/capabilities/voice/webhooks/answer_url',
        before: { address: 'https://user:pass@a.example/', secret: 's' },
      },
    ];

    expect(shownMembers(differences, undefined)).toStrictEqual([
      { path: '/name', before: 'Support' },
      {
        path: '/capabilities/voice/webhooks/answer_url',
        before: { address: 'https://(sensitive)@a.example/', secret: '(sensitive)' },
      },
    ]);
  });
});
