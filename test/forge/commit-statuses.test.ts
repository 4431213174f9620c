import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ForgeKind } from '../../src/core/git/forge-api.ts';
import { type CommitStatus, CommitStatuses, type StatusTokens } from '../../src/forge/commit-statuses.ts';
import { sender } from '../../src/net/request.ts';
import { type ForgeServer, startForgeServer, statusToken } from './forge-server.ts';
import type { Recorded } from './recorded-server.ts';

let forge: ForgeServer;
beforeEach(async () => {
  forge = await startForgeServer();
});
afterEach(async () => {
  await forge.close();
  expect(forge.unknown).toEqual([]);
});

const commit = '3f9c2e1a0b7d3f9c2e1a0b7d3f9c2e1a0b7d3f9c';
const status: CommitStatus = {
  commit,
  context: 'vonage-gitops/main',
  state: 'success',
  description: 'applied: 1 created',
};
const { signal } = new AbortController();

function tokens(token = statusToken): StatusTokens {
  return { token: async () => ({ token }), forget: () => false };
}

function statusesOf(kind: ForgeKind, given: Partial<ConstructorParameters<typeof CommitStatuses>[0]> = {}) {
  return new CommitStatuses({
    kind,
    apiUrl: forge[kind],
    repository: 'acme/voice',
    ref: 'main',
    tokens: tokens(),
    send: sender({ userAgent: 'vonage-gitops/test', proxy: {}, timeoutMs: 5_000 }),
    now: () => Date.now(),
    ...given,
  });
}

describe('a status is set', () => {
  test.each([
    ['github', 'pending', 'pending'],
    ['github', 'success', 'success'],
    ['github', 'failure', 'failure'],
    ['github', 'error', 'error'],
    ['gitlab', 'pending', 'pending'],
    ['gitlab', 'success', 'success'],
    ['gitlab', 'failure', 'failed'],
    ['gitlab', 'error', 'failed'],
  ] as const)('at %s: %s is %s there', async (kind, state, word) => {
    const result = await statusesOf(kind).set({ ...status, state }, signal);

    expect(result).toEqual({ result: 'taken' });
    expect(forge.statuses).toEqual([{ ...status, state: word }]);
  });

  test('at GitLab for the branch, where the commits are of one', async () => {
    await statusesOf('gitlab').set(status, signal);
    await statusesOf('gitlab', { ref: undefined }).set({ ...status, state: 'failure' }, signal);

    expect(forge.requests.map(({ body }) => body['ref'])).toEqual(['main', undefined]);
  });

  test.each([
    ['github', 140],
    ['gitlab', 255],
  ] as const)('with a description that is cut at a word: %s takes %i characters', async (kind, most) => {
    const description = 'word '.repeat(60);

    await statusesOf(kind).set({ ...status, description }, signal);

    const sent = forge.statuses[0]?.description ?? '';
    expect(sent).toMatch(/^(word )+…$/);
    expect(sent.length).toBeLessThanOrEqual(most);
    expect(sent.length).toBeGreaterThan(most - 8);
  });

  test('with a description of one word that is too long', async () => {
    await statusesOf('github').set({ ...status, description: 'x'.repeat(300) }, signal);

    expect(forge.statuses[0]?.description).toMatch(/^x{70} …$/);
  });
});

test('what is pending at GitLab takes another text once, and is then as it should be', async () => {
  const statuses = statusesOf('gitlab');
  const set = (description: string) => statuses.set({ ...status, state: 'pending', description }, signal);

  const results = [await set('begun'), await set('waits for approval'), await set('waits for another')];

  expect(results).toEqual(Array(3).fill({ result: 'taken' }));
  expect(forge.statuses.map(({ state, description }) => `${state}: ${description}`)).toEqual([
    'pending: begun',
    'running: waits for approval',
  ]);
});

test('a token that was thrown away is replaced once', async () => {
  const left = ['expired', statusToken];
  const once = { token: async () => ({ token: left.shift() ?? '' }), forget: () => true };

  expect(await statusesOf('github', { tokens: once }).set(status, signal)).toEqual({ result: 'taken' });

  const never = { token: async () => ({ token: 'expired' }), forget: () => true };
  expect(await statusesOf('github', { tokens: never }).set(status, signal)).toMatchObject({ result: 'refused' });
});

test.each([
  [false, { result: 'refused', problem: 'token is missing', isFinal: false }],
  [true, { result: 'failed', problem: 'token is missing' }],
])('without a token nothing is sent; whether that may pass: %s', async (isPassing, expected) => {
  const none = { token: async () => ({ problem: 'token is missing', isPassing }), forget: () => false };

  expect(await statusesOf('github', { tokens: none }).set(status, signal)).toEqual(expected);
  expect(forge.requests).toEqual([]);
});

