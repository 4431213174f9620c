import { describe, expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import type { Application } from '../../../src/core/application/application.ts';
import { exportAccount } from '../../../src/core/export/export-account.ts';
import { FileNames } from '../../../src/core/export/file-names.ts';
import { linkedNotes } from '../../../src/core/export/linked-notes.ts';
import type { ExistingManifest } from '../../../src/core/export/match-manifests.ts';
import { SecretNames } from '../../../src/core/export/secret-names.ts';
import { formatYaml } from '../../../src/core/format/format-yaml.ts';
import type { Json, JsonObject } from '../../../src/core/json.ts';
import { aLedger, anApplication, anEntry, anId } from '../../builders.ts';

type Input = Parameters<typeof exportAccount<ExistingManifest>>[0];

function exported(applications: readonly Application[], given: Partial<Input> = {}) {
  return exportAccount<ExistingManifest>({
    applications,
    manifests: [],
    owned: aLedger(),
    only: [],
    nameSuffix: '',
    scopeNames: [],
    notesOn: () => [],
    withIds: false,
    withKeys: false,
    passthroughCapabilities: [],
    secrets: ['configured-secret'],
    files: new FileNames([]),
    names: new SecretNames([]),
    ...given,
  });
}

function textOf(capabilities: Json, given: Partial<Input> = {}): string {
  const { created } = exported([anApplication({ body: { capabilities } })], given);
  return created.map(({ text }) => text.slice(text.indexOf('spec:'))).join();
}

function declared(name: string, line: number, more: Partial<ExistingManifest> = {}): ExistingManifest {
  return { name, place: { file: 'a.yaml', line, column: 9 }, ...more };
}

const [one, two] = [anApplication({ id: anId(1), name: 'A' }), anApplication({ id: anId(2), name: 'B' })];

describe('an application has a manifest', () => {
  test.each<{
    title: string;
    manifests: ExistingManifest[];
    entries?: Parameters<typeof anEntry>[0][];
    summary: string[];
  }>([
    {
      title: 'that pins it, whatever its name',
      manifests: [declared('x', 1, { id: anId(1) })],
      summary: ['A: 1', 'B: new'],
    },
    { title: 'of its name', manifests: [declared('A', 1)], summary: ['A: 1', 'B: new'] },
    {
      title: 'of the name that the ledger has',
      manifests: [declared('old', 1), declared('B', 2)],
      entries: [{ id: anId(1), name: 'old' }],
      summary: ['A: 1', 'B: 2'],
    },
    {
      title: 'of an earlier name that the ledger has',
      manifests: [declared('new', 1, { formerly: ['other', 'old'] })],
      entries: [{ id: anId(1), name: 'old' }],
      summary: ['A: 1', 'B: new'],
    },
    { title: 'of an earlier name', manifests: [declared('new', 1, { formerly: ['A'] })], summary: ['A: 1', 'B: new'] },
    {
      title: 'that says no more than its id',
      manifests: [{ id: anId(2), place: declared('', 3).place }],
      summary: ['A: new', 'B: 3'],
    },
    {
      title: 'that says nothing that is known, beside',
      manifests: [{ place: declared('', 3).place }, declared('x', 1, { formerly: [] })],
      summary: ['A: new', 'B: new'],
    },
  ])('$title', ({ manifests, entries = [], summary }) => {
    const { created, existing, leftOut } = exported([two, one], {
      manifests,
      owned: aLedger({ entries: entries.map(anEntry) }),
    });

    const told = [
      ...created.map(({ application }) => `${application.name}: new`),
      ...existing.map(({ application, manifest }) => `${application.name}: ${manifest.place.line}`),
    ];
    expect(told.toSorted()).toEqual(summary);
    expect(leftOut).toEqual([]);
  });
});

describe('no manifest is made', () => {
  const twin = anApplication({ id: anId(2), name: 'A' });

  test('where one without a pin could mean several applications', () => {
    const { created, leftOut } = exported([one, twin], { manifests: [declared('A', 1)] });

    expect(created).toEqual([]);
    expect(leftOut.map(({ reason }) => reason)).toEqual(
      Array.from(
        { length: 2 },
        () => 'the manifest at a.yaml:1:9 could mean 2 of them: add the "id:" of the one it means to its metadata',
      ),
    );
  });

  test('where one of its name means another application', () => {
    const owned = aLedger({ entries: [anEntry({ id: anId(1), name: 'A' })] });

    const { created, existing, leftOut } = exported([one, twin], { manifests: [declared('A', 1)], owned });

    expect(created).toEqual([]);
    expect(existing.map(({ application }) => application.id)).toEqual([anId(1)]);
    expect(leftOut.map(({ application, reason }) => [application.id, reason])).toEqual([
      [
        anId(2),
        'the manifest at a.yaml:1:9 has its name and means another one: add the "id:" of the one it means to its metadata',
      ],
    ]);
  });

  test.each([
    { name: '', reason: 'its name is empty, or lacks the nameSuffix of the account' },
    {
      name: ' ',
      reason: 'its name cannot be in a manifest: only white space or invisible characters: expected a name',
    },
    { name: 'configured-secret', reason: 'its name cannot be in a manifest: it holds a configured secret' },
    { name: '-----BEGIN PRIVATE KEY-----', reason: 'its name cannot be in a manifest: a private key' },
    { name: '\ud800', reason: 'its name cannot be in a manifest: half of a surrogate pair' },
  ])('of the name $name', ({ name, reason }) => {
    const { created, leftOut } = exported([anApplication({ name })]);

    expect(created).toEqual([]);
    expect(leftOut).toMatchObject([{ reason }]);
  });

  test('of what is not asked for, or outside of scope.names', () => {
    const names = (given: Partial<Input>) =>
      exported([one, two], given).created.map(({ application }) => application.name);

    expect(names({ only: ['A*'] })).toEqual(['A']);
    expect(names({ only: [anId(2)] })).toEqual(['B']);
    expect(names({ scopeNames: ['B'] })).toEqual(['B']);
  });
});

test('one that shares its name with a manifest, or another application, is pinned', () => {
  const manifests = [declared('B', 1, { id: anId(3) })];

  const { created } = exported([one, two, anApplication({ id: anId(3), name: 'B' })], { manifests });

  expect(created.map(({ text }) => /id: (.*)/.exec(text)?.[1])).toEqual([undefined, anId(2)]);
});

test('names lose the suffix that they get back', () => {
  const applications = [anApplication({ id: anId(1), name: 'A (test)' }), two];

  const { created, leftOut } = exported(applications, { nameSuffix: ' (test)' });

  expect(created.map(({ text }) => /name: (.*)/.exec(text)?.[1])).toEqual(['A']);
  expect(leftOut.map(({ application }) => application.name)).toEqual(['B']);
});

test('linked numbers are a comment, masked', () => {
  const numbers = [
    { msisdn: '447700900001', applications: [anId(1), anId(1)] },
    { msisdn: '447700900002', applications: [anId(1)] },
  ];

  const notesOn = linkedNotes({ outcome: 'read', numbers, at: 0 });
  const [text = ''] = exported([one, two], { notesOn }).created.map((manifest) => manifest.text);

  expect(text).toMatch(/^# 2 linked numbers \(\*{9}001, \*{9}002\)\napiVersion/);
  expect(notesOn(anId(2))).toEqual([]);
  expect(linkedNotes({ outcome: 'unknown', reason: 'x', at: 0 })(anId(1))).toEqual([]);
  expect(linkedNotes(undefined)(anId(1))).toEqual([]);
});

describe('what cannot be declared', () => {
  const address = 'https://a.example/';

  test.each<{ title: string; capabilities: Json; text: string }>([
    {
      title: 'an unknown capability stays as it is',
      capabilities: { holograms: { a: 1 } },
      text: 'spec:\n  # holograms: left as it is (not known to this version)\n  capabilities: {}\n',
    },
    {
      title: 'an unknown webhook with an odd name',
      capabilities: { rtc: { webhooks: { 'x: y': { address } } } },
      text: 'spec:\n  capabilities:\n    rtc:\n      # "x: y": left as it is (not known to this version)\n      webhooks: {}\n',
    },
    {
      title: 'a URL that manifests refuse: its webhook is ignored',
      capabilities: { rtc: { webhooks: { event_url: { address: 'https://a b/' } } } },
      text: 'spec:\n  capabilities:\n    rtc:\n      # event_url: left as it is (address: expected an http or https URL: it contains a space. A value that continues on the next line is joined by one)\n      webhooks: {}\n',
    },
    {
      title: 'what the server sets',
      capabilities: { video: { environment_id: 7, hoolock_configs: [{ secret: 'x' }] } },
      text: 'spec:\n  capabilities:\n    video:\n      # environment_id: 7, set by the server\n      # hoolock_configs: set by the server\n      webhooks: {}\n',
    },
    {
      title: 'a part of a list, without the whole',
      capabilities: { voice: { payments: { gateways: [{ mode: 'x' }] } } },
      text: 'spec:\n  capabilities:\n    voice:\n      webhooks: {}\n      # gateways: left as it is (0.mode: expected one of "test", "live")\n      payments: {}\n',
    },
    {
      title: 'a secret that is a number',
      capabilities: { video: { webhooks: { archive_status: { address, secret: 123_456 } } } },
      text: 'spec:\n  capabilities:\n    video:\n      webhooks:\n        archive_status:\n          address: https://a.example/\n          # secret: left as it is (expected text)\n',
    },
  ])('$title', ({ capabilities, text }) => {
    expect(textOf(capabilities)).toBe(text);
  });

  test.each<{ title: string; content: Json; reason: string }>([
    { title: 'that is no object', content: 5, reason: '5, left as it is (expected an object)' },
    {
      title: 'with a number that lost digits',
      content: { a: 2 ** 60 },
      reason: 'a: a number that cannot be represented exactly',
    },
    { title: 'with a secret that is no text', content: { token: true }, reason: 'token: a secret that is not text' },
    {
      title: 'with a name that YAML cannot have',
      content: { ['a'.repeat(101)]: 1 },
      reason: 'its name cannot be written',
    },
    { title: 'with a merge key', content: { '<<': 1 }, reason: 'its name cannot be written' },
    {
      title: 'with a configured secret',
      content: { a: 'configured-secret' },
      reason: 'a: it holds a configured secret',
    },
    { title: 'that is nested too deeply', content: nested(70), reason: 'nested too deeply' },
  ])('a capability that is passed through $title', ({ content, reason }) => {
    const text = textOf({ holograms: content }, { passthroughCapabilities: ['holograms'] });

    expect(text).toContain('# holograms: ');
    expect(text).toContain(reason);
    expect(text).not.toContain('configured-secret');
  });

  test('a known capability is ignored', () => {
    const { created } = exported([anApplication({ body: { capabilities: { voice: 'x', '#': 1 } } })]);

    expect(created[0]?.text).toContain('  ignore:\n    - /capabilities/voice\n');
  });
});

function nested(depth: number): JsonObject {
  return depth === 0 ? {} : { a: nested(depth - 1) };
}

test.each([
  ['a secret of any other shape', 'Basic dXNlcjpwYXNzd29yZA==', '"${SUPPORT_HOLOGRAMS_A}"'],
  [
    'a parameter that is not encoded as it should',
    'https://a.example/?%=1&to%6ben=x',
    'https://a.example/?%=1&to%6ben=${SUPPORT_HOLOGRAMS_A_TO_6BEN}',
  ],
  ['several lines', 'a\n\n  b\n', '|\n        a\n\n          b'],
])('%s is written safely', (_, live, written) => {
  const text = textOf({ holograms: { a: live, 'b c': true } }, { passthroughCapabilities: ['holograms'] });

  expect(text).toContain(`      a: ${written}\n`);
  expect(text).toContain('      b c: true\n');
});

test.each<[name: string, value: Json, line: string]>([
  ['a', true, 'a: true'],
  ['a', 48, 'a: 48'],
  ['a', -48, 'a: -48'],
  ['a', 0.5, 'a: 0.5'],
  ['a', -0, 'a: -0'],
  ['a b', 1, 'a b: 1'],
  ['null', 1, '"null": 1'],
  ['null', 'x', '"null": x'],
  ['true', {}, '"true": {}'],
])('a member %j with %j is written as it is read', (name, value, line) => {
  const text = textOf({ holograms: { [name]: value } }, { passthroughCapabilities: ['holograms'] });

  expect(text).toContain(`      ${line}\n`);
  expect(parseDocument(text, { schema: 'core' }).toJS()).toMatchObject({
    spec: { capabilities: { holograms: { [name]: value } } },
  });
});

test('fmt leaves what is exported as it is', () => {
  const webhooks = {
    answer_url: { address: 'https://a.example/', http_method: 'GET' },
    event_url: { address: '${x}' },
  };
  const capabilities = { voice: { webhooks, conversations_ttl: -1 }, rtc: { webhooks: {} }, holograms: 1, vbc: {} };
  const video = { webhooks: { archive_status: { address: 'https://u:p@a.example/', secret: 'x' } } };
  const notesOn = () => ['1 linked number (***)'];

  const { created } = exported([anApplication({ body: { capabilities: { ...capabilities, video } } })], { notesOn });

  expect(created.map(({ text }) => formatYaml(text))).toEqual([{ kind: 'same' }]);
});
