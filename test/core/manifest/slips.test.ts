import { describe, expect, test } from 'vitest';
import { configJsonSchema } from '../../../src/config/schema.ts';
import { reportJsonSchema } from '../../../src/core/documents/report-schema.ts';
import { defaultManifestOptions } from '../../../src/core/manifest/options.ts';
import { parseManifests } from '../../../src/core/manifest/parse.ts';
import { applicationJsonSchema } from '../../../src/core/manifest/schema.ts';
import { unknownMember } from '../../../src/core/mistakes/suggest.ts';
import { planJsonSchema } from '../../../src/core/render/schema.ts';
import { manifestText, parseText, problemLines } from './builders.ts';

const head = 'apiVersion: vonage-gitops/v1\nkind: Application\n';
const voice = (text: string) =>
  manifestText('name: Support', `capabilities:\n  voice:\n${text.replace(/^/gm, '    ')}`);

test.each(['0123', '1e3', '0x10', '0o17', '1.50', 'True', 'FALSE'])(
  '%s where text is expected is quoted as it is written',
  (written) => {
    expect(problemLines(parseText(manifestText(`name: ${written}`)))).toEqual([
      `error a.yaml:4:9 metadata.name: expected text, found ${written}. Quote it`,
    ]);
  },
);

test.each(['yes', 'no', '2026-11-27', '12:30'])('%s is text as it is written', (written) => {
  const { manifests } = parseText(manifestText(`name: ${written}`));
  expect(manifests.map(({ name }) => name)).toEqual([written]);
});

describe('one slip is told once', () => {
  test.each([
    {
      title: 'a field with a misspelt name that is missing, then',
      text: voice('webhooks:\n  answer_url:\n    adress: https://example.com/a'),
      expected: [
        'error a.yaml:10:11 spec.capabilities.voice.webhooks.answer_url.adress: unknown field "adress" (did you mean "address"?). Allowed: address, http_method, connect_timeout, connection_timeout, socket_timeout',
      ],
    },
    {
      title: 'spec below metadata',
      text: `${head}metadata:\n  name: Support\n  spec:\n    capabilities: {}\n`,
      expected: ['error a.yaml:5:3 metadata.spec: "spec" is indented below metadata, but belongs beside it'],
    },
    {
      title: 'a capability below another one',
      text: voice('messages: {}'),
      expected: [
        'error a.yaml:8:7 spec.capabilities.voice.messages: "messages" is indented below voice, but belongs beside it',
      ],
    },
    {
      title: 'the content of a field beside it',
      text: voice('webhooks:\nanswer_url: { address: https://example.com/a }'),
      expected: ['error a.yaml:9:7 spec.capabilities.voice.answer_url: "answer_url" belongs in webhooks, not here'],
    },
    {
      title: 'everything at the beginning of a line',
      text: `${head}name: Support\ncapabilities:\n  voice: {}\n`,
      expected: [
        'error a.yaml:3:1 name: "name" belongs in metadata, not here',
        'error a.yaml:4:1 capabilities: "capabilities" belongs in spec, not here',
      ],
    },
    {
      title: 'the webhook of another capability',
      text: voice('webhooks:\n  answer_url: { address: https://example.com/a }').replace('voice', 'messages'),
      expected: [
        'error a.yaml:9:9 spec.capabilities.messages.webhooks.answer_url: "answer_url" belongs in voice.webhooks, not here',
      ],
    },
    {
      title: 'a webhook outside of every capability',
      text: manifestText('name: Support', 'capabilities:\n  answer_url: { address: https://example.com/a }'),
      expected: ['error a.yaml:7:5 spec.capabilities.answer_url: "answer_url" belongs in voice.webhooks, not here'],
    },
    {
      title: 'a field that several others hold',
      text: manifestText('name: Support', 'capabilities:\n  address: https://example.com/a'),
      expected: [expect.stringContaining('unknown field "address". Allowed: voice, ')],
    },
  ])('$title', ({ text, expected }) => {
    expect(problemLines(parseText(text))).toEqual(expected);
  });

  test('but what is missing without such a field is told', () => {
    const lines = problemLines(parseText(voice('webhooks:\n  answer_url:\n    http_metod: GET\n    xyzzy: 1')));

    expect(lines.map((line) => line.split(': ')[0])).toEqual([
      'error a.yaml:9:9 spec.capabilities.voice.webhooks.answer_url.address',
      'error a.yaml:10:11 spec.capabilities.voice.webhooks.answer_url.http_metod',
      'error a.yaml:11:11 spec.capabilities.voice.webhooks.answer_url.xyzzy',
    ]);
  });
});

