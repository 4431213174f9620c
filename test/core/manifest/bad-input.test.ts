import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { ManifestOptions } from '../../../src/core/manifest/options.ts';
import { manifestText, parseText, problemLines } from './builders.ts';

interface BadInput {
  readonly title: string;
  readonly text: string;
  readonly options?: Partial<ManifestOptions>;
  readonly expected: readonly string[];
}

const voice = (hook: string) => manifestText('name: Support', `capabilities:\n  voice:\n    webhooks:\n      ${hook}`);
const ofType = (type: 'ec' | 'ed25519'): string => {
  const pair = type === 'ec' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519');
  return pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();
};
const keyBlock = (pem: string) =>
  manifestText('name: Support', `keys:\n  public_key: |\n${pem.trim().replace(/^/gm, '    ')}`);
const foreign = (place: string, near = '') =>
  `error ${place} apiVersion: not a manifest: expected apiVersion "vonage-gitops/v1"${near}. If this file is not a manifest, exclude it with the exclude globs in the configuration`;

const yaml: readonly BadInput[] = [
  {
    title: 'a syntax error',
    text: 'a: [1',
    expected: ['error a.yaml:1:6 : YAML: a [ above is not closed: add ]'],
  },
  {
    title: 'a tab as indentation',
    text: manifestText('name: x').replace('  name', '\tname'),
    expected: ['error a.yaml:4:1 : YAML: indented with a tab: use spaces'],
  },
  {
    title: 'an unknown tag',
    text: manifestText('name: !shout Support'),
    expected: ['error a.yaml:4:9 : YAML: Unresolved tag: !shout'],
  },
  {
    title: 'a YAML 1.1 tag',
    text: manifestText('name: Support\nlabels: { when: !!timestamp 2001-12-14 }'),
    expected: ['error a.yaml:5:19 : YAML: Unresolved tag: tag:yaml.org,2002:timestamp'],
  },
  {
    title: 'an alias without anchor',
    text: manifestText('name: *nobody'),
    expected: ['error a.yaml:4:9 metadata.name: *nobody refers to an undefined anchor (&nobody) before it'],
  },
  {
    title: 'a merge key',
    text: manifestText('name: Support\nlabels: { <<: { a: b } }'),
    expected: [
      'error a.yaml:5:13 metadata.labels: merge keys (<<) are not supported: write out the fields, or alias the whole value',
    ],
  },
  {
    title: 'a field declared twice',
    text: manifestText('name: Support\nname: Sales'),
    expected: ['error a.yaml:5:3 metadata: "name" is declared twice'],
  },
  {
    title: 'a field declared twice, as number and text',
    text: manifestText('name: x\nlabels: { 1: a, "1": b }'),
    expected: ['error a.yaml:5:19 metadata.labels: "1" is declared twice'],
  },
  {
    title: 'a field named __proto__',
    text: manifestText('name: Support\nlabels: { __proto__: a }'),
    expected: ['error a.yaml:5:13 metadata.labels: a field must not be named "__proto__"'],
  },
  {
    title: 'a field whose name is a list',
    text: manifestText('name: Support\nlabels: { ? [a] : b }'),
    expected: ['error a.yaml:5:15 metadata.labels: field names must be strings'],
  },
  {
    title: 'a number that loses digits',
    text: manifestText('name: 12345678901234567890'),
    expected: ['error a.yaml:4:9 metadata.name: this number cannot be represented exactly: quote it if it is text'],
  },
  {
    title: 'a number that is none',
    text: manifestText('name: .nan'),
    expected: ['error a.yaml:4:9 metadata.name: this number cannot be represented exactly: quote it if it is text'],
  },
  {
    title: 'nesting without end',
    text: manifestText('name: x', '&a [*a]'),
    expected: [
      'error a.yaml:6:6 spec.0.0.0.0.0.0.0.0.0.0.0....: nested more than 64 levels deep',
      'error a.yaml:6:6 spec: expected an object, found a list',
    ],
  },
];

describe('YAML', () => {
  test.each(yaml)('$title', ({ text, options, expected }) => {
    expect(problemLines(parseText(text, options))).toEqual(expected);
  });
});

