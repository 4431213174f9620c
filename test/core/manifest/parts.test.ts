import { describe, expect, test } from 'vitest';
import { describeFindings } from '../../../src/core/manifest/describe.ts';
import { errorAt } from '../../../src/core/manifest/finding.ts';
import { hiddenRanges, offsetOf } from '../../../src/core/manifest/locate.ts';
import { parseYaml } from '../../../src/core/manifest/parse-yaml.ts';
import { normalPointer } from '../../../src/core/manifest/rules-ignore.ts';
import { checkSpec } from '../../../src/core/manifest/rules-spec.ts';
import { coreScalar } from '../../../src/core/manifest/substitute.ts';
import { didYouMean } from '../../../src/core/mistakes/suggest.ts';
import { holdsSecret, shownTextBy } from '../../../src/core/redact/scrubber.ts';

describe('a plain scalar of YAML’s core schema', () => {
  test.each(
    [
      ...['', '~', 'null', 'Null', 'NULL'].map((text) => ({ text, value: null })),
      ...['true', 'True', 'TRUE'].map((text) => ({ text, value: true })),
      ...['false', 'False', 'FALSE'].map((text) => ({ text, value: false })),
      { text: '0', value: 0 },
      { text: '-12', value: -12 },
      { text: '+12', value: 12 },
      { text: '.25', value: 0.25 },
      { text: '1.', value: 1 },
      { text: '1.25', value: 1.25 },
      { text: '12e03', value: 12_000 },
      { text: '12E+12', value: 12e12 },
      { text: '125e-2', value: 1.25 },
      { text: '0o17', value: 15 },
      { text: '0xBeef12', value: 0xbeef12 },
      ...[
        'nullx',
        'xnull',
        'truex',
        'xtrue',
        'falsex',
        'xfalse',
        'tRUE',
        '12x',
        'x12',
        '1 2',
        '.',
        '-',
        'e1',
        '1e',
        '1ex',
        '.x1',
      ],
      ...[
        '0o8',
        '0o17x',
        'x0o17',
        '0o',
        '0xg',
        '0x12x',
        'x0x12',
        '0x',
        '1.2.3',
        '1.x',
        '1.25x',
        '.2x',
        '1e1x',
        '--1',
        '1e--1',
      ],
    ].map((row) => (typeof row === 'string' ? { text: row, value: row } : row)),
  )('"$text" is $value', ({ text, value }) => {
    expect(coreScalar(text)).toBe(value);
  });
});

describe('what is shown of a text', () => {
  const secrets = ['12345678', 'short'];

  test.each([
    {
      title: 'a secret of eight characters, wherever it stands',
      text: 'a 12345678 b 12345678',
      shown: 'a (sensitive) b (sensitive)',
    },
    { title: 'a short one by chance', text: 'a short text', shown: 'a short text' },
    { title: 'a password in a URL', text: 'https://u:p@host/', shown: 'https://(sensitive)@host/' },
    { title: 'the frame of a key', text: '-----BEGIN RSA PRIVATE KEY----- x', shown: '(sensitive) x' },
    { title: 'the end of a key', text: '-----END PUBLIC KEY', shown: '(sensitive)' },
    { title: '48 characters of base64', text: `x ${'A'.repeat(48)}`, shown: 'x (sensitive)' },
    { title: '47 characters of base64', text: `x ${'A'.repeat(47)}`, shown: `x ${'A'.repeat(47)}` },
    { title: 'control characters', text: 'a\u001b[2J\u202eb', shown: 'a·[2J·b' },
  ])('$title', ({ text, shown }) => {
    expect(shownTextBy(secrets)(text)).toBe(shown);
  });

  test.each([
    { text: 'a 12345678 b', holds: true },
    { text: 'a short text', holds: false },
    { text: 'nothing', holds: false },
  ])('"$text" holds a secret: $holds', ({ text, holds }) => {
    expect(holdsSecret(text, secrets)).toBe(holds);
  });
});

