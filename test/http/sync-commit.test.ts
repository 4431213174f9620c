import { afterEach, expect, test } from 'vitest';
import type { ObjectId } from '../../src/core/git/object-id.ts';
import type { SourceStatus } from '../../src/core/git/source-status.ts';
import type { HttpOptions } from '../../src/http/responses.ts';
import { errorSchema, syncSchema } from '../../src/status/documents.ts';
import { aConfig, aSpec, aStore } from '../daemon/fakes.ts';
import { served, stopAll } from '../daemon/served.ts';

afterEach(stopAll);

const wanted = 'a'.repeat(40) as ObjectId;
const other = 'b'.repeat(40) as ObjectId;

function commit(id: ObjectId) {
  return { id, author: 'Ann', subject: 'Add', at: 0 };
}

/** A source whose state is the next of these each time its server is asked. */
function aSource(
  states: readonly Partial<SourceStatus>[],
  names: Readonly<Record<string, string>> = { main: 'voice' },
) {
  let checks = 0;
  const about = { name: 'voice', repository: 'git.example.com/voice', ref: 'branch main', since: 0, okAt: 0 };
  const git: Partial<HttpOptions> = {
    sourceNameOf: (account) => names[account],
    sourceOf: () => {
      const state = states[Math.min(checks, states.length - 1)];
      return state && { ...about, state: 'ok', message: 'as it is', askedAt: checks, ...state };
    },
    refreshSource: async () => {
      await new Promise((resolve) => setTimeout(resolve, 1)); // a loop that asks at most so often
      checks += 1;
    },
    containsCommit: async () => false,
  };
  return { git, checks: () => checks };
}

async function refusalOf(response: Response): Promise<{ readonly code: string; readonly message: string }> {
  return errorSchema.parse(await response.json()).error;
}

test.each([
  { title: 'what is no full id', query: 'wait=true&commit=abc', status: 400, code: 'COMMIT_INVALID' },
  { title: 'a wait that is neither', query: 'wait=1', status: 400, code: 'WAIT_INVALID' },
  { title: 'not waiting for it', query: `commit=${wanted}`, status: 400, code: 'WAIT_NEEDED' },
  {
    title: 'an account that does not exist',
    query: `wait=true&commit=${wanted}&account=x`,
    status: 404,
    code: 'NO_SUCH_ACCOUNT',
  },
  {
    title: 'an account with a directory',
    query: `wait=true&commit=${wanted}&account=files`,
    status: 400,
    code: 'NO_GIT_SOURCE',
  },
  {
    title: 'no account where there are several sources',
    query: `wait=true&commit=${wanted}`,
    status: 400,
    code: 'ACCOUNT_NEEDED',
  },
])('a sync for a commit with $title is refused', async ({ query, status, code }) => {
  const { git } = aSource([], { main: 'voice', video: 'video' });
  const specs = ['main', 'video', 'files'].map((name) => aSpec(aConfig(name)));
  const { ask } = await served({ specs, git });

  const response = await ask(`/api/v1/sync?${query}`, { method: 'POST' });

  expect(response.status).toBe(status);
  expect((await refusalOf(response)).code).toBe(code);
});

test('a commit that was just pushed is waited for, while the server is asked again', async () => {
  const { git, checks } = aSource([
    { accepted: commit(other) },
    { accepted: commit(other) },
    { accepted: commit(other), state: 'unreachable' },
    { accepted: commit(wanted) },
  ]);
  const { ask } = await served({
    git: { ...git, containsCommit: async (_, of, one) => of !== other && one === wanted },
  });

  const response = await ask(`/api/v1/sync?wait=true&commit=${wanted}`, { method: 'POST' });

  expect(response.status).toBe(200);
  expect(checks()).toBe(3);
});

test.each([
  {
    title: 'is not on what is followed when the time is over',
    states: [{ accepted: commit(other) }],
    status: 409,
    code: 'NO_SUCH_COMMIT',
    said: `commit ${'a'.repeat(12)} is not on branch main of git.example.com/voice, which is at ${'b'.repeat(12)}`,
  },
  {
    title: 'was never accepted, nor any other',
    states: [{}],
    status: 409,
    code: 'NO_SUCH_COMMIT',
    said: `is not on branch main of git.example.com/voice. It may be`,
  },
  {
    title: 'is refused',
    states: [{}, { state: 'refused', tip: commit(wanted), message: 'it is not signed' }] as const,
    status: 409,
    code: 'COMMIT_REFUSED',
    said: 'it is not signed',
  },
  {
    title: 'cannot be fetched',
    states: [{}, { state: 'unauthorized', message: 'access is denied' }] as const,
    status: 503,
    code: 'SOURCE_FAILED',
    said: 'access is denied',
  },
  {
    title: 'cannot be fetched in time',
    states: [{ state: 'unreachable', message: 'no way there' }] as const,
    status: 503,
    code: 'SOURCE_FAILED',
    said: 'no way there',
  },
  {
    title: 'is of a source that nobody asks',
    states: [],
    status: 503,
    code: 'SOURCE_FAILED',
    said: 'the git source is not followed at the moment',
  },
])('a commit that $title', async ({ states, status, code, said }) => {
  const { git } = aSource(states);
  const { ask } = await served({ git, requestMs: 100 });

  const response = await ask(`/api/v1/sync?wait=true&commit=${wanted}`, { method: 'POST' });

  expect(response.status).toBe(status);
  expect(await refusalOf(response)).toEqual({ code, message: expect.stringContaining(said) });
});

test('a refused commit on top of the accepted one is not in the way', async () => {
  const { git } = aSource([{ state: 'refused', accepted: commit(wanted), tip: commit(other) }]);
  const { ask } = await served({ git: { ...git, containsCommit: async () => true } });

  expect((await ask(`/api/v1/sync?wait=true&commit=${wanted}`, { method: 'POST' })).status).toBe(200);
});

test('a commit that was taken back before the pass is not said to be applied', async () => {
  const { git } = aSource([{ accepted: commit(wanted) }]);
  const { ask } = await served({ git });

  const response = await ask(`/api/v1/sync?wait=true&commit=${wanted}`, { method: 'POST' });

  expect(response.status).toBe(409);
  expect((await refusalOf(response)).message).toMatch(
    /^account main: pass 2 was over commit .*, which does not contain/,
  );
});

test('where another daemon has the account nobody waits for a commit', async () => {
  const { git, checks } = aSource([{}]);
  const { ask } = await served({ store: aStore('process 7'), git });

  const response = await ask(`/api/v1/sync?wait=true&commit=${wanted}`, { method: 'POST' });

  expect(response.status).toBe(409);
  expect(syncSchema.parse(await response.json()).exitCode).toBe(6);
  expect(checks()).toBe(0);
});