const documents: readonly BadInput[] = [
  { title: 'a package.json', text: '{ "name": "website", "version": "1.0.0" }', expected: [foreign('a.yaml:1:1')] },
  {
    title: 'a compose file with variables and tags of its own',
    text: `services:\n  web: { image: "web:\${TAG}", ports: !reset [] }\n`,
    expected: [foreign('a.yaml:1:1')],
  },
  { title: 'a manifest of Kubernetes', text: 'apiVersion: v1\nkind: Service\n', expected: [foreign('a.yaml:1:13')] },
  { title: 'a list', text: '- 1\n', expected: [foreign('a.yaml:1:1')] },
  { title: 'a text', text: 'hello\n', expected: [foreign('a.yaml:1:1')] },
  {
    title: 'an apiVersion with a slip',
    text: 'apiVersion: vonage-gitop/v1\nkind: Application\n',
    expected: [foreign('a.yaml:1:13', ' (did you mean "vonage-gitops/v1"?)')],
  },
  {
    title: 'an apiVersion of a later program',
    text: 'apiVersion: vonage-gitops/v2\nkind: Application\n',
    expected: ['error a.yaml:1:13 apiVersion: this version of the program supports only "vonage-gitops/v1"'],
  },
  {
    title: 'another kind',
    text: manifestText().replace('kind: Application', 'kind: Aplication'),
    expected: ['error a.yaml:2:7 kind: expected "Application", found "Aplication" (did you mean "Application"?)'],
  },
  {
    title: 'no metadata and no spec',
    text: 'apiVersion: vonage-gitops/v1\nkind: Application\n',
    expected: [
      'error a.yaml:1:1 metadata: missing: expected an object',
      'error a.yaml:1:1 spec: missing: expected an object',
    ],
  },
];

describe('documents', () => {
  test.each(documents)('$title', ({ text, options, expected }) => {
    expect(problemLines(parseText(text, options))).toEqual(expected);
  });
});

