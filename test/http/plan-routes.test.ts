import { afterEach, describe, expect, test } from 'vitest';
import { markedAccount } from '../../src/core/comments/comment-marker.ts';
import { planComments } from '../../src/core/comments/plan-comments.ts';
import { ReconcilerError } from '../../src/core/errors.ts';
import type { ObjectId } from '../../src/core/git/object-id.ts';
import type { PlannedCommit } from '../../src/core/git/planned-commit.ts';
import type { Manifest } from '../../src/core/manifest/manifest.ts';
import type { Commits } from '../../src/http/commits.ts';
import { commitPlanSchema } from '../../src/status/commit-plan-schema.ts';
import { errorSchema } from '../../src/status/documents.ts';
import { aDesiredState, aManifest, anObjectId } from '../builders.ts';
import { aConfig, aSpec } from '../daemon/fakes.ts';
import { documentOf, locked, noTokens, secretOf, served, stopAll } from '../daemon/served.ts';
import { FakeAccount } from '../reconcile/fake-account.ts';

afterEach(stopAll);

const commit = anObjectId('a');
const info = { id: commit, author: 'Ann', subject: 'Add Sales', at: 0 };
const planned: PlannedCommit = {
  source: 'voice',
  commit: info,
  accepted: { ...info, id: anObjectId('b') },
  merge: 'clean',
  verdict: 'not-asked',
  isShallow: false,
};

/** What a commit has: of each account its manifests, or why they cannot be read. */
interface FakeCommit {
  readonly touched: Readonly<Record<string, readonly Manifest[] | ReconcilerError>>;
  readonly untouched?: readonly string[];
  readonly planned?: Partial<PlannedCommit>;
}

/** Two sources; of the first one, this commit. */
function someCommits({ touched, untouched = [], planned: facts }: FakeCommit) {
  let opened = 0;
  let gate: Promise<void> | undefined;
  const commits: Commits = {
    accounts: () =>
      new Map([
        ['voice', [...Object.keys(touched), ...untouched]],
        ['secret', ['hidden']],
      ]),
    open: async (source, id: ObjectId) => {
      opened++;
      await gate;
      if (source !== 'voice') throw new RangeError(source);
      if (id === anObjectId('c')) throw new ReconcilerError('E_COMMIT_NOT_ON_BRANCH', { commit: id, repository: 'r' });
      if (id === anObjectId('d')) throw new ReconcilerError('E_SOURCE_FETCH', { reason: 'the server is away' });
      return {
        planned: { ...planned, ...facts },
        accounts: [
          ...untouched.map((name) => ({ name, isTouched: false })),
          ...Object.keys(touched).map((name) => ({ name, isTouched: true })),
        ],
        accountWith: (account) => {
          const manifests = touched[account.config.name] ?? [];
          const load = async () => {
            if (manifests instanceof ReconcilerError) throw manifests;
            return aDesiredState({ manifests, revision: { id: commit, content: 'tree', commit: info } });
          };
          return { ...account, ports: { ...account.ports, source: { load } } };
        },
      };
    },
  };
  return {
    commits,
    opened: () => opened,
    hold: () => {
      let go: () => void = () => undefined;
      gate = new Promise((resolve) => {
        go = resolve;
      });
      return () => go();
    },
  };
}

const post = (body: object, more: object = {}) => ({ method: 'POST', token: 'plans', body, ...more });

async function refusalOf(answer: Response) {
  return { status: answer.status, ...errorSchema.parse(await answer.json()).error };
}

