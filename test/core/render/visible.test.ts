import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { formatValue } from '../../../src/core/render/format-value.ts';
import { messageLines, quoted, visible } from '../../../src/core/render/visible.ts';

describe('text that a terminal would act on', () => {
  test.each([
    { text: 'plain Ünïcode', shown: 'plain Ünïcode' },
    { text: 'a\nb\rc\td', shown: 'a\\nb\\rc\\td' },
    { text: '\u001b[2J', shown: '\\u001b[2J' },
    { text: '\u202e', shown: '\\u202e' },
    { text: '\u{e0041}', shown: '\\u{e0041}' },
  ])('$shown', ({ text, shown }) => {
    expect(visible(text)).toBe(shown);
  });

  test('a name is quoted, with its own quotes escaped', () => {
    expect(quoted('a "b" \\c')).toBe('"a \\"b\\" \\\\c"');
  });

  test('only the first line of a message stands after the prefix', () => {
    expect(messageLines('one\ntwo\u0007', 'Note: ')).toStrictEqual(['Note: one', '  | two\\u0007']);
  });
});

describe('long values', () => {
  const hashOf = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 12);

  test('160 characters are shown whole', () => {
    const text = 'a'.repeat(160);

    expect(formatValue(text)).toBe(`"${text}"`);
  });

  test('161 are shown by their beginning and end, with length and hash', () => {
    const text = `${'a'.repeat(100)}${'b'.repeat(21)}${'c'.repeat(40)}`;

    expect(formatValue(text)).toBe(`"${'a'.repeat(100)}…${'c'.repeat(40)}" (161 characters, SHA-256 ${hashOf(text)})`);
  });

  test('a list is measured as its JSON text', () => {
    const text = JSON.stringify(['a'.repeat(200)]);

    expect(formatValue(['a'.repeat(200)])).toContain(` (204 characters, SHA-256 ${hashOf(text)})`);
  });

  test.each([
    { title: 'by its first line', text: '-----BEGIN PUBLIC KEY-----\nAAAA\n', shown: '-----BEGIN PUBLIC KEY-----…' },
    {
      title: 'by sixty characters where it has one line',
      text: `-----BEGIN ${'x'.repeat(100)}`,
      shown: `-----BEGIN ${'x'.repeat(49)}…`,
    },
    {
      title: 'by its first line without white space at its end',
      text: '-----BEGIN PUBLIC KEY----- \r\n \nAAAA\n',
      shown: '-----BEGIN PUBLIC KEY-----…',
    },
  ])('a key is shown $title', ({ text, shown }) => {
    expect(formatValue(text)).toBe(`"${shown}" (${text.length} characters, SHA-256 ${hashOf(text)})`);
  });

  test('a text that ends like a key begins is shown whole', () => {
    expect(formatValue('x -----BEGIN ')).toBe('"x -----BEGIN "');
  });
});