const metadata: readonly BadInput[] = [
  {
    title: 'no name',
    text: manifestText('labels: {}'),
    expected: ['error a.yaml:3:1 metadata.name: missing: expected text, such as "Support line"'],
  },
  {
    title: 'an empty name',
    text: manifestText('name: ""'),
    expected: ['error a.yaml:4:9 metadata.name: expected text, found empty text'],
  },
  {
    title: 'a name that is a number',
    text: manifestText('name: 42'),
    expected: ['error a.yaml:4:9 metadata.name: expected text, found 42. Quote it'],
  },
  {
    title: 'a misspelt field',
    text: manifestText('name: Support\nformely: [Old]'),
    expected: [
      'error a.yaml:5:3 metadata.formely: unknown field "formely" (did you mean "formerly"?). Allowed: name, id, formerly, labels, deletionPolicy, reconcile, ignore',
    ],
  },
  {
    title: 'an id that is none',
    text: manifestText('name: Support\nid: 78d335fa'),
    expected: ['error a.yaml:5:7 metadata.id: expected 32 hexadecimal digits, with or without dashes'],
  },
  {
    title: 'an id that is empty',
    text: manifestText('name: Support\nid: ""'),
    expected: [
      'error a.yaml:5:7 metadata.id: expected 32 hexadecimal digits, with or without dashes, found empty text',
    ],
  },
  {
    title: 'formerly as text',
    text: manifestText('name: Support\nformerly: Old'),
    expected: ['error a.yaml:5:13 metadata.formerly: expected a list, found "Old". Write it as a list: [ ... ]'],
  },
  {
    title: "a manifest's own name in formerly",
    text: manifestText('name: Support\nformerly: [Old, Support]'),
    expected: ["error a.yaml:5:19 metadata.formerly.1: this is the manifest's own name: formerly lists earlier names"],
  },
  {
    title: 'a name twice in formerly',
    text: manifestText('name: Support\nformerly: [Old, Old]'),
    expected: ['error a.yaml:5:19 metadata.formerly.1: this name is listed twice'],
  },
  {
    title: 'a label that is no text',
    text: manifestText('name: Support\nlabels: { tier: 1, on: true }'),
    expected: [
      'error a.yaml:5:19 metadata.labels.tier: expected text, found 1. Quote it',
      'error a.yaml:5:26 metadata.labels.on: expected text, found true. Quote it',
    ],
  },
  {
    title: 'an unknown deletionPolicy',
    text: manifestText('name: Support\ndeletionPolicy: keep'),
    expected: [
      'error a.yaml:5:19 metadata.deletionPolicy: expected one of "delete", "orphan", "protect", found "keep"',
    ],
  },
  {
    title: 'an unknown reconcile',
    text: manifestText('name: Support\nreconcile: disabled'),
    expected: ['error a.yaml:5:14 metadata.reconcile: expected one of "enabled", "paused", found "disabled"'],
  },
  {
    title: 'a name outside the scope',
    text: manifestText('name: Support'),
    options: { scopeNames: ['team-a-*', 'team-b-*'] },
    expected: ["error a.yaml:4:9 metadata.name: this name is outside the account's scope.names (team-a-*, team-b-*)"],
  },
  {
    title: "a name in another account's scope",
    text: manifestText('name: team-prod'),
    options: { scopeNames: ['team-*'], neighborScopes: ['*-prod'] },
    expected: [
      "error a.yaml:4:9 metadata.name: this name is in another account's scope.names as well (*-prod): two ledgers would manage one application",
    ],
  },
  {
    title: 'ignore pointers that name nothing',
    text: manifestText('name: x\nignore: [/capabilities/voise, /privacy/improve_ai/x, /x]'),
    expected: [
      'error a.yaml:5:12 metadata.ignore.0: /capabilities has no field "voise" (did you mean "voice"?)',
      'error a.yaml:5:33 metadata.ignore.1: /privacy/improve_ai has no field "x"',
      'error a.yaml:5:56 metadata.ignore.2: spec has no field "x"',
    ],
  },
  {
    title: 'ignore pointers to what is needed',
    text: manifestText('name: x\nignore: [/name, /id, /keys, /keys/public_key]'),
    expected: [
      'error a.yaml:5:12 metadata.ignore.0: /name cannot be ignored: it identifies the application',
      'error a.yaml:5:19 metadata.ignore.1: /id cannot be ignored: it identifies the application',
      'error a.yaml:5:24 metadata.ignore.2: /keys cannot be ignored: it identifies the application',
      'error a.yaml:5:31 metadata.ignore.3: /keys cannot be ignored: it identifies the application',
    ],
  },
  {
    title: 'ignore pointers that are none',
    text: manifestText('name: x\nignore: ["", privacy, /privacy~2, 5]'),
    expected: [
      'error a.yaml:5:12 metadata.ignore.0: expected text, found empty text',
      'error a.yaml:5:16 metadata.ignore.1: expected a JSON pointer that begins with "/", such as /capabilities/voice/region',
      'error a.yaml:5:25 metadata.ignore.2: in a JSON pointer, "~" is written "~0" and "/" inside a name "~1"',
      'error a.yaml:5:37 metadata.ignore.3: expected text, found 5. Quote it',
    ],
  },
  {
    title: 'ignore pointers into a list',
    text: manifestText('name: x\nignore: [/capabilities/voice/payments/gateways/0]'),
    expected: ['error a.yaml:5:12 metadata.ignore.0: /capabilities/voice/payments/gateways has no field "0"'],
  },
];

describe('metadata', () => {
  test.each(metadata)('$title', ({ text, options, expected }) => {
    expect(problemLines(parseText(text, options))).toEqual(expected);
  });
});

