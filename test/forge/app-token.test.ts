import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ReconcilerError } from '../../src/core/errors.ts';
import { parseRepositoryAddress } from '../../src/core/git/repository-address.ts';
import { type AppTokenOptions, AppTokens } from '../../src/forge/app-token.ts';
import { type HttpRequest, sender } from '../../src/net/request.ts';
import type { TokenIssuer } from '../../src/source/git/access.ts';
import { type GithubServer, startGithubServer } from './github-server.ts';

const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const privateKey = pair.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
const never = new AbortController().signal;
const minute = 60_000;
let github: GithubServer;

beforeEach(async () => {
  github = await startGithubServer(pair.publicKey);
});

afterEach(async () => {
  await github.close();
  expect(github.unknown).toEqual([]);
});

function addressOf(url: string) {
  const address = parseRepositoryAddress(url, { allowFile: false });
  if ('problem' in address) throw new Error(address.problem);
  return address;
}

/** Tokens for this machine, whose clock moves by hand, and is as far from the server's as `skewMs` says. */
function tokensHere({ skewMs = 0, ...options }: Partial<AppTokenOptions> & { readonly skewMs?: number } = {}) {
  let passed = 0;
  const begun = github.now - skewMs;
  const tokens: TokenIssuer = new AppTokens({
    appId: 42,
    installationId: 7,
    privateKey: () => privateKey,
    address: addressOf(github.url),
    permissions: { contents: 'read' },
    send: sender({ userAgent: 'vonage-gitops/test', proxy: {}, timeoutMs: 60_000 }),
    clock: { now: () => begun + passed, monotonic: () => passed },
    ...options,
  });
  const pass = (ms: number) => {
    passed += ms;
    github.now += ms;
  };
  return { tokens, ask: () => tokens.token(never), pass };
}

describe('the token of an App', () => {
  test('is asked for with the right to read one repository, and kept until ten minutes before it ends', async () => {
    const { ask, pass } = tokensHere();

    expect(await ask()).toMatchObject({ token: github.issued[0] });
    pass(49 * minute);
    expect(await ask()).toMatchObject({ token: github.issued[0] });
    pass(minute);
    expect(await ask()).toMatchObject({ token: github.issued[1] });
    expect(github.issued).toHaveLength(2);
  });

  test.each([
    { title: 'years behind', skewMs: 1_000 * 24 * 60 * minute },
    { title: 'minutes ahead', skewMs: -15 * minute },
  ])('is got, and kept as long, when our clock is $title', async ({ skewMs }) => {
    const { ask, pass } = tokensHere({ skewMs });

    expect(await ask()).toMatchObject({ token: github.issued[0] });
    expect(github.shown).toHaveLength(2); // refused once, for its time
    pass(49 * minute);
    await ask();
    expect(github.issued).toHaveLength(1);
    pass(minute);
    expect(await ask()).toMatchObject({ token: github.issued[1] });
    expect(github.shown).toHaveLength(3);
  });

  test('is thrown away when a server refuses it, once in a while', async () => {
    const { tokens, ask, pass } = tokensHere();
    expect(tokens.forget()).toBe(false); // there is none
    await ask();

    expect(tokens.forget()).toBe(true);
    expect(await ask()).toMatchObject({ token: github.issued[1] });
    expect(tokens.forget()).toBe(false);
    expect(await ask()).toMatchObject({ token: github.issued[1] });
    pass(5 * minute);
    expect(tokens.forget()).toBe(true);
  });

  test('that was not given is asked for again the next time', async () => {
    const { ask } = tokensHere();
    github.instead.push({ status: 503, body: {} });

    expect(await ask()).toMatchObject({ failure: 'unreachable' });
    expect(await ask()).toMatchObject({ token: github.issued[0] });
  });
});

