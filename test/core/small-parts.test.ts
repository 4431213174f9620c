import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseApplicationId } from '../../src/core/application/application.ts';
import { errorCodes, messageOf, ReconcilerError } from '../../src/core/errors.ts';
import { groupBy } from '../../src/core/group-by.ts';
import { nameMatcher } from '../../src/core/name-glob.ts';
import { formatPlace } from '../../src/core/problem.ts';

describe('ids', () => {
  test.each(['78D335FA323D01149C3DD6F0D48968CF', '78d335fa-323d-0114-9c3d-d6f0d48968cf'])('%s is one id', (text) => {
    expect(parseApplicationId(text)).toBe('78d335fa-323d-0114-9c3d-d6f0d48968cf');
  });

  test.each(['', '../x', '78d335fa-323d-0114-9c3d-d6f0d48968c', '78d335fa-323d-0114-9c3d-d6f0d48968cg'])(
    '"%s" is no id',
    (text) => {
      expect(parseApplicationId(text)).toBeUndefined();
    },
  );
});

describe('errors', () => {
  test('every code has a sentence and an exit code, even when a fact is missing', () => {
    const facts = { message: 'a message', title: 'a title', contentType: 'text/html', file: 'a file' };
    for (const code of errorCodes) {
      expect(new ReconcilerError(code, {}).message).not.toBe('');
      expect(new ReconcilerError(code, facts).message).not.toContain('[object');
      expect([1, 3, 4, 5, 6, 130]).toContain(new ReconcilerError(code, facts).exitCode);
    }
  });

  test.each([
    { code: 'E_LOCK_HELD', exitCode: 6 },
    { code: 'E_CREATE_UNDECIDED', exitCode: 4 },
    { code: 'E_MANIFEST_INVALID', exitCode: 5 },
    { code: 'E_API_REJECTED', exitCode: 1 },
  ] as const)('$code ends a command with $exitCode', ({ code, exitCode }) => {
    expect(new ReconcilerError(code, {}).exitCode).toBe(exitCode);
  });

  test('an error keeps its code, its facts and its cause', () => {
    const cause = new Error('socket closed');

    const error = new ReconcilerError('E_NOT_FOUND', { what: 'Support', reason: 'no such name' }, { cause });

    expect(error).toMatchObject({ name: 'ReconcilerError', code: 'E_NOT_FOUND', cause });
    expect(error.details).toEqual({ what: 'Support', reason: 'no such name' });
    expect(error.message).toBe('Support: no such name');
  });

  test('anything thrown has a message', () => {
    expect(messageOf(new Error('a reason'))).toBe('a reason');
    expect(messageOf('a text')).toBe('a text');
  });
});

test('groups keep the order of their items', () => {
  const groups = groupBy(['aa', 'b', 'ac', 'bb'], (text) => text.slice(0, 1));

  expect([...groups]).toEqual([
    ['a', ['aa', 'ac']],
    ['b', ['b', 'bb']],
  ]);
});

test('a place is written so that editors can open it', () => {
  expect(formatPlace({ file: 'apps/support.yaml', line: 5, column: 9 })).toBe('apps/support.yaml:5:9');
});

describe('name patterns', () => {
  test.each([
    { patterns: ['team-*'], name: 'team-a', expected: true },
    { patterns: ['team-*'], name: 'team-a/line/2', expected: true },
    { patterns: ['team-*'], name: 'Team-a', expected: false },
    { patterns: ['*'], name: '.hidden', expected: true },
    { patterns: ['a*'], name: 'a\nb', expected: true },
    { patterns: ['x', 'team-?'], name: 'team-b', expected: true },
    { patterns: ['Support (EU)'], name: 'Support (EU)', expected: true },
    { patterns: ['Line [1'], name: 'Line [1', expected: true },
    { patterns: [], name: 'team-a', expected: false },
    { patterns: [''], name: 'team-a', expected: false },
  ])('$patterns match "$name": $expected', ({ patterns, name, expected }) => {
    expect(nameMatcher(patterns)(name)).toBe(expected);
  });

  test('a name is always matched by itself', () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        expect(nameMatcher([name])(name)).toBe(true);
      }),
    );
  });
});
