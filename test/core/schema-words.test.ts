import { expect, test } from 'vitest';
import { schemaWords } from '../../src/core/schema-words.ts';
import { z } from '../../src/core/zod.ts';

const letter = z.string().regex(/^[a-z]$/, { error: 'expected a letter' });

test.each([
  { schema: z.string(), value: 1, expected: 'expected text, found a number' },
  { schema: z.string(), value: undefined, expected: 'missing: expected text' },
  { schema: z.number(), value: 'hunter2', expected: 'expected a number, found text' },
  { schema: z.int(), value: 1.5, expected: 'expected a whole number, found a number' },
  { schema: z.boolean(), value: [], expected: 'expected true or false, found a list' },
  { schema: z.array(z.string()), value: {}, expected: 'expected a list, found an object' },
  { schema: z.object({}), value: null, expected: 'expected an object, found nothing' },
  { schema: z.record(z.string(), z.string()), value: true, expected: 'expected an object, found true or false' },
  { schema: z.record(letter, z.string()), value: { A: 'x' }, expected: 'expected a letter' },
  { schema: z.date(), value: Symbol('x'), expected: 'expected something else, found something else' },
  { schema: z.string().min(1), value: '', expected: 'expected text' },
  { schema: z.string().regex(/^a$/), value: 'hunter2', expected: 'expected something else' },
  { schema: z.array(z.string()).min(1), value: [], expected: 'expected at least one item' },
  { schema: z.number().min(2), value: 1, expected: 'expected a number, 2 or more' },
  { schema: z.number().max(2), value: 3, expected: 'expected a number, 2 or less' },
  { schema: z.string().max(2), value: 'abc', expected: 'expected a text of at most 2 characters' },
  { schema: z.array(z.string()).max(1), value: ['a', 'b'], expected: 'expected at most 1 items' },
  { schema: z.literal('on'), value: 'hunter2', expected: 'expected "on"' },
  {
    schema: z.enum(['heal', 'report']),
    value: 'heel',
    expected: 'expected one of "heal", "report" (did you mean "heal"?)',
  },
  { schema: z.strictObject({}), value: { a: 1, b: 2 }, expected: 'unknown: a, b' },
  { schema: z.union([z.string(), z.number()]), value: true, expected: 'expected something else' },
  {
    schema: z.discriminatedUnion('kind', [z.object({ kind: z.literal('a') }), z.object({ kind: z.literal('b') })]),
    value: { kind: 'hunter2' },
    expected: 'expected one of "a", "b"',
  },
])('a schema says: $expected', ({ schema, value, expected }) => {
  const { error } = schema.safeParse(value, { error: schemaWords });

  expect(error?.issues.map(({ message }) => message)).toEqual([expected]);
});