describe('a plan of a commit', () => {
  test('is of the accounts that it touches; the others are named; nothing is written', async () => {
    const fake = new FakeAccount();
    const { commits } = someCommits({ touched: { main: [aManifest()] }, untouched: ['other'] });
    const { ask, store } = await served({ specs: [aSpec(aConfig(), fake), aSpec(aConfig('other'))], git: { commits } });
    const events = store.events.length;

    const answer = await ask('/api/v1/plan', post({ commit }));

    expect(answer.headers.get('vonage-gitops-exit-code')).toBe('2');
    expect(await documentOf(answer, commitPlanSchema)).toMatchObject({
      source: 'voice',
      commit: { id: commit },
      verified: false,
      notices: [expect.stringMatching(/^not verified/), expect.any(String)],
      plans: [{ account: 'main', changes: [{ action: 'create', name: 'Support' }], commit: { id: commit } }],
      errors: [],
      untouched: ['other'],
    });
    expect(fake.requests.create).toBe(0);
    expect(store.events.length).toBe(events);
  });

  test('is also of an account that it does not touch, when that is named', async () => {
    const { commits } = someCommits({ touched: { main: [] }, untouched: ['other'] });
    const { ask } = await served({ specs: [aSpec(), aSpec(aConfig('other'))], git: { commits } });

    const answer = await ask('/api/v1/plan', post({ commit, account: 'other' }));

    const { plans, untouched } = await documentOf(answer, commitPlanSchema);
    expect(plans.map(({ account }) => account)).toEqual(['other']);
    expect(untouched).toEqual([]);
    expect(answer.headers.get('vonage-gitops-exit-code')).toBe('0');
  });

  test('of one account that cannot be made is an error of that account', async () => {
    const tooLarge = new ReconcilerError('E_SOURCE_TOO_LARGE', { path: 'apps', what: '5 files', most: '4' });
    const { commits } = someCommits({ touched: { main: [aManifest()], broken: tooLarge, gone: [] } });
    const { ask } = await served({ specs: [aSpec(), aSpec(aConfig('broken'))], git: { commits } });

    const answer = await ask('/api/v1/plan', post({ commit }));

    const { plans, errors } = await documentOf(answer, commitPlanSchema);
    expect(plans.map(({ account }) => account)).toEqual(['main']);
    expect(errors).toMatchObject([
      { account: 'broken', code: 'E_SOURCE_TOO_LARGE' },
      { account: 'gone', code: 'NO_SUCH_ACCOUNT' },
    ]);
    expect(answer.headers.get('vonage-gitops-exit-code')).toBe('1');
  });

  test('has no secret in it, in no form', async () => {
    const error = new ReconcilerError('E_API_UNREACHABLE', { url: 'https://x', reason: 'hunter22' });
    const { commits } = someCommits({ touched: { main: error } });
    const { ask } = await served({ git: { commits } });

    for (const accept of ['application/json', 'text/markdown', 'text/plain']) {
      const text = await (await ask('/api/v1/plan', post({ commit }, { accept }))).text();
      expect(text).toContain('E_API_UNREACHABLE');
      expect(text).not.toContain('hunter22');
    }
  });

  test('as Markdown is a comment for each account, and each says what is to be known of the commit', async () => {
    const error = new ReconcilerError('E_SOURCE_PATH', { path: 'apps', commit, reason: '<b>gone</b>' });
    const { commits } = someCommits({ touched: { main: [aManifest()], broken: error } });
    const { ask } = await served({ specs: [aSpec(), aSpec(aConfig('broken'))], git: { commits } });

    const answer = await ask('/api/v1/plan', post({ commit }, { accept: 'text/markdown' }));

    expect(answer.headers.get('content-type')).toBe('text/markdown; charset=utf-8');
    const comments = planComments(await answer.text()) ?? [];
    expect(comments.map(({ marker }) => markedAccount(marker))).toEqual(['main', 'broken']);
    const [main = '', broken = ''] = comments.map(({ body }) => body);
    for (const body of [main, broken]) expect(body.split('\n')[1]).toMatch(/^> <code>not verified/);
    expect(main).toContain('### vonage-gitops plan for <code>"main"</code>');
    expect(main).toContain('1 to create');
    expect(broken).toContain('There is no plan: <code>E_SOURCE_PATH');
    expect(broken).not.toContain('<b>');
  });

  test('as Markdown makes no comment where nothing is touched', async () => {
    const { commits } = someCommits({ touched: {}, untouched: ['main'] });
    const { ask } = await served({ git: { commits } });

    const text = await (await ask('/api/v1/plan', post({ commit }, { accept: 'text/markdown' }))).text();

    expect(planComments(text)).toEqual([]);
    expect(text).toMatch(/not verified[\s\S]*changes no manifests of source <code>"voice"<\/code>/);
  });

  test('as Markdown is as long as asked for', async () => {
    const many = Array.from({ length: 50 }, (_, index) => aManifest({ name: `Line ${index}` }));
    const { commits } = someCommits({ touched: { main: many } });
    const { ask } = await served({ git: { commits } });
    const asked = post({ commit, render: { maxBytes: 2000 } }, { accept: 'text/markdown' });

    const text = await (await ask('/api/v1/plan', asked)).text();

    expect(Buffer.byteLength(text.slice(text.indexOf('<!-- vonage-gitops:')))).toBeLessThanOrEqual(2000);
  });

  test('as text says first that it is not verified, then each plan, then what is not planned', async () => {
    const { commits } = someCommits({ touched: { main: [aManifest()] }, untouched: ['other'] });
    const { ask } = await served({ git: { commits } });

    const text = await (await ask('/api/v1/plan', post({ commit }, { accept: 'text/plain' }))).text();

    expect(text).toMatch(
      /^not verified: .*\nplanned as merged with .*\nPlan of commit a{12} by Ann \(unverified\): "Add Sales"\n\n/,
    );
    expect(text).toContain('Plan for account main at commit');
    expect(text).toMatch(/Not planned, because their manifests are the same: other\n$/);
  });
});

