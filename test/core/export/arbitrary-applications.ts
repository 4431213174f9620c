import fc from 'fast-check';
import type { Application } from '../../../src/core/application/application.ts';
import { knownCapabilities } from '../../../src/core/application/capabilities.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../src/core/json.ts';
import { anApplication, anId } from '../../builders.ts';

const marks = [
  '${',
  '$${',
  '${NAME}',
  '${NAME:-x}',
  '$',
  '"',
  "'",
  '#',
  ': ',
  ' #',
  '\n',
  '\t',
  '\\',
  '%',
  'é',
  '😀',
  '\u200b',
];
const aText = fc.oneof(
  { weight: 4, arbitrary: fc.string({ minLength: 1, maxLength: 12 }) },
  fc.string({ unit: 'binary', minLength: 1, maxLength: 6 }),
  fc
    .array(fc.oneof(fc.constantFrom(...marks), fc.string({ maxLength: 4 })), { maxLength: 5 })
    .map((parts) => parts.join('')),
  fc.constantFrom(
    'true',
    'null',
    '~',
    '0x1f',
    '1e3',
    '-',
    '- a',
    'a: b',
    '{a}',
    '[a]',
    '&a',
    '*a',
    '!a',
    '%a',
    '@a',
    '`a',
  ),
);

/** What every secret begins with, and nothing else. */
export const secretMark = 's3cr3t';

/** Different each time within an account: secrets that get mixed up show. */
const aSecret = fc
  .tuple(fc.stringMatching(/^[a-z0-9]{0,6}$/), fc.nat(1_000_000))
  .map(([text, number]) => `${secretMark}${text}${number}`);

const anAddress = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      'https://a.example/1',
      'https://b.example',
      'HTTPS://C.example/3?page=2',
      'http://d.example/#x',
    ),
  },
  aSecret.map((secret) => `https://user:${secret}@a.example/x`),
  aSecret.map((secret) => `https://a.example/x?lang=en&token=${secret}&page=2`),
  fc.tuple(aSecret, aSecret).map(([one, two]) => `https://${one}@a.example/?api_key=${two}#sig=${one}x`),
  aText.map((text) => `https://a.example/${encodeURIComponent(text.replaceAll(/\p{Cs}/gu, ''))}/\${x}`),
  aText,
  fc.constantFrom(
    '',
    'ftp://a.example',
    'https://',
    'https://a b.example',
    'https://{{host}}/',
    'https://a.example/?token=',
  ),
);

const odd = fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>;

function aMember(member: string): fc.Arbitrary<Json> {
  const usual: Readonly<Record<string, fc.Arbitrary<Json>>> = {
    address: anAddress,
    redirect_uri: anAddress,
    http_method: fc.constantFrom('GET', 'POST', 'get', 'Put', 'PATCH'),
    connect_timeout: fc.constantFrom(300, 500, 1000, 5000, 0.5),
    socket_timeout: fc.constantFrom(1, 500, 1000, 5000, 10_000, 99_999),
    active: fc.boolean(),
    secret: fc.oneof(aSecret, aText, fc.constant('')),
    region: fc.constantFrom('eu-west', 'na-east', 'mars'),
    version: fc.constantFrom('v1', 'v0.1', 'v2', 'v9'),
    conversations_ttl: fc.constantFrom(0, 48, 9000, 90_000, -1, 1e300),
    leg_persistence_time: fc.constantFrom(0, 2, 7, 744),
    payments: fc.record({
      gateways: fc.array(
        fc.record(
          {
            type: fc.constantFrom('stripe', ''),
            mode: fc.constantFrom('test', 'live', 'dry'),
            credential: aSecret,
            extra: odd,
          },
          { requiredKeys: [] },
        ),
        { maxLength: 2 },
      ),
    }),
    storage: fc.record(
      {
        server_side_encryption: fc.boolean(),
        cloud_storage: odd,
        credential_type: aText,
        credential: aSecret,
        other: odd,
      },
      { requiredKeys: [] },
    ),
    network_application_id: aText,
  };
  const known = Object.hasOwn(usual, member) ? usual[member] : undefined;
  const value = known ?? fc.oneof(fc.boolean(), fc.nat(99));
  return fc.oneof(
    { weight: 8, arbitrary: value },
    { weight: 1, arbitrary: odd },
    { weight: 1, arbitrary: fc.constant(null) },
  );
}

function objects(members: Record<string, fc.Arbitrary<Json>>): fc.Arbitrary<JsonObject> {
  return fc.record(members, { requiredKeys: [] }) as fc.Arbitrary<JsonObject>;
}

function someOf(members: readonly string[], more: Record<string, fc.Arbitrary<Json>> = {}): fc.Arbitrary<JsonObject> {
  const own = Object.fromEntries(members.map((member) => [member, aMember(member)]));
  return objects({ ...own, ...more });
}

const unknownMember = fc.constantFrom('holograms', 'a b', 'x: y', '${X}', 'token', '#', '<<', 'ключ');

function withUnknown(object: fc.Arbitrary<JsonObject>): fc.Arbitrary<JsonObject> {
  return fc
    .tuple(object, fc.option(fc.tuple(unknownMember, odd), { nil: undefined, freq: 4 }))
    .map(([own, unknown]) => (unknown === undefined ? own : { ...own, [unknown[0]]: unknown[1] }));
}