const spec: readonly BadInput[] = [
  {
    title: 'what belongs into metadata',
    text: manifestText('name: x', 'name: x\nid: y\n_links: {}'),
    expected: [
      'error a.yaml:6:3 spec.name: unknown field "name". Set the application\'s name in metadata.name',
      'error a.yaml:7:3 spec.id: unknown field "id". Set the application\'s id in metadata.id',
      'error a.yaml:8:3 spec._links: unknown field "_links". Remove it: it is set by the server',
    ],
  },
  {
    title: 'a field without a value',
    text: manifestText('name: x', '{ capabilities }'),
    expected: ['error a.yaml:6:5 spec.capabilities: expected an object, found nothing. Use {} for an empty one'],
  },
  {
    title: 'capabilities as a list',
    text: manifestText('name: x', 'capabilities: []'),
    expected: ['error a.yaml:6:17 spec.capabilities: expected an object, found a list'],
  },
  {
    title: 'a capability without content',
    text: manifestText('name: x', 'capabilities:\n  vbc:'),
    expected: ['error a.yaml:7:5 spec.capabilities.vbc: expected an object, found nothing. Use {} for an empty one'],
  },
  {
    title: 'fields where there are none',
    text: manifestText('name: x', 'capabilities: { vbc: { webhooks: {} } }'),
    expected: ['error a.yaml:6:26 spec.capabilities.vbc.webhooks: unknown field "webhooks". It has no fields: use {}'],
  },
  {
    title: 'an unknown webhook',
    text: voice('anwser_url: { address: https://x.example }'),
    expected: [
      'error a.yaml:9:9 spec.capabilities.voice.webhooks.anwser_url: unknown field "anwser_url" (did you mean "answer_url"?). Allowed: answer_url, fallback_answer_url, event_url',
    ],
  },
  {
    title: 'no address',
    text: voice('event_url: { http_method: GET }'),
    expected: [
      'error a.yaml:9:9 spec.capabilities.voice.webhooks.event_url.address: missing: expected an http or https URL',
    ],
  },
  {
    title: 'an empty address',
    text: voice('event_url: { address: "" }'),
    expected: [
      'error a.yaml:9:31 spec.capabilities.voice.webhooks.event_url.address: expected an http or https URL, found empty text. To remove a webhook, remove its whole entry',
    ],
  },
  {
    title: 'an address of another scheme',
    text: voice('event_url: { address: "ftp://x.example/a" }'),
    expected: [
      'error a.yaml:9:31 spec.capabilities.voice.webhooks.event_url.address: expected an http or https URL, found "ftp://x.example/a"',
    ],
  },
  {
    title: 'an address with a password',
    text: voice('event_url: { address: "ftp://me:pass@x.example/a" }'),
    expected: [
      'error a.yaml:9:31 spec.capabilities.voice.webhooks.event_url.address: expected an http or https URL, found "ftp://(sensitive)@x.example/a"',
    ],
  },
  {
    title: 'an address that is no URL',
    text: voice('event_url: { address: "https://" }'),
    expected: [
      'error a.yaml:9:31 spec.capabilities.voice.webhooks.event_url.address: expected an http or https URL, found "https://"',
    ],
  },
  {
    title: 'an address with an impossible port',
    text: voice('event_url: { address: "https://x.example:99999" }'),
    expected: [
      'error a.yaml:9:31 spec.capabilities.voice.webhooks.event_url.address: expected an http or https URL: its port is not a number from 0 to 65535',
    ],
  },
  {
    title: 'an address with a space',
    text: voice('event_url: { address: "https://x.example/a b" }'),
    expected: [
      'error a.yaml:9:31 spec.capabilities.voice.webhooks.event_url.address: expected an http or https URL: it contains a space. A value that continues on the next line is joined by one',
    ],
  },
  {
    title: 'an unknown method',
    text: voice('event_url: { address: https://x.example, http_method: POTS }'),
    expected: [
      'error a.yaml:9:63 spec.capabilities.voice.webhooks.event_url.http_method: expected one of "GET", "POST", found "POTS" (did you mean "POST"?)',
    ],
  },
  {
    title: 'timeouts out of range',
    text: voice('answer_url: { address: https://x.example, connect_timeout: 299, socket_timeout: 5001 }'),
    expected: [
      'error a.yaml:9:68 spec.capabilities.voice.webhooks.answer_url.connect_timeout: expected a whole number from 300 to 1000, found 299',
      'error a.yaml:9:89 spec.capabilities.voice.webhooks.answer_url.socket_timeout: expected a whole number from 1 to 5000, found 5001',
    ],
  },
  {
    title: 'a timeout as text',
    text: voice('answer_url: { address: https://x.example, connect_timeout: "500" }'),
    expected: [
      'error a.yaml:9:68 spec.capabilities.voice.webhooks.answer_url.connect_timeout: expected a whole number from 300 to 1000, found "500"',
    ],
  },
  {
    title: 'a timeout that is not whole',
    text: voice('answer_url: { address: https://x.example, connect_timeout: 500.5 }'),
    expected: [
      'error a.yaml:9:68 spec.capabilities.voice.webhooks.answer_url.connect_timeout: expected a whole number from 300 to 1000, found 500.5',
    ],
  },
  {
    title: 'both spellings of a timeout',
    text: voice('answer_url: { address: https://x.example, connect_timeout: 500, connection_timeout: 500 }'),
    expected: [
      'error a.yaml:9:73 spec.capabilities.voice.webhooks.answer_url.connection_timeout: connect_timeout and connection_timeout are two spellings of one setting: keep connect_timeout',
    ],
  },
  {
    title: 'the earlier spelling, out of range',
    text: voice('answer_url: { address: https://x.example, connection_timeout: 5 }'),
    expected: [
      'error a.yaml:9:71 spec.capabilities.voice.webhooks.answer_url.connection_timeout: expected a whole number from 300 to 1000, found 5',
    ],
  },
  {
    title: 'ranges that are disputed',
    text: manifestText(
      'name: x',
      'capabilities:\n  voice: { conversations_ttl: 9001, leg_persistence_time: 0 }\n  rtc: { leg_persistence_time: 32 }',
    ),
    expected: [
      'warning a.yaml:7:33 spec.capabilities.voice.conversations_ttl: 9001 is outside the documented 1 to 9000 hours: the server may reject it',
      'warning a.yaml:7:61 spec.capabilities.voice.leg_persistence_time: 0 is outside the documented 1 to 31 days: the server may reject it',
      'warning a.yaml:8:34 spec.capabilities.rtc.leg_persistence_time: 32 is outside the documented 1 to 31 days: the server may reject it',
    ],
  },
  {
    title: 'a socket timeout below the documented minimum',
    text: voice('event_url: { address: https://x.example, socket_timeout: 500 }'),
    expected: [
      'warning a.yaml:9:66 spec.capabilities.voice.webhooks.event_url.socket_timeout: 500 is below the documented minimum of 1000 milliseconds: the server may reject it',
    ],
  },
  {
    title: 'ranges that are nonsense',
    text: manifestText('name: x', 'capabilities: { voice: { conversations_ttl: -1, leg_persistence_time: 1.5 } }'),
    expected: [
      'error a.yaml:6:47 spec.capabilities.voice.conversations_ttl: expected a whole number, 0 or more, found -1',
      'error a.yaml:6:73 spec.capabilities.voice.leg_persistence_time: expected a whole number, 0 or more, found 1.5',
    ],
  },
  {
    title: 'an unknown region',
    text: manifestText('name: x', 'capabilities: { voice: { region: eu_west } }'),
    expected: [
      'error a.yaml:6:36 spec.capabilities.voice.region: expected one of "na-east", "na-west", "eu-east", "eu-west", "apac-sng", "apac-australia", found "eu_west" (did you mean "eu-west"?)',
    ],
  },
  {
    title: 'versions that are none',
    text: manifestText('name: x', 'capabilities: { messages: { version: 1 }, verify: { version: v1 } }'),
    expected: [
      'error a.yaml:6:40 spec.capabilities.messages.version: expected one of "v1", "v0.1", found 1',
      'error a.yaml:6:64 spec.capabilities.verify.version: expected "v2", found "v1" (did you mean "v2"?)',
    ],
  },
  {
    title: 'values of eighty and eighty-one characters',
    text: manifestText(
      'name: x',
      `capabilities: { messages: { version: ${'v-'.repeat(40)} }, verify: { version: ${'v-'.repeat(40)}x } }`,
    ),
    expected: [
      `error a.yaml:6:40 spec.capabilities.messages.version: expected one of "v1", "v0.1", found "${'v-'.repeat(40)}"`,
      `error a.yaml:6:143 spec.capabilities.verify.version: expected "v2", found "${'v-'.repeat(40)}..."`,
    ],
  },
  {
    title: 'an object and nothing where text belongs',
    text: manifestText('name: { a: b }\ndeletionPolicy:'),
    expected: [
      'error a.yaml:4:9 metadata.name: expected text, found an object',
      'error a.yaml:5:3 metadata.deletionPolicy: expected one of "delete", "orphan", "protect", found nothing',
    ],
  },
  {
    title: 'a field with a name of more than eighty characters, and one declared twice',
    text: manifestText(`name: x\n${'n-'.repeat(50)}: 1\n${'t-'.repeat(50)}: 1\n${'t-'.repeat(50)}: 2`),
    expected: [
      `error a.yaml:5:3 metadata."${'n-'.repeat(40)}": unknown field "${'n-'.repeat(40)}". Allowed: name, id, formerly, labels, deletionPolicy, reconcile, ignore`,
      `error a.yaml:6:3 metadata."${'t-'.repeat(40)}": unknown field "${'t-'.repeat(40)}". Allowed: name, id, formerly, labels, deletionPolicy, reconcile, ignore`,
      `error a.yaml:7:3 metadata: "${'t-'.repeat(40)}" is declared twice`,
    ],
  },
  {
    title: 'an ignore pointer with a name of more than eighty characters',
    text: manifestText(`name: x\nignore: [/${'n-'.repeat(50)}]`),
    expected: [`error a.yaml:5:12 metadata.ignore.0: spec has no field "${'n-'.repeat(40)}"`],
  },
  {
    title: 'a redirect that is no URL',
    text: manifestText('name: x', 'capabilities: { network_apis: { redirect_uri: "https://x.example:x" } }'),
    expected: [
      'error a.yaml:6:49 spec.capabilities.network_apis.redirect_uri: expected an http or https URL: its port is not a number from 0 to 65535',
    ],
  },
  {
    title: 'a secret that is no text',
    text: manifestText(
      'name: x',
      'capabilities: { video: { webhooks: { archive_status: { address: https://x.example, secret: 12345 } } } }',
    ),
    expected: [
      'error a.yaml:6:94 spec.capabilities.video.webhooks.archive_status.secret: expected text, found something else (not shown). Quote it',
    ],
  },
  {
    title: 'a gateway with a slip',
    text: manifestText('name: x', 'capabilities: { voice: { payments: { gateways: [{ mode: life }, 7] } } }'),
    expected: [
      'error a.yaml:6:59 spec.capabilities.voice.payments.gateways.0.mode: expected one of "test", "live", found "life" (did you mean "live"?)',
      'error a.yaml:6:67 spec.capabilities.voice.payments.gateways.1: expected an object, found 7',
    ],
  },
  {
    title: 'a very long value',
    text: manifestText('name: x', `privacy: { improve_ai: ${'so '.repeat(60)}}`),
    expected: [
      'error a.yaml:6:26 spec.privacy.improve_ai: expected true or false, found "so so so so so so so so so so so so so so so so so so so so so so so so so so so..."',
    ],
  },
  {
    title: 'a field with a very odd name',
    text: manifestText('name: x', '"\\e[31m\\u202e": 1'),
    expected: [
      'error a.yaml:6:3 spec."\\u001b[31m·": unknown field "\\u001b[31m·". Allowed: privacy, keys, capabilities',
    ],
  },
  {
    title: 'a capability passed through that is no object',
    text: manifestText('name: x', 'capabilities: { fax: 1 }'),
    options: { passthroughCapabilities: ['fax'] },
    expected: ['error a.yaml:6:24 spec.capabilities.fax: expected an object'],
  },
];