test('where no account is open yet, no server is asked', async () => {
  const spec = aSpec();
  spec.open = async () => {
    throw new ReconcilerError('E_CREDENTIALS_MISSING', { account: 'main', what: 'API key', remedy: 'it' });
  };
  const { commits, opened } = someCommits({ touched: { main: [] } });
  const { ask } = await served({ specs: [spec], git: { commits } });

  for (const body of [{ commit }, { commit, account: 'main' }])
    expect(await refusalOf(await ask('/api/v1/plan', post(body)))).toMatchObject({ status: 503, code: 'NOT_OPEN' });
  expect(opened()).toBe(0);
});

describe('who may not be told of a source', () => {
  test.each([
    { title: 'its name', body: { commit, source: 'secret' } },
    { title: 'its account', body: { commit, account: 'hidden' } },
    { title: 'its account and its name', body: { commit, source: 'secret', account: 'hidden' } },
    { title: 'its account in the own source', body: { commit, source: 'voice', account: 'hidden' } },
  ])('learns nothing by $title', async ({ body }) => {
    const { commits, opened } = someCommits({ touched: { main: [] } });
    const { ask } = await served({ git: { commits } });

    const refused = await ask('/api/v1/plan', post(body));
    const nobody = { ...body, ...('account' in body ? { account: 'nobody' } : { source: 'nobody' }) };
    const unknown = await ask(
      '/api/v1/plan',
      post({ ...nobody, ...(body.source === 'secret' ? { source: 'nobody' } : {}) }),
    );

    expect(refused.status).toBe(404);
    const said = (text: string) => text.replace(/secret|hidden|nobody/g, '?');
    expect(said(await refused.text())).toBe(said(await unknown.text()));
    expect(opened()).toBe(0);
  });

  test('and who may plan all has to say which, unless an account tells', async () => {
    const { commits } = someCommits({ touched: { main: [] } });
    const { ask } = await served({ git: { commits } });

    const which = await ask('/api/v1/plan', post({ commit }, { token: 'acts' }));
    expect(await refusalOf(which)).toMatchObject({ status: 400, message: 'specify a source: voice, secret' });
    expect((await ask('/api/v1/plan', post({ commit, account: 'main' }, { token: 'acts' }))).status).toBe(200);
    expect((await ask('/api/v1/plan', post({ commit, source: 'voice' }, { token: 'acts' }))).status).toBe(200);
    expect((await ask('/api/v1/plan', post({ commit }, { token: 'reads' }))).status).toBe(403);
  });

  test('a source that no account uses is none', async () => {
    const { ask } = await served({
      config: { ...locked, ...noTokens },
      sources: [{ name: 'voice', planToken: secretOf('plans') }],
    });

    expect(await refusalOf(await ask('/api/v1/plan', post({ commit })))).toMatchObject({
      status: 404,
      message: 'no account has a git source',
    });
  });
});

