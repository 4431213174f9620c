import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { formatYaml } from '../../../src/core/format/format-yaml.ts';

const head = 'apiVersion: vonage-gitops/v1\nkind: Application\n';

/** The text as formatted; the same text where nothing was to do. */
function formatted(text: string): string {
  const result = formatYaml(text);
  if (result.kind === 'formatted') return result.text;
  return result.kind === 'same' ? text : JSON.stringify(result);
}

test.each([
  {
    title: 'members are in the order of the schema',
    text: 'kind: Application\nspec:\n  capabilities: {}\n  privacy:\n    improve_ai: false\nmetadata:\n  labels:\n    z: "1"\n    a: x\n  name: line\napiVersion: vonage-gitops/v1\n',
    expected: `${head}metadata:\n  name: line\n  labels:\n    z: "1"\n    a: x\nspec:\n  privacy:\n    improve_ai: false\n  capabilities: {}\n`,
  },
  {
    title: 'members the schema does not know stay behind, in their order',
    text: `${head}spec:\n  zeta: 1\n  alpha: 2\n  privacy: {}\nmetadata: {name: x}\n`,
    expected: `${head}metadata: { name: x }\nspec:\n  privacy: {}\n  zeta: 1\n  alpha: 2\n`,
  },
  {
    title: 'a comment goes with the member it stands above, and the one behind it too',
    text: `${head}metadata:\n  # for the team\n  labels: { team: a } # see the wiki\n  # shown in the dashboard\n  name: line\n`,
    expected: `${head}metadata:\n  # shown in the dashboard\n  name: line\n  # for the team\n  labels: { team: a } # see the wiki\n`,
  },
  {
    title: 'quotes stay where they are needed only',
    text: `${head}metadata:\n  name: "Support line"\n  labels:\n    a: 'yes'\n    b: "017"\n    c: "\${ONE}"\n    d: 'it''s'\n    e: "12:30"\n    f: "a: b"\n`,
    expected: `${head}metadata:\n  name: Support line\n  labels:\n    a: 'yes'\n    b: "017"\n    c: "\${ONE}"\n    d: it's\n    e: "12:30"\n    f: "a: b"\n`,
  },
  {
    title: 'indentation is two spaces, and long texts are on one line',
    text: `${head}metadata:\n    name: ${'long '.repeat(40)}end\n    formerly:\n    - one\n`,
    expected: `${head}metadata:\n  name: ${'long '.repeat(40)}end\n  formerly:\n    - one\n`,
  },
  {
    title: 'blank lines between documents and the comments there stay',
    text: `# one\n\n${head}metadata: {name: a}\n\n\n---\n# two\n\n${head}metadata: {name: b}\n# end\n--- # three\n${head}metadata: {name: c}\n\n\n`,
    expected: `# one\n\n${head}metadata: { name: a }\n\n\n---\n# two\n\n${head}metadata: { name: b }\n\n# end\n--- # three\n${head}metadata: { name: c }\n`,
  },
  {
    title: 'line breaks of Windows and a byte order mark stay',
    text: `\uFEFFkind: Application\r\napiVersion: vonage-gitops/v1\r\nmetadata: {name: a}\r\n`,
    expected: `\uFEFFapiVersion: vonage-gitops/v1\r\nkind: Application\r\nmetadata: { name: a }\r\n`,
  },
  {
    title: 'an alias stays behind its anchor, even against the order',
    text: `${head}spec:\n  capabilities: &all\n    rtc: {}\nmetadata:\n  name:   a\n  labels: *all\n`,
    expected: `${head}spec:\n  capabilities: &all\n    rtc: {}\nmetadata:\n  name: a\n  labels: *all\n`,
  },
  {
    title: 'a block of text stays one',
    text: `${head}spec:\n  keys:\n    public_key: |\n      -----BEGIN PUBLIC KEY-----\n      AA\nmetadata: {name: a}\n`,
    expected: `${head}metadata: { name: a }\nspec:\n  keys:\n    public_key: |\n      -----BEGIN PUBLIC KEY-----\n      AA\n`,
  },
  {
    title: 'the line for editors stays at the top',
    text: '# yaml-language-server: $schema=https://x/y.json\n# first\nkind: Application\n# second\napiVersion: vonage-gitops/v1\n',
    expected:
      '# yaml-language-server: $schema=https://x/y.json\n# second\napiVersion: vonage-gitops/v1\n# first\nkind: Application\n',
  },
  {
    title: 'a document without a manifest stays, and odd members, too',
    text: `---\n\n${head}spec:\n  ? [ a ]\n  : &x [ 1, "b", &z d ]\n  b:\n  &y c:  x\n  d: ~\n---\n# nothing\n`,
    expected: `---\n${head}spec:\n  ? [ a ]\n  : &x [ 1, b, &z d ]\n  b:\n  &y c: x\n  d: ~\n---\n# nothing\n`,
  },
  {
    title: 'a field without so much as a colon stays without',
    text: `${head}spec:\n    ? e\n`,
    expected: `${head}spec:\n  ? e\n`,
  },
  {
    title: 'an anchor of a name used twice keeps all members where they are',
    text: `${head}spec:\n    one: &a 1\n    two: *a\n    privacy: &a {}\n    keys: *a\n`,
    expected: `${head}spec:\n  one: &a 1\n  two: *a\n  privacy: &a {}\n  keys: *a\n`,
  },
])('$title', ({ text, expected }) => {
  expect(formatted(text)).toBe(expected);
  expect(formatYaml(expected)).toEqual({ kind: 'same' });
});

