import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { editYaml } from '../../../src/core/export/edit-yaml.ts';
import { writtenTree } from '../../../src/core/export/written-tree.ts';
import { isJsonObject, type Json, type JsonObject, parseJson } from '../../../src/core/json.ts';
import { AliasTargets } from '../../../src/core/manifest/locate.ts';
import { parseYaml } from '../../../src/core/manifest/parse-yaml.ts';

function treesOf(text: string): readonly Json[] {
  const { documents } = parseYaml('a.yaml', text);
  expect(documents.flatMap(({ errors }) => errors)).toEqual([]);
  return documents.map((document) => writtenTree(document.contents, new AliasTargets(document)));
}

/** Merges as RFC 7396 has it: null removes. */
function patched(value: Json, patch: Json): Json {
  if (!isJsonObject(patch)) return patch;
  const members = new Map(Object.entries(isJsonObject(value) ? value : {}));
  for (const [name, inner] of Object.entries(patch)) {
    if (inner === null) members.delete(name);
    else members.set(name, patched(members.get(name) ?? null, inner));
  }
  return Object.fromEntries(members);
}

/** The first document changed by a patch. */
function edit(text: string, patch: JsonObject) {
  const wanted = patched(treesOf(text)[0] ?? null, patch) as JsonObject;
  const edited = editYaml('a.yaml', text, new Map([[0, wanted]]));
  if (edited.left.length === 0) expect(treesOf(edited.text)[0]).toEqual(wanted);
  return edited;
}

const voice = (webhooks: JsonObject): JsonObject => ({ spec: { capabilities: { voice: { webhooks } } } });

const block = `# Calls of the support team
apiVersion: vonage-gitops/v1
kind: Application
metadata:
  name: Support   # as on the invoice
spec:
  capabilities:
    # Asked for by Ada
    messages:
      version: v1
      webhooks: {} # none yet
    voice:
      region: 'eu-west'
      webhooks:
        # The menu
        answer_url:
          address: https://a.example/answer # blue
          # http_method: GET
          connect_timeout: 500
          # the end
        event_url: { address: "https://a.example/events", http_method: POST }
`;

