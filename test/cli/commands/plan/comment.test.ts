import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli } from '../../../../src/cli/program.ts';
import { renderPlanMarkdown } from '../../../../src/core/render/markdown.ts';
import { aCreate, aPlan, hostileNames } from '../../../core/render/a-plan.ts';
import { type CommentServer, githubAnswer, lost, startCommentServer } from '../../../forge/comment-server.ts';
import { hurriedClock, testWorld } from '../../world.ts';

type Forge = 'github' | 'gitlab';
const token = 'ghs_16C7e42F292c6912E7710c838347Ae178B4a';

/** A forge, and the command that comments request 12 there. */
interface Desk {
  readonly forge: CommentServer;
  readonly cwd: string;
  /** Bodies of the comments of ours, first lines left out. */
  ours(): readonly string[];
  comment(
    plans: string,
    options?: { readonly args?: readonly string[]; readonly environment?: Environment },
  ): Promise<{
    readonly code: number;
    readonly stdout: string;
    readonly stderr: string;
  }>;
}

type Environment = Readonly<Record<string, string>>;

async function withForge(kind: Forge, work: (desk: Desk) => Promise<void>): Promise<void> {
  const forge = await startCommentServer(kind);
  const cwd = await mkdtemp(join(tmpdir(), 'vonage-gitops-comment-'));
  const known: Environment =
    kind === 'github'
      ? { GITHUB_TOKEN: token, GITHUB_REPOSITORY: 'acme/voice', GITHUB_API_URL: forge.apiUrl }
      : { GITLAB_TOKEN: token, CI_PROJECT_ID: '7', CI_API_V4_URL: forge.apiUrl };
  try {
    await work({
      forge,
      cwd,
      ours: () => forge.comments.filter(({ author }) => author === forge.writer).map(({ body }) => body),
      comment: async (plans, { args = [], environment = {} } = {}) => {
        await writeFile(join(cwd, 'plan.md'), plans);
        const world = testWorld({ cwd, environment: { ...known, ...environment }, clock: hurriedClock() });
        const line = ['comment', '--forge', kind, '--number', '12', '--file', 'plan.md', ...args];
        const code = await runCli(line, world.context);
        return { code, stdout: world.stdout(), stderr: world.stderr() };
      },
    });
    expect(forge.unknown).toEqual([]);
  } finally {
    await forge.close();
    await rm(cwd, { recursive: true, force: true });
  }
}

function planOf(name: string, app = 'Support'): string {
  return `${renderPlanMarkdown(aPlan({ changes: [aCreate({ name: app })] }), { name, account: name })}\n`;
}

const forges: readonly Forge[] = ['github', 'gitlab'];

