import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hashJson } from '../../src/core/hash.ts';
import {
  isJsonObject,
  type Json,
  jsonEquals,
  mapMembers,
  mapObjectMember,
  objectMember,
  omitMembers,
  ownMember,
  stableStringify,
} from '../../src/core/json.ts';

const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)));

describe('members', () => {
  test.each([
    { title: 'an object', value: {}, expected: true },
    { title: 'null', value: null, expected: false },
    { title: 'an array', value: [], expected: false },
    { title: 'a text', value: 'text', expected: false },
    { title: 'nothing', value: undefined, expected: false },
  ])('$title is an object: $expected', ({ value, expected }) => {
    expect(isJsonObject(value)).toBe(expected);
  });

  test('what every JavaScript object inherits is no field', () => {
    expect(ownMember({}, 'constructor')).toBeUndefined();
    expect(objectMember({}, 'toString')).toStrictEqual({});
    expect(ownMember({ constructor: 1 }, 'constructor')).toBe(1);
  });

  test('a field that is no object reads as an empty one', () => {
    expect(objectMember({ keys: { public_key: 'x' } }, 'keys')).toStrictEqual({ public_key: 'x' });
    expect(objectMember({ keys: 'none' }, 'keys')).toStrictEqual({});
  });

  test('omitting fields leaves the original as it was', () => {
    const original = { one: 1, two: 2 };

    expect(omitMembers(original, ['two', 'three'])).toStrictEqual({ one: 1 });
    expect(original).toStrictEqual({ one: 1, two: 2 });
  });

  test('mapping keeps a field named __proto__ as a field', () => {
    const hostile = JSON.parse('{"__proto__": {"polluted": true}, "gone": 1}');

    const mapped = mapMembers(hostile, (member, value) => (member === 'gone' ? undefined : value));

    expect(JSON.stringify(mapped)).toBe('{"__proto__":{"polluted":true}}');
    expect('polluted' in mapped).toBe(false);
  });

  test('an object in which nothing changes is not copied', () => {
    const object = { one: 1, two: { three: 3 } };

    const mapped = mapMembers(object, (_, value) => value);
    const kept = mapObjectMember(object, 'two', (two) => two);
    const absent = mapObjectMember(object, 'one', () => ({ never: true }));

    expect([mapped, kept, absent].every((one) => one === object)).toBe(true);
  });

  test('another value of one field is put into a copy', () => {
    const object = { one: 1, two: { three: 3 } };

    const mapped = mapObjectMember(object, 'two', (two) => ({ ...two, four: 4 }));

    expect(mapped).toEqual({ one: 1, two: { three: 3, four: 4 } });
    expect(object).toEqual({ one: 1, two: { three: 3 } });
  });
});

interface EqualityCase {
  readonly title: string;
  readonly one: Json | undefined;
  readonly other: Json | undefined;
  readonly expected: boolean;
}

describe('equality', () => {
  test.each<EqualityCase>([
    { title: 'fields in another order', one: { a: 1, b: [2] }, other: { b: [2], a: 1 }, expected: true },
    { title: 'items in another order', one: [1, 2], other: [2, 1], expected: false },
    { title: 'a longer array', one: [1], other: [1, 2], expected: false },
    { title: 'an array and an object', one: [], other: {}, expected: false },
    { title: 'an object and an array', one: {}, other: [], expected: false },
    { title: 'a null field and an absent one', one: { a: null }, other: {}, expected: false },
    { title: 'as many fields with other names', one: { a: 1 }, other: { b: 1 }, expected: false },
    { title: 'a field only inherited on the other side', one: { constructor: 1 }, other: { b: 1 }, expected: false },
    { title: 'a number and its text', one: 1, other: '1', expected: false },
    { title: 'two absent values', one: undefined, other: undefined, expected: true },
  ])('$title: equal is $expected', ({ one, other, expected }) => {
    expect(jsonEquals(one, other)).toBe(expected);
  });

  test('values are equal exactly when their stable texts are', () => {
    fc.assert(
      fc.property(json, json, (one, other) => {
        expect(jsonEquals(one, other)).toBe(stableStringify(one) === stableStringify(other));
        expect(jsonEquals(one, JSON.parse(stableStringify(one)))).toBe(true);
      }),
    );
  });

  test('equal values have one hash, whatever the order of their fields', () => {
    expect(hashJson({ a: 1, b: { c: null, d: [true] } })).toBe(hashJson({ b: { d: [true], c: null }, a: 1 }));
    expect(hashJson({ a: 1 })).not.toBe(hashJson({ a: 2 }));
    expect(hashJson(null)).toMatch(/^[0-9a-f]{64}$/);
  });
});