describe('of a document', () => {
  test.each<{ title: string; patch: JsonObject; from: string; to: string }>([
    {
      title: 'a text without quotes is replaced',
      patch: voice({ answer_url: { address: 'https://b.example/answer' } }),
      from: 'https://a.example/answer #',
      to: 'https://b.example/answer #',
    },
    {
      title: 'a text in single quotes keeps them',
      patch: { spec: { capabilities: { voice: { region: 'na-east' } } } },
      from: "'eu-west'",
      to: "'na-east'",
    },
    {
      title: 'a text in double quotes keeps them',
      patch: voice({ event_url: { address: 'https://b.example/"' } }),
      from: '"https://a.example/events"',
      to: '"https://b.example/\\""',
    },
    {
      title: 'a text that would be read as something else is quoted',
      patch: { metadata: { name: 'no: # \'comment"' } },
      from: 'name: Support ',
      to: `name: "no: # 'comment\\"" `,
    },
    {
      title: 'a whole placeholder is quoted',
      patch: { metadata: { name: '${NAME}' } },
      from: 'name: Support ',
      to: 'name: "${NAME}" ',
    },
    {
      title: 'a number is replaced',
      patch: voice({ answer_url: { connect_timeout: 600 } }),
      from: 'connect_timeout: 500',
      to: 'connect_timeout: 600',
    },
    {
      title: 'a member comes where the schema has it',
      patch: voice({ answer_url: { socket_timeout: 3000 } }),
      from: '          connect_timeout: 500\n',
      to: '          connect_timeout: 500\n          socket_timeout: 3000\n',
    },
    {
      title: 'a member takes the place of the comment that stood for it',
      patch: voice({ answer_url: { http_method: 'POST' } }),
      from: '# http_method: GET',
      to: 'http_method: POST',
    },
    {
      title: 'a member in brackets goes',
      patch: voice({ event_url: { http_method: null } }),
      from: ', http_method: POST }',
      to: ' }',
    },
    {
      title: 'the first member in brackets goes',
      patch: voice({ event_url: { address: null } }),
      from: '{ address: "https://a.example/events", http',
      to: '{ http',
    },
    {
      title: 'a member in brackets comes',
      patch: voice({ event_url: { connect_timeout: 500 } }),
      from: 'http_method: POST }',
      to: 'http_method: POST, connect_timeout: 500 }',
    },
    {
      title: 'a member goes with its comments',
      patch: { spec: { capabilities: { messages: null } } },
      from: '    # Asked for by Ada\n    messages:\n      version: v1\n      webhooks: {} # none yet\n',
      to: '',
    },
    {
      title: 'a webhook goes with the comments in it',
      patch: voice({ answer_url: null }),
      from: block.slice(block.indexOf('        # The menu'), block.indexOf('        event_url')),
      to: '',
    },
    {
      title: 'a container that becomes empty stays',
      patch: voice({ answer_url: null, event_url: null }),
      from: block.slice(block.indexOf('webhooks:\n'), block.length - 1),
      to: 'webhooks: {}',
    },
    {
      title: 'a container that was empty is filled',
      patch: {
        spec: { capabilities: { messages: { webhooks: { inbound_url: { address: 'https://a.example/in' } } } } },
      },
      from: '      webhooks: {} # none yet\n',
      to: '      webhooks: # none yet\n        inbound_url:\n          address: https://a.example/in\n',
    },
    {
      title: 'an object comes where the schema has it',
      patch: { spec: { privacy: { improve_ai: false } } },
      from: 'spec:\n',
      to: 'spec:\n  privacy:\n    improve_ai: false\n',
    },
    {
      title: 'a text over lines is written as one',
      patch: { spec: { keys: { public_key: 'one\ntwo\n' } } },
      from: 'spec:\n',
      to: 'spec:\n  keys:\n    public_key: |\n      one\n      two\n',
    },
  ])('$title', ({ patch, from, to }) => {
    expect(block.split(from)).toHaveLength(2);
    const { text, left } = edit(block, patch);

    expect(left).toEqual([]);
    expect(text).toBe(block.replace(from, () => to));
  });

  test('nothing changes when it says what is wanted', () => {
    expect(edit(block, {})).toEqual({ text: block, left: [] });
  });

  test('siblings in brackets get another one in brackets', () => {
    const text = 'spec:\n  a: { b: 1 }\n';

    expect(edit(text, { spec: { c: { d: 'x, y', e: {} } } }).text).toBe(`${text}  c: { d: "x, y", e: {} }\n`);
  });

  test('a text over lines is replaced by another one', () => {
    const text = 'spec:\n  key: |\n    one\n    two\n  # end\nlast: 1\n';

    expect(edit(text, { spec: { key: 'three\nfour\n' } }).text).toBe(
      text.replace('one', 'three').replace('two', 'four'),
    );
    expect(edit(text, { spec: { key: 'three' } }).text).toBe('spec:\n  key: three\n  # end\nlast: 1\n');
  });

  test.each([
    {
      title: 'lines',
      text: 'ignore:\n  - /a # one\n  - /b\nnext: 1\n',
      to: 'ignore:\n  - /a # one\n  - /b\n  - /c\nnext: 1\n',
    },
    { title: 'brackets', text: 'ignore: [/a, /b]\n', to: 'ignore: [/a, /b, /c]\n' },
  ])('a list in $title gets another item', ({ text, to }) => {
    expect(edit(text, { ignore: ['/a', '/b', '/c'] }).text).toBe(to);
  });

  test('items of a list change where they are', () => {
    const text = 'gateways:\n  - type: stripe # first\n    mode: test\n  - type: other\n';

    expect(edit(text, { gateways: [{ type: 'stripe', mode: 'live' }, { type: 'other' }] }).text).toBe(
      text.replace('test', 'live'),
    );
  });

  test('a list with fewer items is written anew', () => {
    expect(edit('a:\n  - 1\n  - 2\nb: 1\n', { a: [2] }).text).toBe('a:\n  - 2\nb: 1\n');
  });

  test('the last line may have no end', () => {
    expect(edit('spec:\n  a: 1', { spec: { b: 2 } }).text).toBe('spec:\n  a: 1\n  b: 2');
    expect(edit('spec:\n  a: 1\n  b: 2', { spec: { b: null } }).text).toBe('spec:\n  a: 1\n');
  });

  test('line ends and the mark at the beginning stay as they are', () => {
    const text = `\uFEFF${block.replaceAll('\n', '\r\n')}`;
    const { text: edited } = edit(text, {
      spec: { privacy: { improve_ai: true }, capabilities: { messages: null, voice: { region: 'x' } } },
    });

    expect(edited.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    expect(edited).toMatch(/^\uFEFF# Calls/);
  });

  test('a file of JSON stays one', () => {
    const value = { spec: { capabilities: { vbc: {}, voice: { webhooks: {} } }, list: [] } };
    for (const space of [undefined, 2, '\t']) {
      const text = JSON.stringify(value, null, space);
      const patch = {
        spec: { capabilities: { vbc: null, voice: { webhooks: { answer_url: { address: 'x' } } } }, list: null },
      };
      const { text: edited } = edit(text, patch);

      expect(parseJson(edited)).toEqual(patched(value, patch));
      if (space === 2) expect(edited).toBe(JSON.stringify(parseJson(edited), null, 2));
    }
  });

  test('other documents of its file stay as they are', () => {
    const text = `a: 1\n---\nb: 1 # one\n--- # three\nc: 1\n`;

    expect(editYaml('a.yaml', text, new Map([[1, { b: 2 }]])).text).toBe(text.replace('b: 1', 'b: 2'));
  });

  test('several documents change at once', () => {
    const text = `a: 1\n---\nb: 1\n---\nc: 1\n`;
    const wanted = new Map([
      [0, { a: 2 }],
      [2, { c: 2 }],
    ]);

    expect(editYaml('a.yaml', text, wanted).text).toBe(`a: 2\n---\nb: 1\n---\nc: 2\n`);
  });
});

describe('a value that other places use', () => {
  const text = 'a: &hook\n  address: x\nb: *hook\nc: 1\n';

  test('is left as it is, and told with its line', () => {
    const { text: edited, left } = edit(text, { a: { address: 'y' }, b: { address: 'z' }, c: 2 });

    expect(edited).toBe(text.replace('c: 1', 'c: 2'));
    expect(left).toEqual([
      { document: 0, path: ['a'], place: { file: 'a.yaml', line: 2, column: 3 }, why: 'shared' },
      { document: 0, path: ['b'], place: { file: 'a.yaml', line: 2, column: 3 }, why: 'shared' },
    ]);
  });

  test('stays while they use it', () => {
    expect(edit(text, { a: null })).toMatchObject({ text, left: [{ path: ['a'], why: 'shared' }] });
  });

  test('goes with them', () => {
    expect(edit('x:\n  a: &hook { b: 1 }\n  c: *hook\ny: 1\n', { x: null })).toEqual({ text: 'y: 1\n', left: [] });
  });

  test('loses a place that uses it', () => {
    expect(edit(text, { b: null })).toEqual({ text: text.replace('b: *hook\n', ''), left: [] });
  });

  test('is replaced where nothing uses its anchor', () => {
    expect(edit('a: &x 1\nb: 2\n', { a: 3 }).text).toBe('a: &x 3\nb: 2\n');
  });
});

describe('what is written in a way that cannot be edited', () => {
  test.each([
    { title: 'a tag', text: 'a: !!str 1\nb: 1\n', patch: { a: '2' } },
    { title: 'a key of its own line', text: '? a\n: b: 1\n? c\n: 1\n', patch: { a: { b: null, d: 1 }, c: 2 } },
    { title: 'no object', text: '- 1\n', patch: { a: 1 } },
  ])('$title is left alone, and told', ({ text, patch }) => {
    const wanted = patched(treesOf(text)[0] ?? null, patch) as JsonObject;
    const { text: edited, left } = editYaml('a.yaml', text, new Map([[0, wanted]]));

    if (left.length === 0) expect(treesOf(edited)[0]).toEqual(wanted);
    else {
      expect(edited).toBe(text);
      expect(left).toEqual([{ document: 0, path: [], place: { file: 'a.yaml', line: 1, column: 1 }, why: 'layout' }]);
    }
  });
});

type Layout = 'block' | 'flow' | 'flow over lines';

interface Writer {
  readonly layout: () => Layout;
  readonly comment: () => boolean;
  readonly quote: () => number;
}

function write(value: Json, depth: number, writer: Writer, inFlow = false): string {
  const pad = '  '.repeat(depth);
  if (!isJsonObject(value)) return typeof value === 'string' ? quoted(value, writer.quote()) : JSON.stringify(value);
  const entries = Object.entries(value);
  if (entries.length === 0) return '{}';
  const layout = inFlow ? 'flow' : writer.layout();
  if (layout === 'block') {
    const lines = entries.map(([name, inner]) => {
      const comments = `${writer.comment() ? `${pad}# about ${name}\n` : ''}${writer.comment() ? '\n' : ''}`;
      const text = write(inner, depth + 1, writer);
      return `${comments}${pad}${name}:${text.startsWith('\n') ? text : ` ${text}`}${writer.comment() && !text.includes('\n') ? ' # end' : ''}`;
    });
    return depth === 0 ? `${lines.join('\n')}\n` : `\n${lines.join('\n')}`;
  }
  const members = entries.map(([name, inner]) => `${name}: ${write(inner, depth + 1, writer, true)}`);
  if (layout === 'flow') return `{ ${members.join(', ')} }`;
  return `{\n${members.map((member) => `${pad}  ${member}`).join(',\n')}\n${pad}}`;
}

function quoted(text: string, kind: number): string {
  if (kind === 0 && /^[a-z]+$/.test(text)) return text;
  return kind === 1 && /^[a-z ]*$/.test(text) ? `'${text}'` : JSON.stringify(text);
}

const aName = fc.constantFrom('spec', 'voice', 'messages', 'webhooks', 'address', 'http_method', 'odd name', 'x');
const aLeaf = fc.oneof(
  fc.constantFrom('plain', 'with: colon', 'a, b', '${NAME}', 'https://${H}/x', '', ' # ', 'é\u{1F600}', 'null', '12'),
  fc.string({ maxLength: 6 }),
  fc.integer({ min: 0, max: 9999 }),
  fc.boolean(),
);

const { tree } = fc.letrec<{ tree: JsonObject; value: Json }>((tie) => ({
  tree: fc.dictionary(aName, tie('value'), { maxKeys: 5 }).map((object): JsonObject => ({ ...object })),
  value: fc.oneof({ maxDepth: 4, depthSize: 'small' }, aLeaf, tie('tree')),
}));

test('every document in every layout becomes what is wanted, and comments of what stays are kept', () => {
  fc.assert(
    fc.property(
      tree,
      tree,
      fc.infiniteStream(fc.nat(5)),
      fc.boolean(),
      fc.boolean(),
      (before, change, numbers, crlf, bom) => {
        fc.pre(Object.keys(before).length > 0);
        const next = () => numbers.next().value ?? 0;
        const layouts: readonly Layout[] = ['block', 'block', 'block', 'block', 'flow', 'flow over lines'];
        const writer: Writer = {
          layout: () => layouts[next()] ?? 'block',
          comment: () => next() > 3,
          quote: next,
        };
        const written = write(before, 0, writer);
        const text = `${bom ? '\uFEFF' : ''}${crlf ? written.replaceAll('\n', '\r\n') : written}`;
        const wanted = patched(Object.fromEntries(Object.entries(before).slice(next() % 2)), change) as JsonObject;
        fc.pre(Object.keys(wanted).some((name) => Object.hasOwn(before, name)));

        const { text: edited } = editYaml('a.yaml', text, new Map([[0, wanted]]));

        expect(treesOf(edited)).toEqual([wanted]);
        expect(editYaml('a.yaml', edited, new Map([[0, wanted]]))).toEqual({ text: edited, left: [] });
        expect(/(^|[^\r])\n/.test(edited)).toBe(/(^|[^\r])\n/.test(text));
      },
    ),
    { numRuns: 1000 },
  );
});
