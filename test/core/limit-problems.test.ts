import { expect, test } from 'vitest';
import { leftProblem, limitProblems, problemsIn, withFiles } from '../../src/core/limit-problems.ts';
import { countProblems, type Problem } from '../../src/core/problem.ts';

function problems(file: string, count: number, severity: Problem['severity'] = 'error'): readonly Problem[] {
  return Array.from({ length: count }, (_, index) => ({
    severity,
    place: { file, line: index + 1, column: 1 },
    path: '',
    message: 'wrong',
  }));
}

const told = (all: readonly Problem[]) => all.map(({ place, message }) => `${place.file}:${place.line} ${message}`);

test('a hundred of a file and a thousand in all are left as they are', () => {
  const all = Array.from({ length: 10 }, (_, index) => problems(`f${index}`, 100)).flat();

  expect(limitProblems(all)).toEqual(all);
});

test('what is beyond is counted at the end of its file, and what is not shown at all at the end', () => {
  const all = [
    ...problems('a', 101),
    ...problems('b', 100, 'warning'),
    ...Array.from({ length: 8 }, (_, index) => problems(`c${index}`, 100)).flat(),
    ...problems('d', 1, 'warning'),
    ...problems('e', 2, 'warning'),
  ];

  const limited = limitProblems(all);

  expect(told(limited.filter(({ left }) => left !== undefined))).toEqual([
    'a:101 and 1 more',
    'd:1 and 3 more in 2 files',
  ]);
  expect(limited[100]?.message).toBe('and 1 more');
  expect(limited.at(-1)?.severity).toBe('warning');
  expect(countProblems(limited)).toEqual(countProblems(all));
});

test('limiting once more changes nothing', () => {
  const limited = limitProblems([
    ...problems('a', 250),
    ...Array.from({ length: 1000 }, (_, index) => problems(`f${index}`, 2)).flat(),
  ]);

  expect(limitProblems(limited)).toEqual(limited);
});

test('those of a directory are found among the counted ones, too', () => {
  const all = [
    ...problems('a/x', 1),
    ...problems('b/x', 1),
    leftProblem({ place: { file: 'a/y', line: 2, column: 1 }, errors: 3, warnings: 1 }, [
      { place: { file: 'b/y', line: 3, column: 1 }, errors: 5, warnings: 0 },
    ]),
    leftProblem({ place: { file: 'b/z', line: 2, column: 1 }, errors: 1, warnings: 0 }),
  ];

  expect(told(problemsIn(all, (file) => file.startsWith('a/')))).toEqual(['a/x:1 wrong', 'a/y:2 and 4 more']);
});

test('files are renamed in what is counted as well', () => {
  const [plain] = problems('x', 1);
  const left = leftProblem({ place: { file: 'x', line: 1, column: 1 }, errors: 1, warnings: 0 });

  expect(plain && withFiles(plain, (file) => `d/${file}`).place.file).toBe('d/x');
  expect(withFiles(left, (file) => `d/${file}`)).toMatchObject({
    place: { file: 'd/x' },
    left: [{ place: { file: 'd/x' } }],
  });
});