describe('why there is no token', () => {
  test.each<{ status: number; message: string; headers?: Record<string, string>; is: string }>([
    { status: 401, message: 'A JSON web token could not be decoded', is: 'unauthorized' },
    { status: 403, message: 'This installation has been suspended', is: 'unauthorized' },
    { status: 404, message: 'Not Found', is: 'unauthorized' },
    { status: 422, message: 'The permissions requested are not granted to this installation.', is: 'unauthorized' },
    { status: 403, message: 'API rate limit exceeded', headers: { 'x-ratelimit-remaining': '0' }, is: 'unreachable' },
    {
      status: 403,
      message: 'You have exceeded a secondary rate limit',
      headers: { 'retry-after': '60' },
      is: 'unreachable',
    },
    { status: 403, message: 'You have exceeded a secondary rate limit and must wait', is: 'unreachable' },
    { status: 429, message: 'Too Many Requests', is: 'unreachable' },
    { status: 502, message: 'Server Error', is: 'unreachable' },
    { status: 302, message: 'Found', headers: { location: 'https://example.com' }, is: 'unreachable' },
  ])('$status $message: $is', async ({ status, message, headers, is }) => {
    const { ask } = tokensHere();
    github.instead.push({
      status,
      body: { message, documentation_url: 'https://docs.github.com' },
      ...(headers && { headers }),
    });

    expect(await ask()).toEqual({
      failure: is,
      said: expect.stringMatching(new RegExp(`^http://127.*/app/installations/7/access_tokens: ${status} ${message}$`)),
    });
  });

  test.each([
    { title: 'no object', body: [] },
    { title: 'no token', body: { expires_at: '2026-07-11T22:14:10Z' } },
    { title: 'a token with a line break', body: { token: 'a\nb', expires_at: '2026-07-11T22:14:10Z' } },
    { title: 'no end', body: { token: 'ghs_secret' } },
  ])('a response with $title', async ({ body }) => {
    const { ask } = tokensHere();
    github.instead.push({ status: 201, body });

    expect(await ask()).toEqual({ failure: 'other', said: expect.stringMatching(/: the response holds no token$/) });
  });

  test('neither it nor what it is asked with is told, whatever the server says', async () => {
    const tells: HttpRequest[] = [];
    const { ask } = tokensHere({
      send: async (request) => {
        tells.push(request);
        const jwt = request.headers['authorization']?.replace('Bearer ', '');
        return { status: 401, headers: {}, text: JSON.stringify({ message: `not a good token: ${jwt}\u0007` }) };
      },
    });

    const failed = await ask();

    expect(failed).toEqual({
      failure: 'unauthorized',
      said: expect.stringMatching(/401 not a good token: \.\.\.\\u0007$/),
    });
    expect(tells).toHaveLength(1);
  });

  test('the private key is none, or is missing', async () => {
    const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const pem = elliptic.export({ type: 'pkcs8', format: 'pem' }).toString();
    const said = 'the private key of the App is not an RSA key in PEM';

    expect(await tokensHere({ privateKey: () => 'secret text' }).ask()).toEqual({ failure: 'unauthorized', said });
    expect(await tokensHere({ privateKey: () => pem }).ask()).toEqual({ failure: 'unauthorized', said });
    const missing = () => {
      throw new ReconcilerError('E_CREDENTIALS_MISSING', { account: 'source voice', what: 'key', remedy: 'KEY' });
    };
    expect(await tokensHere({ privateKey: missing }).ask()).toEqual({
      failure: 'unauthorized',
      said: 'source voice: no key. Set KEY',
    });
    expect(github.shown).toEqual([]);
  });

  test('there is no server', async () => {
    const { ask } = tokensHere({ address: addressOf('http://127.0.0.1:1/acme/voice.git') });

    expect(await ask()).toEqual({ failure: 'unreachable', said: expect.stringContaining('ECONNREFUSED') });
  });
});

test.each([
  { url: 'https://github.com/acme/voice.git', api: 'https://api.github.com' },
  { url: 'https://acme.ghe.com/acme/voice', api: 'https://api.acme.ghe.com' },
  { url: 'https://git.example.com:8443/acme/voice', api: 'https://git.example.com:8443/api/v3' },
])('the tokens for $url come from $api', async ({ url, api }) => {
  const asked: string[] = [];
  const { ask } = tokensHere({
    address: addressOf(url),
    send: async (request) => {
      asked.push(`${request.url} ${request.body}`);
      return { failure: 'timeout', reason: 'too late' };
    },
  });

  expect(await ask()).toMatchObject({ failure: 'timeout' });
  expect(asked).toEqual([
    `${api}/app/installations/7/access_tokens {"repositories":["voice"],"permissions":{"contents":"read"}}`,
  ]);
});