test.each(forges)('at %s a plan is posted once, and edited from then on', (kind) =>
  withForge(kind, async ({ forge, ours, comment }) => {
    const first = await comment(planOf('main'));
    const again = await comment(planOf('main'));
    const changed = await comment(planOf('main', 'Other'));

    expect([first.code, again.code, changed.code]).toEqual([0, 0, 0]);
    expect(first.stdout).toMatch(/^(acme\/voice#12|7!12): comment for main created/);
    expect(again.stdout).toMatch(/comment for main unchanged\n/);
    expect(changed.stdout).toMatch(/comment for main updated/);
    expect(ours()).toEqual([expect.stringMatching(/^<!-- vonage-gitops:main -->\n[\s\S]*"Other"/)]);
    expect(forge.tokens).toEqual(new Set([`Bearer ${token}`]));
  }),
);

test.each(forges)('at %s each account has a comment, and one that no plan is about no longer applies', (kind) =>
  withForge(kind, async ({ ours, comment }) => {
    await comment(`${planOf('eu')}${planOf('us')}`);
    const { stdout } = await comment(planOf('us'));
    const quiet = await comment(planOf('us'));
    const back = await comment(`${planOf('eu')}${planOf('us')}`);

    expect(stdout).toMatch(/comment for eu no longer applies.*\n.*comment for us unchanged/);
    expect(quiet.stdout.match(/unchanged/g)).toHaveLength(2);
    expect(back.stdout).toMatch(/comment for eu updated/);
    expect(ours()).toHaveLength(2);
    expect(ours()[0]).not.toContain('No longer applies');
  }),
);

test.each(forges)('at %s the comment of another author is left alone, whatever marker it has', (kind) =>
  withForge(kind, async ({ forge, ours, comment }) => {
    forge.comments.push({ id: 1, author: 'mallory', body: '<!-- vonage-gitops:main -->\nAll is well.' });
    forge.comments.push({ id: 2, author: forge.writer, body: 'Something else by us\n<!-- vonage-gitops:main -->' });

    await comment(planOf('main'));

    expect(forge.comments[0]?.body).toBe('<!-- vonage-gitops:main -->\nAll is well.');
    expect(ours()).toHaveLength(2);
    expect(ours()[0]).toMatch(/^Something else by us/);
  }),
);

test.each(forges)('at %s all pages are read', (kind) =>
  withForge(kind, async ({ forge, comment }) => {
    await comment(planOf('main'));
    const chatter = Array.from({ length: 120 }, (_, id) => ({ id, author: 'someone', body: `Word ${id}` }));
    forge.comments.unshift(...chatter);

    const { stdout } = await comment(planOf('main', 'Other'));

    expect(stdout).toMatch(/updated/);
    expect(forge.comments).toHaveLength(121);
  }),
);

test('with --partial the comments for accounts that are not in the file stay as they are', () =>
  withForge('github', async ({ ours, comment }) => {
    await comment(`${planOf('eu')}${planOf('us')}`);
    const { stdout } = await comment(planOf('us', 'Other'), { args: ['--partial'] });

    expect(stdout).toMatch(/^acme\/voice#12: comment for us updated: \S+\n$/);
    expect(ours()[0]).toContain('"Support"');
  }));

test('a second comment that two runs at once made no longer applies', () =>
  withForge('github', async ({ forge, ours, comment }) => {
    const twin = (id: number) => ({ id, author: forge.writer, body: '<!-- vonage-gitops:main -->\r\nold' });
    forge.comments.push(twin(1), twin(2));

    await comment(planOf('main'));

    expect(ours()).toEqual([expect.stringContaining('"Support"'), expect.stringContaining('**No longer applies.**')]);
  }));

test('more than five accounts have one comment, and those before no longer apply', () =>
  withForge('github', async ({ ours, comment }) => {
    const plans = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => planOf(name));
    await comment(plans.slice(0, 5).join(''));

    const { stdout } = await comment(plans.join(''));

    expect(stdout).toMatch(/comment for all accounts created/);
    expect(ours()).toHaveLength(6);
    expect(
      ours()
        .slice(0, 5)
        .every((body) => body.includes('No longer applies')),
    ).toBe(true);
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) expect(ours()[5]).toContain(`<code>"${name}"</code>`);
    expect(ours()[5]?.match(/<!--/g)).toHaveLength(1);
  }));

test('plans that are about no account leave no comment that applies', () =>
  withForge('github', async ({ ours, comment }) => {
    const none = await comment('<!-- vonage-gitops -->\nNo account is touched.\n');
    await comment(planOf('main'));
    const { code } = await comment('<!-- vonage-gitops -->\nNo account is touched.\n');

    expect(none.stdout).toBe('acme/voice#12: no comment is needed\n');
    expect(code).toBe(0);
    expect(ours()).toEqual([expect.stringContaining('No longer applies')]);
  }));

test('a response that is lost posts nothing twice', () =>
  withForge('github', async ({ forge, ours, comment }) => {
    const pass = () => undefined;
    forge.instead.push(pass, pass, (asked) => {
      githubAnswer(forge, asked);
      return lost;
    });

    const { code, stderr } = await comment(planOf('main'));

    expect(code).toBe(0);
    expect(stderr).toMatch(/Trying again in 3 s/);
    expect(ours()).toHaveLength(1);
  }));

test.each([
  { title: 'Retry-After', status: 403, headers: { 'retry-after': '7' }, seconds: 7 },
  {
    title: 'the reset, by the clock of the forge',
    status: 429,
    headers: {
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': '1774000090',
      date: new Date(1774000000000).toUTCString(),
    },
    seconds: 90,
  },
  { title: 'a minute where it names no time', status: 403, headers: {}, seconds: 60 },
])('a forge that has too many requests is waited for: $title', ({ status, headers, seconds }) =>
  withForge('github', async ({ forge, ours, comment }) => {
    const message = 'You have exceeded a secondary rate limit.';
    forge.instead.push(() => undefined, { status, headers, body: { message } });

    const { code, stderr } = await comment(planOf('main'));

    expect(code).toBe(0);
    expect(stderr).toContain(`${status} ${message}. Trying again in ${seconds} s\n`);
    expect(ours()).toHaveLength(1);
  }),
);

test('a forge that wants an hour is not waited for', () =>
  withForge('github', async ({ forge, comment }) => {
    forge.instead.push(() => undefined, { status: 429, headers: { 'retry-after': '3600' }, body: {} });

    const { code, stderr } = await comment(planOf('main'));

    expect(code).toBe(1);
    expect(stderr).toMatch(/E_FORGE_FAILED|429 no reason\. Run it again later/);
    expect(forge.comments).toEqual([]);
  }));

const forbidden = { status: 403, body: { message: 'Resource not accessible by integration' } };

test('a token that may not write, as of a fork, is a notice, and the plans are in the summary of the job', () =>
  withForge('github', async ({ forge, cwd, comment }) => {
    const summary = join(cwd, 'summary.md');
    await writeFile(summary, 'before\n');
    const pass = () => undefined;
    forge.instead.push(pass, pass, forbidden);

    const { code, stderr } = await comment(planOf('main'), { environment: { GITHUB_STEP_SUMMARY: summary } });

    expect(code).toBe(0);
    expect(stderr).toBe(
      'notice: the token may not comment there (403 Resource not accessible by integration), as in requests from forks. The plans are in the summary of the job\n',
    );
    expect(await readFile(summary, 'utf8')).toMatch(/^before\n<!-- vonage-gitops:main -->\n[\s\S]*"Support"/);
  }));

test.each([
  { title: 'no summary', summary: '', said: 'The plans are in plan.md' },
  { title: 'a summary that cannot be written', summary: '/nowhere/summary.md', said: 'cannot be written: ENOENT' },
])('with $title it says where the plans are', ({ summary, said }) =>
  withForge('gitlab', async ({ forge, comment }) => {
    forge.instead.push(() => undefined, { status: 403, body: { error: 'insufficient_scope' } });

    const { code, stderr } = await comment(planOf('main'), { environment: { GITHUB_STEP_SUMMARY: summary } });

    expect(code).toBe(0);
    expect(stderr).toContain('(403 insufficient_scope)');
    expect(stderr).toContain(said);
  }),
);

test('where GitHub does not tell whose token it is, a workflow is known, and else --author is needed', () =>
  withForge('github', async ({ forge, comment }) => {
    forge.login = undefined;
    forge.writer = 'github-actions[bot]';

    const unknown = await comment(planOf('main'));
    const inWorkflow = await comment(planOf('main'), { environment: { GITHUB_ACTIONS: 'true' } });
    const given = await comment(planOf('main', 'Other'), { args: ['--author', 'GitHub-Actions[bot]'] });

    expect(unknown).toMatchObject({ code: 5, stderr: expect.stringContaining('Pass --author LOGIN') });
    expect([inWorkflow.stdout, given.stdout]).toEqual([
      expect.stringContaining('created'),
      expect.stringContaining('updated'),
    ]);
  }));

test('an author that is assumed wrongly is told, because the next run would post again', () =>
  withForge('github', async ({ forge, comment }) => {
    forge.login = undefined;

    const { stderr } = await comment(planOf('main'), { args: ['--author', 'somebody'] });

    expect(stderr).toContain('the forge says that plans[bot] wrote these comments, not somebody');
    expect(stderr).toContain('Pass --author plans[bot]');
  }));

test.each([
  {
    title: 'a token that is not accepted',
    status: 401,
    message: 'Bad credentials',
    remedy: 'Check the token of GITHUB_TOKEN',
  },
  {
    title: 'a repository that is not there',
    status: 404,
    message: 'Not Found',
    remedy: 'Check the repository or project',
  },
  {
    title: 'a repository that was renamed',
    status: 301,
    message: 'Moved Permanently',
    remedy: 'redirects are not followed',
  },
  {
    title: 'a comment that is refused',
    status: 422,
    message: 'Validation Failed',
    remedy: 'comments that were written before',
  },
])('$title is an error with its remedy', ({ status, message, remedy }) =>
  withForge('github', async ({ forge, comment }) => {
    forge.instead.push(() => undefined, { status, body: { message: `${message} ${token}` } });

    const { code, stderr } = await comment(planOf('main'));

    expect(code).toBe(1);
    expect(stderr).toContain(`${status} ${message} `);
    expect(stderr).toContain(remedy);
    expect(stderr).not.toContain(token);
  }),
);

test.each([
  {
    title: 'without a token',
    environment: { GITHUB_TOKEN: '' },
    said: 'Set VONAGE_GITOPS_FORGE_TOKEN or GITHUB_TOKEN',
  },
  { title: 'with a broken token', environment: { GITHUB_TOKEN: 'a b' }, said: 'GITHUB_TOKEN: not a token' },
  { title: 'without a repository', environment: { GITHUB_REPOSITORY: '' }, said: 'Pass --repo OWNER/NAME' },
  { title: 'with a repository elsewhere', args: ['--repo', '../user'], said: '"../user" is not one' },
  {
    title: 'with an open address',
    args: ['--api-url', 'http://forge.example'],
    said: '--api-url: http is not encrypted: use https',
  },
  {
    title: 'with a password in the address',
    args: ['--api-url', 'https://a:b@forge.example'],
    said: 'without user name',
  },
  { title: 'without the file', args: ['--file', 'none.md'], said: '--file none.md: cannot be read: ENOENT' },
  { title: 'with number 0', args: ['--number', '0'], said: 'Expected the number of a request' },
])('$title nothing is asked', ({ environment = {}, args = [], said }) =>
  withForge('github', async ({ forge, comment }) => {
    const ended = await comment(planOf('main'), { environment, args });

    expect(ended).toMatchObject({ code: 5, stderr: expect.stringContaining(said) });
    expect(forge.asked).toEqual([]);
  }),
);

test('a file that holds no plans is refused: nothing is retired because of an error message', () =>
  withForge('github', async ({ forge, comment }) => {
    const ended = await comment('error: no manifests\n');
    const empty = await comment('');

    for (const { code, stderr } of [ended, empty]) {
      expect(code).toBe(5);
      expect(stderr).toContain('--file plan.md: not the Markdown of plans. Make it with plan --format markdown');
    }
    expect(forge.asked).toEqual([]);
  }));

test.each(hostileNames.map((name) => ({ name })))('an application named $name makes no marker', ({ name }) =>
  withForge('github', async ({ ours, comment }) => {
    const { stdout } = await comment(planOf('main', `x\n<!-- vonage-gitops:other -->\n${name}`));

    expect(stdout).toMatch(/^acme\/voice#12: comment for main created: \S+\n$/);
    expect(ours()).toHaveLength(1);
  }),
);

test('VONAGE_GITOPS_FORGE_TOKEN counts more than the token of the pipeline', () =>
  withForge('gitlab', async ({ forge, comment }) => {
    await comment(planOf('main'), { environment: { VONAGE_GITOPS_FORGE_TOKEN: 'glpat-other\n' } });

    expect(forge.tokens).toEqual(new Set(['Bearer glpat-other']));
  }));