test.each([
  { title: 'a branch', body: { commit: 'main' }, status: 400, code: 'COMMIT_INVALID' },
  { title: 'a short id', body: { commit: 'a'.repeat(12) }, status: 400, code: 'COMMIT_INVALID' },
  { title: 'an option of git', body: { commit: '--upload-pack=x' }, status: 400, code: 'COMMIT_INVALID' },
  { title: 'no commit', body: {}, status: 400, code: 'BODY_INVALID' },
  { title: 'a ref', body: { commit, ref: 'refs/pull/1/head' }, status: 400, code: 'BODY_INVALID' },
  { title: 'a commit on no branch', body: { commit: anObjectId('c') }, status: 403, code: 'COMMIT_NOT_ON_BRANCH' },
  {
    title: 'a commit of a server that is away',
    body: { commit: anObjectId('d') },
    status: 502,
    code: 'E_SOURCE_FETCH',
  },
])('$title is refused with $status', async ({ body, status, code }) => {
  const { commits } = someCommits({ touched: { main: [] } });
  const { ask } = await served({ git: { commits } });

  expect(await refusalOf(await ask('/api/v1/plan', post(body)))).toMatchObject({ status, code });
});

describe('what plans of commits cost', () => {
  test('who asks for the same at once gets the same, and within a minute again', async () => {
    const fake = new FakeAccount();
    const { commits, opened } = someCommits({ touched: { main: [aManifest()] } });
    const { ask, clock } = await served({ specs: [aSpec(aConfig(), fake)], git: { commits } });
    const before = fake.requests.list;

    await Promise.all(Array.from({ length: 5 }, () => ask('/api/v1/plan', post({ commit }))));
    expect([opened(), fake.requests.list - before]).toEqual([1, 1]);
    await ask('/api/v1/plan', post({ commit }));
    expect([opened(), fake.requests.list - before]).toEqual([2, 1]);
    await clock.advance(61_000);
    await ask('/api/v1/plan', post({ commit }));
    expect(fake.requests.list - before).toBe(2);
  });

  test('a plan is made anew when the ledger has changed, or a pause', async () => {
    const fake = new FakeAccount();
    const { commits } = someCommits({ touched: { main: [aManifest()] } });
    const { ask, store, daemon } = await served({ specs: [aSpec(aConfig(), fake)], git: { commits } });
    await ask('/api/v1/plan', post({ commit }));
    const before = fake.requests.list;

    store.saved = { ...store.saved, account: { reason: 'INC-42', since: 0 } };
    await ask('/api/v1/plan', post({ commit }));
    expect(fake.requests.list - before).toBe(1);
    store.saved = { applications: {} };
    fake.declare(aManifest({ name: 'Other' }));
    await daemon.account('main')?.loop.passAfterNow('request');
    const after = fake.requests.list;
    await ask('/api/v1/plan', post({ commit }));
    expect(fake.requests.list - after).toBe(1);
  });

  test('more than ten that wait are asked to come again', async () => {
    const { commits, hold } = someCommits({ touched: { main: [] } });
    const { ask } = await served({ git: { commits } });
    const go = hold();

    const waiting = Array.from({ length: 11 }, () => ask('/api/v1/plan', post({ commit })));
    const refused = await ask('/api/v1/plan', post({ commit }));
    go();

    expect(await refusalOf(refused)).toMatchObject({ status: 429, code: 'TOO_MANY_PLANS' });
    expect(refused.headers.get('retry-after')).toBe('10');
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual(Array(11).fill(200));
    expect((await ask('/api/v1/plan', post({ commit }))).status).toBe(200);
  });

  test('one that takes too long is an error, and the next one is not', async () => {
    const { commits, hold } = someCommits({ touched: { main: [] } });
    const { ask } = await served({ git: { commits }, requestMs: 50 });
    const go = hold();

    expect(await refusalOf(await ask('/api/v1/plan', post({ commit })))).toMatchObject({ code: 'E_ABORTED' });
    go();
    await expect.poll(async () => (await ask('/api/v1/plan', post({ commit }))).status).toBe(200);
  });
});