function aCapability(name: string): fc.Arbitrary<Json> {
  const facts = knownCapabilities[name];
  if (facts === undefined) return odd;
  const hooks = Object.entries(facts.webhooks).map(([hook, { members }]) => {
    const set = fc.tuple(anAddress, withUnknown(someOf(members))).map(([address, others]) => ({ address, ...others }));
    return [hook, fc.oneof({ weight: 5, arbitrary: set }, withUnknown(someOf(members)), odd)] as const;
  });
  const webhooks = withUnknown(objects(Object.fromEntries(hooks.slice(0, 4))));
  const capability = withUnknown(
    someOf(Object.keys(facts.members), { webhooks: fc.oneof({ weight: 9, arbitrary: webhooks }, odd) }),
  );
  return fc.oneof({ weight: 9, arbitrary: capability }, odd);
}

const names = Object.keys(knownCapabilities);
const someCapabilities = fc
  .tuple(
    fc.subarray(names, { maxLength: 3 }),
    fc.option(fc.tuple(fc.constantFrom('holograms', 'a/b', '#'), odd), { nil: undefined }),
  )
  .chain(([chosen, unknown]) => {
    const known = Object.fromEntries(chosen.map((name) => [name, aCapability(name)]));
    return fc
      .record(known)
      .map((own): JsonObject => (unknown === undefined ? own : { ...own, [unknown[0]]: unknown[1] }));
  });

const aBody: fc.Arbitrary<JsonObject> = withUnknown(
  objects({
    privacy: fc.oneof(withUnknown(fc.record({ improve_ai: aMember('improve_ai') })), fc.constant({}), odd),
    keys: fc.oneof(fc.constant({ public_key: 'no key' }), odd),
    capabilities: fc.oneof({ weight: 9, arbitrary: someCapabilities }, odd),
  }),
);

/** Names that meet: as files, as variables, or because they are one name. */
const aName = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('Support', 'support', 'Support!', 'CI', 'vonage', '9 lives', 'con') },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '../x',
      '.',
      '/etc/passwd',
      'a'.repeat(300),
      '日本',
      '😀',
      '${HOME}',
      'true',
      ' ',
      'a\u0000b',
    ),
  },
  aText,
);

/** Whatever an account may hold: what the API documents, what it never should, and what nobody knows yet. */
export const someApplications: fc.Arbitrary<readonly Application[]> = fc
  .array(fc.record({ name: aName, body: aBody }), { minLength: 1, maxLength: 4 })
  .map((found) =>
    found.map(({ name, body }, index) => anApplication({ id: anId(index + 1), name, body: distinct(body, index) })),
  );

/** The secrets of one application are not those of another. */
function distinct(body: JsonObject, index: number): JsonObject {
  const marked = (value: Json): Json => {
    if (typeof value === 'string') return value.replaceAll(secretMark, `${secretMark}${index}`);
    if (Array.isArray(value)) return value.map(marked);
    if (!isJsonObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([member, inner]) => [member, marked(inner)]));
  };
  const { ...members } = body;
  return Object.fromEntries(Object.entries(members).map(([member, value]) => [member, marked(value)]));
}

const aDocumentedHook = objects({
  address: fc.constantFrom('https://a.example/1', 'https://b.example/?x=1'),
  http_method: fc.constantFrom('GET', 'POST'),
  connect_timeout: fc.constantFrom(300, 1000),
  socket_timeout: fc.constantFrom(1000, 3000, 5000),
}).map((hook): JsonObject => ({ address: 'https://c.example', ...hook }));

const aVideoHook = objects({ active: fc.boolean(), secret: aSecret }).map(
  (hook): JsonObject => ({ address: 'https://c.example/', ...hook }),
);

/** Everything that is documented, and nothing else. */
export const documentedSpec: fc.Arbitrary<JsonObject> = objects({
  privacy: objects({ improve_ai: fc.boolean() }),
  capabilities: objects({
    voice: objects({
      webhooks: objects({
        answer_url: aDocumentedHook,
        event_url: aDocumentedHook,
        fallback_answer_url: aDocumentedHook,
      }),
      signed_callbacks: fc.boolean(),
      conversations_ttl: fc.nat(9000),
      leg_persistence_time: fc.nat(31),
      region: fc.constantFrom('eu-west', 'na-east'),
      payment_enabled: fc.boolean(),
    }),
    messages: objects({ version: fc.constantFrom('v1', 'v0.1'), authenticate_inbound_media: fc.boolean() }),
    rtc: objects({ signed_callbacks: fc.boolean() }),
    vbc: fc.constant({}),
    verify: objects({ version: fc.constant('v2') }),
    network_apis: objects({ network_application_id: aSecret, redirect_uri: fc.constant('https://a.example/back') }),
    video: objects({
      webhooks: objects({ archive_status: aVideoHook, stream_created: aVideoHook }),
      storage: objects({ cloud_storage: fc.boolean(), credential_type: aSecret, credential: aSecret }),
    }),
  }),
});
