import { expect, test } from 'vitest';
import { leftProblem } from '../../../src/core/limit-problems.ts';
import type { Problem } from '../../../src/core/problem.ts';
import { renderProblems } from '../../../src/core/render/problems.ts';

const error: Problem = {
  severity: 'error',
  place: { file: 'apps/support.yaml', line: 5, column: 7 },
  path: 'spec.capabilities.voice',
  message: 'expected an object, found 100%',
  frame: '4 | spec:\n5 |\tvoice: 7\n  |\t       ^\n',
};
const warning: Problem = {
  severity: 'warning',
  place: { file: 'a,b:c.yaml', line: 1, column: 1 },
  path: '',
  message: 'two\r\nlines',
};

test('problems for people have place, path, message and frame, and are counted', () => {
  expect(renderProblems([error, warning], 'text')).toBe(
    [
      'apps/support.yaml:5:7: error: spec.capabilities.voice: expected an object, found 100%',
      '  4 | spec:',
      '  5 |\tvoice: 7',
      '    |\t       ^',
      '',
      'a,b:c.yaml:1:1: warning: two\\r\\nlines',
      '',
      '1 error, 1 warning.',
      '',
    ].join('\n'),
  );
});

test.each([
  { problems: [], expected: 'No problems.\n' },
  { problems: [error, error, warning, warning], expected: '2 errors, 2 warnings.\n' },
])('the last line is $expected', ({ problems, expected }) => {
  expect(renderProblems(problems, 'text').endsWith(expected)).toBe(true);
});

test('a frame cannot act on a terminal', () => {
  const text = renderProblems([{ ...error, frame: 'x \u001b[2J\u009b y' }], 'text');

  expect(text).toContain('x \\u001b[2J\\u009b y');
});

test('problems for programs are versioned and say whether the manifests can be used', () => {
  expect(JSON.parse(renderProblems([error, warning], 'json'))).toEqual({
    format: 'vonage-gitops.problems/1',
    valid: false,
    errors: 1,
    warnings: 1,
    notShown: 0,
    problems: [error, warning],
  });
  expect(JSON.parse(renderProblems([warning], 'json'))).toMatchObject({ valid: true });
});

test('annotations escape what would end a property or the line', () => {
  expect(renderProblems([error, warning], 'github')).toBe(
    '::error file=apps/support.yaml,line=5,col=7,title=spec.capabilities.voice::expected an object, found 100%25\n' +
      '::warning file=a%2Cb%3Ac.yaml,line=1,col=1,title=manifest::two%0Alines\n',
  );
});

test.each([
  { folder: 'applications/main/', expected: 'applications/main/apps/support.yaml:5:7' },
  { folder: '.', expected: 'apps/support.yaml:5:7' },
  { folder: '/', expected: '/apps/support.yaml:5:7' },
])('files are named as seen from the reader, who stands outside $directory', ({ folder, expected }) => {
  expect(renderProblems([error], 'text', { directory: folder }).startsWith(`${expected}: `)).toBe(true);
});

// C0 and C1, with delete.
const controls = Array.from({ length: 0xa0 }, (_, code) => code)
  .filter((code) => code < 0x20 || code >= 0x7f)
  .map((code) => String.fromCharCode(code));

test.each(['text', 'github', 'json'] as const)('%s passes no control character on, wherever one stands', (format) => {
  const all = controls.join('x');
  const hostile = {
    ...error,
    place: { ...error.place, file: `${all}.yaml` },
    path: all,
    message: `name "${all}"`,
    frame: all,
  };

  const shown = renderProblems([hostile, warning], format, { directory: `dir${all}` });

  const allowed = format === 'text' ? ['\n', '\t'] : ['\n'];
  expect(controls.filter((character) => !allowed.includes(character) && shown.includes(character))).toEqual([]);
  expect(shown).toContain('\\u001b');
  if (format === 'github') expect(shown.trimEnd().split('\n').length).toBe(2);
});

test('problems that are only counted are in the sums of every format, and none of them in its list', () => {
  const left = leftProblem({ place: { file: 'a.yaml', line: 7, column: 1 }, errors: 19_900, warnings: 3 });

  expect(renderProblems([error, left], 'text', { directory: 'apps' })).toContain(
    'apps/a.yaml:7:1: error: and 19,903 more\n\n19901 errors, 3 warnings.\n',
  );
  expect(renderProblems([error, left], 'github')).toContain(
    '::error file=a.yaml,line=7,col=1,title=manifest::and 19,903 more\n',
  );
  expect(JSON.parse(renderProblems([error, left], 'json'))).toEqual({
    format: 'vonage-gitops.problems/1',
    valid: false,
    errors: 19_901,
    warnings: 3,
    notShown: 19_903,
    problems: [error],
  });
});

test('accounts that could not be read are named, and nothing is called valid', () => {
  expect(renderProblems([], 'text', { unread: ['b', 'c'] })).toBe(
    'No problems in what could be read; not checked: b, c.\n',
  );
  expect(renderProblems([warning], 'text', { unread: ['b'] })).toContain(
    '0 errors, 1 warning in what could be read; not checked: b.',
  );
  expect(JSON.parse(renderProblems([], 'json', { unread: ['b'] }))).toMatchObject({ valid: false, unread: ['b'] });
});
