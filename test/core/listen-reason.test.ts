import { expect, test } from 'vitest';
import { listenReason } from '../../src/core/mistakes/listen-reason.ts';

test.each([
  ['EADDRINUSE', 'another process listens there'],
  ['EACCES', 'permission denied: ports below 1024 are reserved'],
  ['EADDRNOTAVAIL', 'this machine has no such address'],
  ['ENOTFOUND', 'there is no host of that name'],
  ['EAI_AGAIN', 'there is no host of that name'],
  ['EOTHER', 'listen EOTHER'],
])('%s is told in words', (code, words) => {
  expect(listenReason(Object.assign(new Error(`listen ${code}`), { code }))).toBe(words);
});
