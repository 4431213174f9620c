import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dottedPath, isWithin, pointerOf, pointerTokens, valueAt, withValueAt } from '../../src/core/pointer.ts';

const document = { capabilities: { voice: { region: 'eu-west', list: [1] }, 'a/b': { '~': 1 } }, name: 'Support' };

describe('tokens', () => {
  test('the empty pointer is the whole document', () => {
    expect(pointerTokens('')).toStrictEqual([]);
    expect(pointerOf([])).toBe('');
    expect(valueAt(document, '')).toBe(document);
  });

  test('slashes and tildes in names survive the way into a pointer and back', () => {
    expect(pointerOf(['a/b', '~', '~1', 0])).toBe('/a~1b/~0/~01/0');
    fc.assert(
      fc.property(fc.array(fc.string()), (tokens) => {
        expect(pointerTokens(pointerOf(tokens))).toStrictEqual(tokens);
      }),
    );
  });

  test('people read a pointer as a dotted path', () => {
    expect(dottedPath('/capabilities/voice/region')).toBe('capabilities.voice.region');
  });

  test.each([
    { pointer: '/a/b', ancestor: '/a', expected: true },
    { pointer: '/a', ancestor: '/a', expected: true },
    { pointer: '/a', ancestor: '', expected: true },
    { pointer: '/ab', ancestor: '/a', expected: false },
    { pointer: '/a', ancestor: '/a/b', expected: false },
  ])('$pointer lies within "$ancestor": $expected', ({ pointer, ancestor, expected }) => {
    expect(isWithin(pointer, ancestor)).toBe(expected);
  });
});

describe('values', () => {
  test.each([
    { pointer: '/capabilities/voice/region', expected: 'eu-west' },
    { pointer: '/capabilities/a~1b/~0', expected: 1 },
    { pointer: '/capabilities/rtc/region', expected: undefined },
    { pointer: '/name/length', expected: undefined },
    { pointer: '/capabilities/voice/list/0', expected: undefined },
    { pointer: '/constructor/name', expected: undefined },
  ])('$pointer names $expected', ({ pointer, expected }) => {
    expect(valueAt(document, pointer)).toStrictEqual(expected);
  });

  test.each([
    { title: 'replaces a value', pointer: '/name', value: 'Sales', expected: { ...document, name: 'Sales' } },
    { title: 'removes a value', pointer: '/capabilities', value: undefined, expected: { name: 'Support' } },
    { title: 'removes nothing where nothing is', pointer: '/privacy/improve_ai', value: undefined, expected: document },
    {
      title: 'makes the objects on the way',
      pointer: '/privacy/improve_ai',
      value: true,
      expected: { ...document, privacy: { improve_ai: true } },
    },
    {
      title: 'puts an object where a scalar stood in the way',
      pointer: '/name/first',
      value: 'S',
      expected: { ...document, name: { first: 'S' } },
    },
    { title: 'leaves the document alone for the empty pointer', pointer: '', value: 'x', expected: document },
  ])('setting $title', ({ pointer, value, expected }) => {
    const before = structuredClone(document);

    expect(withValueAt(document, pointer, value)).toStrictEqual(expected);
    expect(document).toStrictEqual(before);
  });

  test('a pointer to __proto__ makes a field and pollutes nothing', () => {
    const result = withValueAt({}, '/__proto__/polluted', true);

    expect(JSON.stringify(result)).toBe('{"__proto__":{"polluted":true}}');
    expect('polluted' in {}).toBe(false);
  });
});