test('a second document without a line between is told as that', () => {
  const [first, ...others] = problemLines(parseText(`${manifestText()}${manifestText('name: B')}`));

  expect(first).toBe('error a.yaml:7:1 : "apiVersion" is declared twice: a line of --- separates two documents');
  expect(others.every((line) => line.endsWith(' is declared twice'))).toBe(true);
});

describe('how a value is written is told where that shows what is meant', () => {
  const hook = (text: string) => voice(`webhooks:\n  answer_url:\n    ${text}`);

  test.each([
    [
      'a list of capabilities',
      manifestText('name: S', 'capabilities: [voice]'),
      'found a list. Write fields without dashes and brackets: voice: {}',
    ],
    [
      'a list of objects',
      voice('webhooks:\n  - answer_url: { address: x }'),
      'found a list. Write fields without dashes and brackets: answer_url: {}',
    ],
    ['a list of something else', manifestText('name: S', 'capabilities: [1, fax]'), 'found a list'],
    [
      'true for an object',
      manifestText('name: S', 'capabilities: { voice: true }'),
      'found true. Use {} for an empty one',
    ],
    [
      'a URL for a webhook',
      voice('webhooks: { answer_url: "https://example.com/" }'),
      'found "https://example.com/". Write it as { address: URL }',
    ],
    ['a text for an object', manifestText('name: S', 'capabilities: voice'), 'found "voice"'],
    ['a text for a list', manifestText('name: S\nformerly: T'), 'found "T". Write it as a list: [ ... ]'],
    ['a number for a list', manifestText('name: S\nformerly: 1'), 'found 1'],
    [
      'a name without a value',
      manifestText('name:'),
      'metadata.name: expected text, such as "Support line", found nothing',
    ],
    ['yes', manifestText('name: S', 'privacy: { improve_ai: yes }'), 'found "yes" (did you mean true?)'],
    ['off', manifestText('name: S', 'privacy: { improve_ai: off }'), 'found "off" (did you mean false?)'],
    ['a text for a flag', manifestText('name: S', 'privacy: { improve_ai: maybe }'), 'found "maybe"'],
    ['a number for a flag', manifestText('name: S', 'privacy: { improve_ai: 1 }'), 'found 1'],
    [
      'method',
      hook('address: https://example.com/a\n    method: GET'),
      'unknown field "method" (did you mean "http_method"?). Allowed: address, http_method, connect_timeout, connection_timeout, socket_timeout',
    ],
    [
      'url',
      hook('url: https://example.com/a'),
      'unknown field "url" (did you mean "address"?). Allowed: address, http_method, connect_timeout, connection_timeout, socket_timeout',
    ],
    [
      'a word that two names have',
      hook('address: https://example.com/a\n    timeout: 1'),
      'unknown field "timeout". Allowed: address, http_method, connect_timeout, connection_timeout, socket_timeout',
    ],
    [
      'a pointer that begins with spec',
      manifestText('name: S\nignore: [/spec/capabilities/voice]'),
      'pointers begin below spec, such as /capabilities/voice/region',
    ],
    [
      'a placeholder of a template',
      manifestText('name: {{ .Values.name }}'),
      'field names must be strings. To begin a text with {, quote it: a placeholder is ${NAME}',
    ],
    [
      'no apiVersion',
      manifestText().replace(/^apiVersion.*\n/, ''),
      'apiVersion: missing: expected "vonage-gitops/v1"',
    ],
  ])('%s', (_, text, expected) => {
    const [line, ...others] = problemLines(parseText(text));

    expect(others).toEqual([]);
    expect(line?.endsWith(expected)).toBe(true);
  });
});

test.each(['$NAME', '{{ name }}', '<% name %>', '%NAME%'])('a name that nobody filled in is warned of: %s', (name) => {
  expect(problemLines(parseText(manifestText(`name: "a ${name}"`)))).toEqual([
    'warning a.yaml:4:9 metadata.name: the name contains a placeholder that was not filled in: a placeholder is written ${NAME}',
  ]);
});

test.each(['Costs $5', '100 % sure', 'a {b} c'])('a name with such a sign is not: %s', (name) => {
  expect(problemLines(parseText(manifestText(`name: "${name}"`)))).toEqual([]);
});

