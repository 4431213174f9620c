import { describe, expect, test } from 'vitest';
import { ManifestWriter } from '../../../src/core/export/live-writer.ts';
import { SecretNames } from '../../../src/core/export/secret-names.ts';
import { Template } from '../../../src/core/export/template.ts';
import { defaultManifestOptions } from '../../../src/core/manifest/options.ts';

const options = {
  ...defaultManifestOptions,
  variables: { TEAM: 'Support', METHOD: 'get' },
  allowedEnvironment: ['UNSET', 'OTHER'],
  opaqueVariables: true,
};
const writer = new ManifestWriter('Support', new SecretNames([]), options);

describe('a name is written so that it stands for what is live', () => {
  test.each([
    { written: 'Support', live: 'Sales', expected: { written: 'Sales' } },
    { written: 'Support', live: '${A}', expected: { written: '$${A}' } },
    { written: '${TEAM} line', live: 'Support desk', expected: { written: '${TEAM} desk' } },
    { written: '$${x} ${TEAM}', live: '${x} Support desk', expected: { written: '$${x} ${TEAM} desk' } },
    { written: 'x${TEAM}', live: '$Support', expected: { written: '$Support' } },
    {
      written: '${UNSET} line',
      live: 'Sales line',
      expected: { written: '${UNSET} line', toDo: expect.stringContaining('${UNSET} is not set') },
    },
    {
      written: '${UNSET:-Sales} line',
      live: 'Help line',
      expected: { written: '${UNSET:-Sales} line', toDo: expect.stringContaining('${UNSET} is not set') },
    },
  ])('$written for $live', ({ written, live, expected }) => {
    expect(writer.rename(written, live)).toEqual(expected);
  });
});

describe('a text with placeholders stays where it stands for what is live', () => {
  test.each([
    {
      title: 'a method in small letters',
      pointer: '/a/http_method',
      written: '${METHOD}',
      live: 'GET',
      expected: { written: '${METHOD}', toDo: expect.any(String) },
    },
    { title: 'a number', pointer: '/a', written: '${TEAM}', live: 5, expected: { written: 5 } },
    { title: 'an object', pointer: '/a', written: '${TEAM}', live: { b: 1 }, expected: { written: { b: 1 } } },
    { title: 'no placeholder at all', pointer: '/a', written: '$${x}', live: 'y', expected: { written: 'y' } },
    {
      title: 'a part whose variable is not set, and which differs',
      pointer: '/a',
      written: 'https://${UNSET:-x}/${TEAM}/a',
      live: 'https://y/Support/b',
      expected: { written: 'https://${UNSET:-x}/${TEAM}/a', toDo: expect.stringContaining('${UNSET}') },
    },
  ])('$title', ({ pointer, written, live, expected }) => {
    expect(writer.rewrite(pointer, written, live)).toEqual(expected);
  });
});

test('what cannot be known is written without placeholders', () => {
  expect(new Template('${UNSET}/a', options).fitted('${b}')).toBe('$${b}');
});

test('a value in a list is written, too', () => {
  expect(writer.write('/list/1', 'x')).toBe('x');
});
