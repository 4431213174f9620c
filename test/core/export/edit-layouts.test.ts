import { describe, expect, test } from 'vitest';
import { editYaml } from '../../../src/core/export/edit-yaml.ts';
import type { JsonObject } from '../../../src/core/json.ts';

function edited(text: string, ...wanted: readonly JsonObject[]) {
  return editYaml('a.yaml', text, new Map(wanted.map((tree, index) => [index, tree])));
}

describe('a document is edited in the layout it has', () => {
  test.each<{ title: string; text: string; wanted: JsonObject; expected: string }>([
    {
      title: 'a text of several lines keeps its empty ones',
      text: 'a: 1\n',
      wanted: { a: 1, b: 'one\n\ntwo\n' },
      expected: 'a: 1\nb: |\n  one\n\n  two\n',
    },
    {
      title: 'the first member of an item of a list goes',
      text: 'a:\n  - b: 1\n    c: 2\n',
      wanted: { a: [{ c: 2 }] },
      expected: 'a:\n  - c: 2\n',
    },
    {
      title: 'a member with a question mark goes',
      text: 'a: 1\n? b\n: 2\n',
      wanted: { a: 1 },
      expected: 'a: 1\n',
    },
    {
      title: 'an object at the end of a file without a line break becomes a number',
      text: 'a:\n  b: 1',
      wanted: { a: 2 },
      expected: 'a: 2',
    },
    {
      title: 'a member whose name is a list goes',
      text: 'a: 1\n? [x]\n: 2\n',
      wanted: { a: 1 },
      expected: 'a: 1\n',
    },
    {
      title: 'lists, empty ones and objects come into JSON over lines',
      text: '{\n  "a": 1\n}\n',
      wanted: { a: 1, b: [1, 'x'], c: [], d: { e: true } },
      expected: '{\n  "a": 1,\n  "b": [\n    1,\n    "x"\n  ],\n  "c": [],\n  "d": {\n    "e": true\n  }\n}\n',
    },
    {
      title: 'lists and numbers come into brackets',
      text: 'a: { b: 1 }\n',
      wanted: { a: { b: 1, c: [1, 'x', { d: null }] } },
      expected: 'a: { b: 1, c: [1, x, { d: null }] }\n',
    },
    {
      title: 'a member comes in between where the schema has it, in brackets',
      text: 'spec: { privacy: {}, capabilities: {} }\n',
      wanted: { spec: { privacy: {}, keys: {}, capabilities: {} } },
      expected: 'spec: { privacy: {}, keys: {}, capabilities: {} }\n',
    },
    {
      title: 'a member that is indented as its name is',
      text: '? a\n:\n  b: 1\nc: 1\n',
      wanted: { a: { b: 1 }, c: { d: 1 } },
      expected: '? a\n:\n  b: 1\nc:\n  d: 1\n',
    },
    {
      title: 'a member behind one without a value goes',
      text: 'x: { a, b: 1 }\n',
      wanted: { x: { a: null } },
      expected: 'x: { a }\n',
    },
    {
      title: 'a member comes first in brackets where the schema has it first',
      text: 'spec: { capabilities: {} }\n',
      wanted: { spec: { privacy: {}, capabilities: {} } },
      expected: 'spec: { privacy: {}, capabilities: {} }\n',
    },
  ])('$title', ({ text, wanted, expected }) => {
    expect(edited(text, wanted)).toEqual({ text: expected, left: [] });
  });
});

describe('a document stays as it is, and is told', () => {
  test.each<{ title: string; text: string; wanted: JsonObject; why: string }>([
    { title: 'a comment between a name and its colon', text: '? a # x\n: 1\n', wanted: { a: { b: 1 } }, why: 'layout' },
    { title: 'the same in brackets', text: '{ ? a # x\n  : 1, c: 1 }\n', wanted: { a: { b: 1 }, c: 1 }, why: 'layout' },
    {
      title: 'an anchor in it that is used elsewhere',
      text: 'a: { b: &x 1 }\nc: *x\n',
      wanted: { a: 5, c: 1 },
      why: 'shared',
    },
    {
      title: 'a member before one with a question mark',
      text: 'spec:\n  ? capabilities\n  : {}\n',
      wanted: { spec: { privacy: {}, capabilities: {} } },
      why: 'layout',
    },
    {
      title: 'brackets that are not indented',
      text: 'a: {\nb: 1\n}\nc:\n    d: 1\n',
      wanted: { a: { b: 1 }, c: { d: 1, e: { f: 1 } } },
      why: 'layout',
    },
    {
      title: 'a comment before the colon of what goes',
      text: 'a: 1\n? b # x\n: 2\nc: 3\n',
      wanted: { a: 1, c: 3 },
      why: 'layout',
    },
    { title: 'a document that is a list', text: '- 1\n', wanted: { a: 1 }, why: 'layout' },
  ])('$title', ({ text, wanted, why }) => {
    const { text: after, left } = edited(text, wanted);

    expect(after).toBe(text);
    expect(left).toMatchObject([{ why }]);
  });

  test('and what is written in another way beside it is edited', () => {
    const { text, left } = edited('a: {\nb: 1\n}\n---\nx: 1\n', { a: { b: 2 } }, { x: 2 });

    expect(text).toBe('a: {\nb: 1\n}\n---\nx: 2\n');
    expect(left).toMatchObject([{ document: 0, why: 'layout' }]);
  });

  test('a member in brackets with a comment before its colon', () => {
    expect(edited('{ ? a # x\n  : 1, c: 1 }\n', { c: 1 }).text).toMatch(/c: 1 \}\n$/);
  });

  test('and the other documents of the file are edited', () => {
    const { text, left } = edited('a: 1\n---\n? b # x\n: 1\n---\nc: 1\n', { a: 2 }, { b: { d: 1 } }, { c: 3 });

    expect(text).toBe('a: 2\n---\n? b # x\n: 1\n---\nc: 3\n');
    expect(left).toMatchObject([{ document: 1, why: 'layout' }]);
  });
});
