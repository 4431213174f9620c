import { expect, test } from 'vitest';
import { fencesOf, readPage } from './pages.ts';

const recording = fencesOf(readPage('docs/tutorial.md'))[0]?.text ?? '';

test('the recording is of the commands that the README has, and ends as it says', () => {
  const fences = fencesOf(readPage('README.md')).map(({ text }) => text.trim());
  const first = fences.findIndex((text) => text.includes('vonage-gitops init'));

  const typed = recording.split('\n').filter((line) => line.startsWith('$ '));

  expect(typed.map((line) => line.slice(2)).join('\n')).toBe(fences[first]);
  expect(recording.trim().split('\n').at(-1)).toBe(fences[first + 1]);
});

test('the recording says how long it took, and that is less than the five minutes of the README', () => {
  const [, seconds] = /this took ([\d.]+) seconds/.exec(readPage('docs/tutorial.md').text) ?? [];

  expect(Number(seconds)).toBeLessThan(5 * 60);
});
