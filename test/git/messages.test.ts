import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type GitFailure, gitFailureOf } from '../../src/git/messages.ts';
import { gitProgram } from '../../src/git/program.ts';
import { type GitHttpServer, type GitServerFault, startGitHttpServer } from './http-server.ts';

const git = gitProgram({ searchPath: process.env['PATH'], home: '/nonexistent' });
const allowed = ['protocol.http.allow', 'always'] as const;
let directory = '';
let server: GitHttpServer;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'vonage-gitops-git-'));
  const work = join(directory, 'work');
  const run = (...parameters: readonly string[]) => execFileSync('git', parameters, { stdio: 'pipe' });
  run('init', '--quiet', '--initial-branch', 'main', work);
  const identity = ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.com'];
  run('-C', work, ...identity, 'commit', '--quiet', '--allow-empty', '--message', 'Begin');
  run('clone', '--quiet', '--bare', work, join(directory, 'served/voice.git'));
  server = await startGitHttpServer(join(directory, 'served'));
});

afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

async function askedFor(path: string, ref: string, fault?: GitServerFault, timeoutMs = 120_000) {
  server.fault = fault;
  const end = await git(['ls-remote', '--exit-code', '--', `${server.url}/${path}`, ref], {
    timeoutMs,
    settings: [allowed, ['http.followRedirects', 'false'], ['http.lowSpeedLimit', '1000'], ['http.lowSpeedTime', '1']],
  });
  server.fault = undefined;
  return { end, failure: gitFailureOf(end) };
}

describe('what a server over HTTP does is told in a word', () => {
  test('nothing when all is well', async () => {
    expect((await askedFor('voice.git', 'refs/heads/main')).failure).toBeUndefined();
  });

  test.each<{ readonly title: string; readonly fault?: GitServerFault; readonly is: GitFailure }>([
    { title: '401', fault: { kind: 'status', status: 401 }, is: 'unauthorized' },
    { title: '403', fault: { kind: 'status', status: 403 }, is: 'unauthorized' },
    { title: '404', fault: { kind: 'status', status: 404 }, is: 'not-found' },
    { title: '410', fault: { kind: 'status', status: 410 }, is: 'not-found' },
    { title: '301', fault: { kind: 'status', status: 301, location: 'http://127.0.0.1:1/voice.git' }, is: 'moved' },
    { title: '302', fault: { kind: 'status', status: 302, location: 'http://127.0.0.1:1/voice.git' }, is: 'moved' },
    { title: '500', fault: { kind: 'status', status: 500 }, is: 'unreachable' },
    { title: '503', fault: { kind: 'status', status: 503 }, is: 'unreachable' },
    { title: '429', fault: { kind: 'status', status: 429 }, is: 'unreachable' },
    { title: 'a page that is no git', fault: { kind: 'status', status: 200 }, is: 'not-found' },
    { title: 'a cut connection', fault: { kind: 'cut', afterBytes: 10 }, is: 'unreachable' },
    { title: 'silence', fault: { kind: 'hang' }, is: 'timeout' },
  ])('$title: $is', async ({ fault, is }) => {
    const { end, failure } = await askedFor('voice.git', 'refs/heads/main', fault);

    expect({ failure, end }).toEqual({ failure: is, end: expect.anything() });
  });

  test('a missing repository', async () => {
    expect((await askedFor('none.git', 'refs/heads/main')).failure).toBe('not-found');
  });

  test('a missing branch', async () => {
    expect((await askedFor('voice.git', 'refs/heads/none')).failure).toBe('ref-missing');
  });

  test('a request for credentials', async () => {
    server.credentials = 'x:right';
    const asked = await askedFor('voice.git', 'refs/heads/main');
    server.credentials = undefined;

    expect(asked.failure).toBe('unauthorized');
  });

  test('our own patience', async () => {
    expect((await askedFor('voice.git', 'refs/heads/main', { kind: 'hang' }, 100)).failure).toBe('timeout');
  });

  test('no server', async () => {
    const settings = [allowed];
    const end = await git(['ls-remote', '--', 'http://127.0.0.1:1/voice.git'], { timeoutMs: 120_000, settings });

    expect(gitFailureOf(end)).toBe('unreachable');
  });

  test('no git', async () => {
    const none = gitProgram({ searchPath: '/nonexistent', home: '/nonexistent' });

    expect(gitFailureOf(await none(['--version'], { timeoutMs: 120_000 }))).toBe('other');
  });
});
