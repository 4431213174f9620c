import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Json } from '../../../src/core/json.ts';
import { yamlText } from '../../../src/core/render/yaml-text.ts';
import { hostileNames } from './a-plan.ts';

const unsafe = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

test.each(hostileNames.map((name) => ({ name })))(
  'the text $name cannot act on a terminal, and is read back',
  ({ name }) => {
    const value = { [name]: [name, { name }] };

    const text = yamlText(value);

    expect(text).not.toMatch(unsafe);
    expect(parse(text)).toStrictEqual(value);
  },
);

test('any text is shown safely and read back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (value) => {
      const text = yamlText({ value });

      expect(text).not.toMatch(unsafe);
      expect(parse(text)).toStrictEqual({ value });
    }),
  );
});

test('lines stay lines, and what is there twice is written twice', () => {
  const hook: Json = { address: 'https://example.com/a' };
  const key = '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n';

  expect(yamlText({ key, one: hook, other: hook })).toBe(
    [
      'key: |',
      '  -----BEGIN PUBLIC KEY-----',
      '  AAAA',
      '  -----END PUBLIC KEY-----',
      'one:',
      '  address: https://example.com/a',
      'other:',
      '  address: https://example.com/a',
      '',
    ].join('\n'),
  );
});