test('of many allowed names none is listed', () => {
  const many = Array.from({ length: 13 }, (_, index) => `field${index}`);

  expect(unknownMember('"x"', '', many)).toBe(
    'unknown field "x". 13 fields are allowed here: docs/configuration.md lists them',
  );
  expect(unknownMember('"x"', ' (did you mean "y"?)', many)).toBe('unknown field "x" (did you mean "y"?)');
});

describe('what a parser stumbles over is told as what a person did', () => {
  test.each([
    {
      title: 'a line between two columns',
      text: 'spec:\n  a:\n    b: 1\n   c: 2\n',
      expected: [
        '4:4 indented by 3 columns, line 2 by 2, line 3 by 4: what belongs side by side starts in the same column',
      ],
    },
    {
      title: 'a line below fields with others inside',
      text: 'spec:\n  a:\n    b:\n      c: 1\n    d: 1\n   e: 2\n',
      expected: [
        '6:4 indented by 3 columns, line 2 by 2, line 3 by 4: what belongs side by side starts in the same column',
      ],
    },
    {
      title: 'a line above that has an odd column',
      text: 'spec:\n  a:\n   b:\n      c: 1\n    d: 2\n',
      expected: ['3:4 indented by 3 columns, line 5 by 4: what belongs side by side starts in the same column'],
    },
    {
      title: 'a line above, after one that is indented deeper',
      text: 'spec:\n  a:\n\n     # why\n     b: 1\n    d: 2\n',
      expected: ['5:6 indented by 5 columns, line 6 by 4: what belongs side by side starts in the same column'],
    },
    {
      title: 'columns of four',
      text: 'spec:\n    a:\n        b: 1\n      c: 2\n',
      expected: [
        '4:7 indented by 6 columns, line 2 by 4, line 3 by 8: what belongs side by side starts in the same column',
      ],
    },
    {
      title: 'a document of which the beginning is indented more',
      text: '  a: 1\n b: 2\n',
      expected: ['2:2 indented by 1 column, line 1 by 2: what belongs side by side starts in the same column'],
    },
    {
      title: 'a line below a value that is indented deeper',
      text: 'metadata:\n  name: Support\n    labels: {}\n',
      expected: ['3:5 indented by 4 columns, line 2 by 2: what belongs side by side starts in the same column'],
    },
    {
      title: 'a colon inside a text',
      text: 'metadata:\n  name: Support: line\n',
      expected: ['2:9 a colon and a space inside a text: quote the text'],
    },
    {
      title: 'items of a list in different columns',
      text: 'a:\n  - b\n - c\n',
      expected: [
        '3:2 indented by 1 column, line 1 by 0, line 2 by 2: what belongs side by side starts in the same column',
      ],
    },
    {
      title: 'a field beside the dash of its item',
      text: 'a:\n  - b: 1\n   c: 2\n',
      expected: ['3:4 indented by 3 columns, line 2 by 2: what belongs side by side starts in the same column'],
    },
    {
      title: 'no space after a colon',
      text: 'metadata:\n  name:Support\n  labels: {}\n',
      expected: ['2:3 a space is missing after the colon: write name: value'],
    },
    {
      title: 'an equals sign',
      text: 'name = "x"\nfoo: 1\n',
      expected: ['1:1 a field is written with a colon: name: value'],
    },
    { title: 'a word alone', text: 'a: 1\nfoo\nb: 2\n', expected: ['2:1 expected a field, written name: value'] },
    {
      title: 'a merge conflict',
      text: 'a: 1\n<<<<<<< HEAD\nb: 2\n=======\nb: 3\n>>>>>>> x\n',
      expected: [
        '2:1 a merge conflict is not resolved: remove its marks',
        '4:1 a merge conflict is not resolved: remove its marks',
        '6:1 a merge conflict is not resolved: remove its marks',
      ],
    },
    {
      title: 'a double quote that is not closed',
      text: 'a: "x\\""\nname: "Support\nb: 1\n',
      expected: ['2:7 a text is not closed: add " at its end'],
    },
    {
      title: 'a single quote that is not closed',
      text: "a: 'x'\nname: 'Support\nb: 1\n",
      expected: ["2:7 a text is not closed: add ' at its end"],
    },
    {
      title: 'a quote that is not closed, on a line with another',
      text: "# it's\nit's: 'z\n",
      expected: ["3:1 a text is not closed: add ' at its end"],
    },
    {
      title: 'an object that is not closed',
      text: 'a: { b: 1\nd: 3\n',
      expected: ['2:1 a { above is not closed: add }'],
    },
    { title: 'a list that is not closed', text: 'a: [1, 2\n', expected: ['2:1 a [ above is not closed: add ]'] },
    {
      title: 'no comma',
      text: '{ "a": 1 "b": 2 }',
      expected: ['1:8 between { } and [ ] items are separated by commas: one is missing'],
    },
    {
      title: 'a sign at the beginning of a text',
      text: 'name: @support\n',
      expected: ['1:7 a text cannot begin with @ unless it is quoted: quote it'],
    },
    {
      title: 'a placeholder of a template',
      text: 'name: {{ name }}-x\n',
      expected: [
        '1:17 {{ }} is a placeholder of another tool: fill it in before, or quote the whole text. Here it is ${NAME}',
      ],
    },
    {
      title: 'text behind a quote',
      text: 'a: "x" y\n',
      expected: ['1:8 text after the end of the value: quote the whole value, or put it on a line of its own'],
    },
    {
      title: 'a field beside a list',
      text: '- a: 1\nb: 2\n',
      expected: [
        '2:1 this does not belong to what is above: a document is one object, and a line of --- separates documents',
      ],
    },
    {
      title: 'a comment without a space',
      text: 'a: "x"#c\n',
      expected: ['1:7 a comment begins with a space and #: add a space, or quote the text'],
    },
    {
      title: 'a backslash',
      text: 'a: "\\d"\n',
      expected: ['1:5 an unknown escape: write \\\\ for a backslash, or use single quotes'],
    },
    {
      title: 'a slip in a later document',
      text: `${manifestText()}---\na:\n  b: 1\n c: 2\n`,
      expected: [
        '10:2 indented by 1 column, line 8 by 0, line 9 by 2: what belongs side by side starts in the same column',
      ],
    },
    {
      title: 'what has no words of its own',
      text: 'a: |x\n  foo\n',
      expected: ['1:5 Block scalar header includes extra characters'],
    },
  ])('$title', ({ text, expected }) => {
    const lines = problemLines(parseText(text)).map((line) =>
      line.replace('error a.yaml:', '').replace(' : YAML:', ''),
    );

    expect(lines).toEqual(expected);
  });

  test('what follows a value to the end of the file is told where it begins', () => {
    expect(problemLines(parseText('a: b\n  c:'))).toEqual([
      expect.stringContaining('error a.yaml:2:3 : YAML: indented'),
    ]);
  });
});