describe('spec', () => {
  test.each(spec)('$title', ({ text, options, expected }) => {
    expect(problemLines(parseText(text, options))).toEqual(expected);
  });
});

const keys: readonly BadInput[] = [
  {
    title: 'text that is not a key',
    text: manifestText('name: x', 'keys: { public_key: hello }'),
    expected: [
      'error a.yaml:6:23 spec.keys.public_key: expected one RSA public key in PEM form, SPKI ("BEGIN PUBLIC KEY"), found something else',
    ],
  },
  {
    title: 'a key with nothing in it',
    text: keyBlock('-----BEGIN PUBLIC KEY-----\nabcd\n-----END PUBLIC KEY-----'),
    expected: [
      'error a.yaml:7:17 spec.keys.public_key: expected one RSA public key in PEM form, SPKI ("BEGIN PUBLIC KEY"), found an invalid key',
    ],
  },
  {
    title: 'a key of another type',
    text: keyBlock(ofType('ec')),
    expected: [
      'error a.yaml:7:17 spec.keys.public_key: expected one RSA public key in PEM form, SPKI ("BEGIN PUBLIC KEY"), found a key of type ec',
    ],
  },
  {
    title: 'a key in the older form',
    text: keyBlock('-----BEGIN RSA PUBLIC KEY-----\nabcd\n-----END RSA PUBLIC KEY-----'),
    expected: [
      'error a.yaml:7:17 spec.keys.public_key: expected one RSA public key in PEM form, SPKI ("BEGIN PUBLIC KEY"), found a PKCS#1 key ("BEGIN RSA PUBLIC KEY"): convert it with "openssl rsa -RSAPublicKey_in -in FILE -pubout"',
    ],
  },
  {
    title: 'a key that is a number',
    text: manifestText('name: x', 'keys: { public_key: 12345 }'),
    expected: ['error a.yaml:6:23 spec.keys.public_key: expected text, found something else (not shown). Quote it'],
  },
  {
    title: 'an empty key file',
    text: manifestText('name: x', 'keys: { public_key_file: "" }'),
    expected: ['error a.yaml:6:28 spec.keys.public_key_file: expected text, found something else (not shown)'],
  },
  {
    title: 'a field private_key',
    text: manifestText('name: x', 'keys: { private_key: hidden }'),
    expected: [
      'error a.yaml:6:11 spec.keys.private_key: unknown field "private_key". Remove it: private keys are not allowed in manifests',
    ],
  },
  {
    title: 'key and key file',
    text: manifestText('name: x', 'keys: { public_key: a, public_key_file: b }'),
    expected: [
      'error a.yaml:6:26 spec.keys.public_key_file: public_key and public_key_file are mutually exclusive: keep one',
    ],
  },
  {
    title: 'a key file outside',
    text: manifestText('name: x', 'keys: { public_key_file: ../../etc/passwd }'),
    expected: [
      'error a.yaml:6:28 spec.keys.public_key_file: the key file cannot be used: it is outside the manifest directory',
    ],
  },
  {
    title: 'the directory above as key file',
    text: manifestText('name: x', 'keys: { public_key_file: .. }'),
    expected: [
      'error a.yaml:6:28 spec.keys.public_key_file: the key file cannot be used: it is outside the manifest directory',
    ],
  },
  {
    title: 'an absolute key file',
    text: manifestText('name: x', 'keys: { public_key_file: /etc/passwd }'),
    expected: [
      'error a.yaml:6:28 spec.keys.public_key_file: the key file cannot be used: write a path relative to the manifest',
    ],
  },
  {
    title: 'a key file of another system',
    text: manifestText('name: x', 'keys: { public_key_file: "..\\\\secret" }'),
    expected: [
      'error a.yaml:6:28 spec.keys.public_key_file: the key file cannot be used: write a path relative to the manifest',
    ],
  },
  {
    title: 'a key file nobody reads',
    text: manifestText('name: x', 'keys: { public_key_file: a.pub }'),
    expected: [
      'error a.yaml:6:28 spec.keys.public_key_file: the key file cannot be used: key files cannot be read here',
    ],
  },
  {
    title: 'a key file with something else in it',
    text: manifestText('name: x', 'keys: { public_key_file: a.pub }'),
    options: { keyFile: () => ({ text: 'root:x:0:0' }) },
    expected: [
      'error a.yaml:6:28 spec.keys.public_key_file: expected one RSA public key in PEM form, SPKI ("BEGIN PUBLIC KEY") in the file, found something else',
    ],
  },
  {
    title: 'a key file with a private key',
    text: manifestText('name: x', 'keys: { public_key_file: a.pub }'),
    options: { keyFile: () => ({ text: '-----BEGIN PRIVATE KEY-----\nabcd\n-----END PRIVATE KEY-----' }) },
    expected: [
      'error a.yaml:6:28 spec.keys.public_key_file: expected one RSA public key in PEM form, SPKI ("BEGIN PUBLIC KEY") in the file, found a private key; only the public key belongs here',
    ],
  },
];

describe('keys', () => {
  test.each(keys)('$title', ({ text, options, expected }) => {
    expect(problemLines(parseText(text, options))).toEqual(expected);
  });
});