describe('what may be meant', () => {
  test.each([
    { found: 'nam', candidates: ['name', 'id'], hint: ' (did you mean "name"?)' },
    { found: 'NAME', candidates: ['Name'], hint: ' (did you mean "Name"?)' },
    { found: 'answer_uri', candidates: ['answer_url', 'event_url'], hint: ' (did you mean "answer_url"?)' },
    { found: 'ix', candidates: ['id'], hint: ' (did you mean "id"?)' },
    { found: 'xy', candidates: ['id'], hint: '' },
    { found: 'wxyz', candidates: ['abcd'], hint: '' },
    { found: 'capxxxities', candidates: ['capabilities'], hint: ' (did you mean "capabilities"?)' },
    { found: 'cxxxxities', candidates: ['capabilities'], hint: '' },
    { found: 'name', candidates: [], hint: '' },
    { found: 'a'.repeat(100), candidates: ['a'.repeat(99)], hint: ` (did you mean "${'a'.repeat(99)}"?)` },
    { found: 'a'.repeat(101), candidates: ['a'.repeat(100)], hint: '' },
  ])('by "$found" among $candidates:$hint', ({ found, candidates, hint }) => {
    expect(didYouMean(found, candidates)).toBe(hint);
  });
});

describe('ranges that only the documentation knows', () => {
  const warned = (spec: Parameters<typeof checkSpec>[0]) => checkSpec(spec).map(({ path }) => path.at(-1));
  const withSocket = (timeout: number | string) => ({
    capabilities: { voice: { webhooks: { event_url: { address: 'https://a.example', socket_timeout: timeout } } } },
  });

  test.each([
    { member: 'conversations_ttl', value: 1, warned: false },
    { member: 'conversations_ttl', value: 9000, warned: false },
    { member: 'conversations_ttl', value: 9001, warned: true },
    { member: 'conversations_ttl', value: 0, warned: true },
    { member: 'conversations_ttl', value: -1, warned: false },
    { member: 'leg_persistence_time', value: 1, warned: false },
    { member: 'leg_persistence_time', value: 31, warned: false },
    { member: 'leg_persistence_time', value: 32, warned: true },
    { member: 'leg_persistence_time', value: '32', warned: false },
  ])('$field $value is warned of: $warned', ({ member, value, warned: expected }) => {
    expect(warned({ capabilities: { voice: { [member]: value } } })).toStrictEqual(expected ? [member] : []);
  });

  test.each([
    { timeout: 999, warned: true },
    { timeout: 1000, warned: false },
    { timeout: 1, warned: true },
    { timeout: 0, warned: false },
    { timeout: -1, warned: false },
    { timeout: '500', warned: false },
  ])('a socket timeout of $timeout is warned of: $warned', ({ timeout, warned: expected }) => {
    expect(warned(withSocket(timeout))).toStrictEqual(expected ? ['socket_timeout'] : []);
  });

  test('hooks of capabilities nobody knows, and hooks that are no object, are passed over', () => {
    const hooks = { webhooks: { event_url: { address: 'https://' }, answer_url: 'https://x y' } };

    expect(checkSpec({ capabilities: { holograms: hooks } })).toStrictEqual([]);
    expect(checkSpec({ capabilities: { voice: { webhooks: { event_url: null } } } })).toStrictEqual([]);
  });

  test.each([
    { address: 'http://a b', wrong: true },
    { address: 'https://a.example/x y', wrong: true },
    { address: 'http://[', wrong: true },
    { address: 'https://a.example/', wrong: false },
    { address: 'https://', wrong: false },
    { address: 'x http://[', wrong: false },
    { address: 7, wrong: false },
  ])('the address $address is no URL: $wrong', ({ address, wrong }) => {
    const spec = { capabilities: { network_apis: { redirect_uri: address } } };

    expect(checkSpec(spec).map(({ path, severity }) => [path.at(-1), severity])).toStrictEqual(
      wrong ? [['redirect_uri', 'error']] : [],
    );
  });
});

test.each([
  {
    pointer: '/capabilities/voice/webhooks/event_url/connection_timeout',
    normal: '/capabilities/voice/webhooks/event_url/connect_timeout',
  },
  { pointer: '/x/capabilities/voice/webhooks/event_url/connection_timeout', normal: undefined },
  { pointer: '/capabilities/voice/webhooks/event_url/connection_timeout/x', normal: undefined },
  { pointer: '/capabilities/voice/connection_timeout', normal: undefined },
])('$pointer is compared as $normal', ({ pointer, normal }) => {
  expect(normalPointer(pointer)).toBe(normal ?? pointer);
});

