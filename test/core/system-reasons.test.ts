import { expect, test } from 'vitest';
import { fileReason } from '../../src/core/mistakes/file-reason.ts';
import { listenReason } from '../../src/core/mistakes/listen-reason.ts';

test.each([
  ['EADDRINUSE', 'another process listens there'],
  ['EACCES', 'permission denied: ports below 1024 are reserved'],
  ['EADDRNOTAVAIL', 'this machine has no such address'],
  ['ENOTFOUND', 'there is no host of that name'],
  ['EAI_AGAIN', 'there is no host of that name'],
])('%s is told in words', (code, words) => {
  expect(listenReason(Object.assign(new Error(`listen ${code}`), { code }))).toBe(words);
});

test('an error that does not come from listening has no reason', () => {
  expect(listenReason(Object.assign(new Error('listen EOTHER'), { code: 'EOTHER' }))).toBeUndefined();
});

test.each([
  ['ENOENT', 'it does not exist'],
  ['EISDIR', 'it is a directory, and a file is expected'],
  ['EOTHER', 'open EOTHER'],
])('%s of a file is told in words', (code, words) => {
  expect(fileReason(Object.assign(new Error(`open ${code}`), { code }))).toBe(words);
});

test('what is no error of the system is told as it is', () => {
  expect(fileReason(new Error('broken'))).toBe('broken');
  expect(fileReason('broken')).toBe('broken');
});