test.each([
  { title: 'what cannot be parsed', text: `${head}metadata: [\n`, reason: 'it cannot be parsed: validate says where' },
  {
    title: 'what is nested far too deep',
    text: `${head}spec: ${'['.repeat(2000)}\n`,
    reason: 'it cannot be parsed: validate says where',
  },
  { title: 'directives of YAML', text: `%YAML 1.2\n---\n${head}`, reason: 'it has directives or end markers of YAML' },
  { title: 'a document on its marker', text: `${head}--- {a: 1}\n`, reason: 'foreign' },
  {
    title: 'a manifest on its marker',
    text: `--- {apiVersion: vonage-gitops/v1, kind: Application}\n`,
    reason: 'a document begins on the line of its ---',
  },
  {
    title: 'a number that the printer would write otherwise',
    text: `${head}spec: { a: 017 }\n`,
    reason: 'it would be read otherwise, or a comment would be lost',
  },
])('$title is left alone', ({ text, reason }) => {
  const result = formatYaml(text);
  expect(result.kind === 'left' ? result.reason : result.kind).toBe(reason);
});

test.each([
  '',
  '# a comment\n',
  'services: {}\n',
  'apiVersion: vonage-gitops/v1\nkind: Config\n',
  `${head}---\na: 1\n`,
])('a file without manifests, or with other documents, is not ours to format: %j', (text) => {
  expect(formatYaml(text)).toEqual({ kind: 'foreign' });
});

const name = fc.oneof(
  fc.constantFrom(
    'yes',
    '017',
    '1e3',
    'a: b',
    'x # y',
    '',
    ' ',
    '-',
    '${NAME}',
    'a ${NAME} b',
    '"',
    "it's",
    '1_000',
    '0x1F',
    '2026-01-01',
  ),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constant('long words '.repeat(20)),
);
const comment = fc.option(fc.constantFrom('# why', '#why', '#', '#  indented'), { nil: undefined });
const manifest = fc.record(
  {
    kind: fc.constant('Application'),
    spec: fc.record(
      {
        capabilities: fc.record(
          {
            rtc: fc.constant({}),
            voice: fc.record({ webhooks: fc.constant({}), region: name, signed_callbacks: fc.boolean() }),
          },
          { requiredKeys: [] },
        ),
        privacy: fc.record({ improve_ai: fc.boolean() }),
        other: fc.array(name),
      },
      { requiredKeys: [] },
    ),
    metadata: fc.record(
      { labels: fc.dictionary(name, name), formerly: fc.array(name), name },
      { requiredKeys: ['name'] },
    ),
    apiVersion: fc.constant('vonage-gitops/v1'),
  },
  { requiredKeys: ['kind', 'apiVersion'], noNullPrototype: true },
);
const layout = fc.record({
  indent: fc.constantFrom(1, 2, 4),
  indentSeq: fc.boolean(),
  lineWidth: fc.constantFrom(0, 30, 80),
  defaultStringType: fc.constantFrom('PLAIN', 'QUOTE_SINGLE', 'QUOTE_DOUBLE'),
  collectionStyle: fc.constantFrom('any', 'block', 'flow'),
});

test('whatever is formatted is read as before, has its comments, and is not formatted again', () => {
  const documents = fc.array(fc.tuple(manifest, layout, fc.array(comment, { maxLength: 30 }), fc.nat(2)), {
    minLength: 1,
    maxLength: 3,
  });
  const outcomes: string[] = [];
  fc.assert(
    fc.property(documents, fc.constantFrom('\n', '\r\n'), (all, lineBreak) => {
      const texts = all.map(([value, options, comments, blank]) => {
        const text = stringify(value, { ...options, aliasDuplicateObjects: false } as object);
        return withComments(text, comments) + '\n'.repeat(blank);
      });
      const text = texts.join('---\n').replaceAll('\n', lineBreak);
      const result = formatYaml(text);
      outcomes.push(result.kind);
      if (result.kind !== 'formatted') return;

      expect(formatYaml(result.text)).toEqual({ kind: 'same' });
      const now = result.text.replaceAll('\r\n', '\n').split(/^---\n/m);
      expect(now.map((one) => parse(one))).toEqual(texts.map((one) => parse(one)));
      expect(commentsOf(result.text)).toEqual(commentsOf(text));
    }),
  );

  expect(outcomes.filter((kind) => kind !== 'left').length).toBeGreaterThan(outcomes.length * 0.95);
});

/** Comments above lines of members, where they change nothing. */
function withComments(text: string, comments: readonly (string | undefined)[]): string {
  const lines = text.split('\n').map((line, index) => {
    const [, indent] =
      /^( *)(?:kind|spec|metadata|apiVersion|name|labels|privacy|capabilities|rtc|voice):/.exec(line) ?? [];
    const above = comments[index];
    return indent === undefined || above === undefined ? line : `${indent}${above}\n${line}`;
  });
  return lines.join('\n');
}

function commentsOf(text: string): readonly string[] {
  return text
    .split(/\r?\n/)
    .filter((line) => /^ *#( ?why|$| {2}indented)/.test(line))
    .map((line) => line.trim())
    .sort();
}