function parseOne(text: string) {
  const { documents, placeOf } = parseYaml('a.yaml', text);
  const [document] = documents;
  if (document === undefined) throw new Error('no document');
  return { document, documents, placeOf };
}

describe('what of a file is hidden', () => {
  test.each([
    {
      title: 'all below keys',
      text: 'keys: { any: AAA, list: [BBB, { c: CCC }] }\nother: DDD',
      hidden: ['AAA', 'BBB', 'CCC'],
    },
    { title: 'a public key anywhere', text: 'a: { public_key: AAA }', hidden: ['AAA'] },
    {
      title: 'secrets and credentials',
      text: 'secret: A1\nx_secret: B1\nCredential_type: [C1]\nsecrets: D1',
      hidden: ['A1', 'B1', 'C1'],
    },
    { title: 'what an alias brings', text: 'a: &x AAA\nkeys: { k: *x }', hidden: ['AAA'] },
    { title: 'nothing of a field without a value', text: 'keys:\nb: BBB', hidden: [] },
    { title: 'nothing below a key that is a list', text: '? [keys]\n: AAA', hidden: [] },
  ])('$title', ({ text, hidden }) => {
    const ranges = hiddenRanges(parseOne(text).document).map(({ from, to }) => text.slice(from, to));

    expect(ranges.filter((range) => range !== '')).toStrictEqual(hidden);
  });
});

describe('where a path stands', () => {
  const text = 'a: &x\n  b: 1\n  c:\nd: *x\ne: [1, { f: 2 }]\n';
  const { document } = parseOne(text);
  const at = (path: readonly (string | number)[], what: 'value' | 'key' | 'missing') => {
    const offset = offsetOf(document, path, what);
    return text.slice(offset).split('\n')[0];
  };

  test.each([
    { path: [], value: 'a: &x', key: 'a: &x' },
    { path: ['a', 'b'], value: '1', key: 'b: 1' },
    { path: ['a', 'c'], value: 'c:', key: 'c:' },
    { path: ['a', 'z'], value: 'a: &x', key: 'a: &x' },
    { path: ['d', 'b'], value: '1', key: 'b: 1' },
    { path: ['e', 1, 'f'], value: '2 }]', key: 'f: 2 }]' },
    { path: ['e', 0], value: '1, { f: 2 }]', key: '1, { f: 2 }]' },
    { path: ['a', 'b', 'deeper'], value: 'b: 1', key: 'b: 1' },
  ])('$path', ({ path, value, key }) => {
    expect([at(path, 'value'), at(path, 'key'), at(path, 'missing')]).toStrictEqual([value, key, key]);
  });
});

describe('findings as problems', () => {
  const text = 'first: 1\nsecond: 2\n';
  const described = (path: readonly string[], offset = 0) => ({ ...errorAt(path, 'a message'), offset });
  const problems = (...findings: readonly ReturnType<typeof described>[]) =>
    describeFindings({ ...parseOne(text), text, findings, secrets: [] });

  test('come in the order of the file', () => {
    const findings = [described(['second'], 9), described(['first'], 0), described(['third'], 12)];

    expect(problems(...findings).map(({ path }) => path)).toStrictEqual(['first', 'second', 'third']);
    expect(problems()).toStrictEqual([]);
  });

  test.each([
    { path: ['spec', 'answer_url', 'a-b', '$c'], shown: 'spec.answer_url.a-b.$c' },
    { path: ['a b', 'c"d'], shown: '"a b"."c\\"d"' },
    { path: ['x !'], shown: '"x !"' },
    { path: ['! x'], shown: '"! x"' },
    { path: ['a-'.repeat(40)], shown: 'a-'.repeat(40) },
    { path: [`${'a'.repeat(40)} ${'b'.repeat(60)}`], shown: `"${'a'.repeat(40)} ${'b'.repeat(39)}"` },
    { path: 'abcdefghijkl'.split(''), shown: 'a.b.c.d.e.f.g.h.i.j.k.l' },
    { path: 'abcdefghijklm'.split(''), shown: 'a.b.c.d.e.f.g.h.i.j.k.l....' },
  ])('the path $shown', ({ path, shown }) => {
    expect(problems(described(path))[0]?.path).toBe(shown);
  });
});
