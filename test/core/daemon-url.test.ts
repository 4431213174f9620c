import { expect, test } from 'vitest';
import { daemonUrlProblem } from '../../src/core/daemon-url.ts';

test.each([
  'https://gitops.example.com',
  'https://example.com:8443/gitops/',
  'http://127.0.0.1:8080',
  'http://localhost:8080',
  'http://[::1]:8080',
])('%s can be the address of a daemon', (text) => {
  expect(daemonUrlProblem(text)).toBeUndefined();
});

test.each([
  { text: 'gitops.example.com', problem: 'it has no scheme, write https://HOST' },
  { text: 'https://', problem: 'expected the URL of a daemon' },
  { text: 'ftp://127.0.0.1', problem: 'expected the URL of a daemon' },
  { text: 'https://user:secret@gitops.example.com', problem: 'without user name, password, query or fragment' },
  { text: 'https://gitops.example.com?token=secret', problem: 'without user name, password, query or fragment' },
  { text: 'https://gitops.example.com#secret', problem: 'without user name, password, query or fragment' },
  { text: 'http://10.0.0.5:8080', problem: 'a token is not sent over http to another machine: use https://' },
  { text: 'http://localhost.example.com', problem: 'a token is not sent over http to another machine' },
])('$text cannot: $problem', ({ text, problem }) => {
  const told = daemonUrlProblem(text);

  expect(told).toContain(problem);
  expect(told).not.toContain('secret');
});