describe('documents that the program itself wrote are no manifests', () => {
  const read = (text: string) => parseManifests([{ path: 'a.json', text }], defaultManifestOptions);

  test.each([
    ['the schema of manifests', JSON.stringify(applicationJsonSchema())],
    ['the schema of the configuration', JSON.stringify(configJsonSchema())],
    ['the schema of plans', JSON.stringify(planJsonSchema())],
    ['the schema of reports', JSON.stringify(reportJsonSchema())],
    ['a saved plan', '{ "format": "vonage-gitops.plan/2", "changes": [] }'],
    ['a list of problems', '{ "format": "vonage-gitops.problems/1" }'],
  ])('%s', (_, text) => {
    expect(read(text)).toMatchObject({ problems: [], manifests: [], broken: [], complete: true });
  });

  test.each([
    ['a schema of something else', '{ "$schema": "x", "properties": { "format": { "const": "other/1" } } }'],
    ['a document of another format', '{ "format": "other" }'],
    ['a misspelt manifest', '{ "apiVersion": "vonage-gitops/v2", "format": "vonage-gitops.plan/2" }'],
  ])('but %s is an error', (_, text) => {
    expect(read(text).problems).toHaveLength(1);
  });

  test('one in the place of a manifest counts as an empty file, so that nothing is deleted for it', () => {
    expect(read('{ "format": "vonage-gitops.plan/2" }').emptyFiles).toEqual(['a.json']);
  });

  test('one beside a manifest does not share its file', () => {
    const { manifests } = parseText(`${manifestText()}---\n{ "format": "vonage-gitops.plan/2" }\n`);

    expect(manifests.map(({ ownFile }) => ownFile)).toEqual([true]);
  });
});