describe('what is refused says what to do, and is not sent again', () => {
  test.each([
    [
      'github',
      { status: 401, body: { message: 'Bad credentials' } },
      /^GitHub responded with 401 \(Bad credentials\): the token is not valid\. Check token/,
    ],
    [
      'github',
      { status: 403, body: { message: 'Resource not accessible by integration' } },
      /the token may not set statuses of acme\/voice: it needs the permission "Commit statuses: write"/,
    ],
    [
      'github',
      { status: 404, body: { message: 'Not Found' } },
      /acme\/voice does not exist there, or is hidden from the token/,
    ],
    [
      'github',
      { status: 301, body: {}, headers: { location: 'https://evil.example' } },
      /acme\/voice has moved, and redirects are not followed/,
    ],
    ['github', { status: 418, body: 'teapot' }, /^GitHub responded with 418$/],
    [
      'gitlab',
      { status: 403, body: { message: '403 Forbidden' } },
      /^GitLab responded with 403 \(403 Forbidden\): .* scope api, and a role that may push/,
    ],
    [
      'gitlab',
      { status: 400, body: { message: { name: ['is too long'] } } },
      /^GitLab responded with 400 \(\{"name":\["is too long"\]\}\)$/,
    ],
    ['gitlab', { status: 404, body: { error: `no ${statusToken} here` } }, /\(no \.\.\. here\)/],
  ] as [ForgeKind, Recorded, RegExp][])('%s: %j', async (kind, answer, expected) => {
    forge.instead.push(answer);

    const result = await statusesOf(kind).set(status, signal);

    expect(result).toMatchObject({ result: 'refused', problem: expect.stringMatching(expected), isFinal: false });
    expect(JSON.stringify(result)).not.toContain(statusToken);
    expect(forge.requests).toHaveLength(1);
  });

  test('the thousandth status of a commit is the last one', async () => {
    for (let count = 0; count < 1000; count += 1) forge.statuses.push(status);

    const result = await statusesOf('github').set(status, signal);

    expect(result).toMatchObject({ result: 'refused', isFinal: true });
  });
});

describe('what fails is to be tried again', () => {
  test.each([500, 502, 408, 409])('%i', async (code) => {
    forge.instead.push({ status: code, body: {} });

    const result = await statusesOf('gitlab').set(status, signal);

    expect(result).toEqual({ result: 'failed', problem: `GitLab responded with ${code}` });
  });

  test.each([
    ['a page to log in', '<html>Log in</html>'],
    ['nothing', ''],
  ])('%s, where the forge should be', async (_what, text) => {
    forge.instead.push({ status: 200, body: text, headers: { 'content-type': 'text/html' } });

    expect(await statusesOf('github').set(status, signal)).toEqual({
      result: 'failed',
      problem: `${forge.github} responded with 200, but not as GitHub does. Check apiUrl of the report, and proxies`,
    });
  });

  test('a connection that breaks', async () => {
    forge.instead.push('cut');

    expect(await statusesOf('gitlab').set(status, signal)).toMatchObject({
      result: 'failed',
      problem: expect.stringContaining(forge.gitlab),
    });
  });
});

describe('a limit of requests is waited for, by the server’s clock', () => {
  const now = Date.parse('2026-11-28T12:00:00Z');
  const reset = String(now / 1000 + 90);
  test.each([
    ['github', 429, { 'retry-after': '30' }, {}, 30_000],
    ['github', 403, { 'retry-after': 'Sat, 28 Nov 2026 12:02:00 GMT' }, {}, 120_000],
    ['github', 403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset }, {}, 90_000],
    ['github', 403, {}, { message: 'You have exceeded a secondary rate limit.' }, 60_000],
    ['github', 429, { 'retry-after': '86400' }, {}, 3_600_000],
    ['github', 429, { 'x-ratelimit-reset': '1' }, {}, 1_000],
    ['github', 429, { 'retry-after': 'soon', 'x-ratelimit-reset': 'never' }, {}, 60_000],
    ['gitlab', 429, { 'ratelimit-reset': reset }, {}, 90_000],
  ] as const)('%s %i %j', async (kind, code, headers, body, afterMs) => {
    forge.now = now;
    forge.instead.push({ status: code, body, headers });

    const result = await statusesOf(kind, { now: () => 0 }).set(status, signal);

    expect(result).toMatchObject({ result: 'failed', afterMs });
  });

  test.each(['none', 'Mon, 1 Jan'])('by our own where it says none: %s', async (date) => {
    forge.instead.push({ status: 429, body: {}, headers: { date, 'x-ratelimit-reset': '100' } });

    const result = await statusesOf('github', { now: () => 40_000 }).set(status, signal);

    expect(result).toMatchObject({ afterMs: 60_000 });
  });
});
