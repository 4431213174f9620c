import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { ReportTargets } from '../../../src/app/daemon/report-targets.ts';
import { openSession } from '../../../src/app/session.ts';
import { testWorld } from '../../cli/world.ts';
import { type ForgeServer, startForgeServer, statusToken } from '../../forge/forge-server.ts';

let forge: ForgeServer;
beforeEach(async () => {
  forge = await startForgeServer();
});
afterEach(async () => {
  await forge.close();
  expect(forge.unknown).toEqual([]);
});

const privateKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
  type: 'pkcs8',
  format: 'pem',
});

/** A session whose source is at the forge. */
async function aSession(report: string, auth = '') {
  const cwd = await mkdtemp(join(tmpdir(), 'vonage-gitops-targets-'));
  onTestFinished(() => rm(cwd, { recursive: true, force: true }));
  await writeFile(join(cwd, 'app.pem'), privateKey);
  await writeFile(
    join(cwd, 'vonage-gitops.yaml'),
    `apiVersion: vonage-gitops/v1
kind: Config
sources:
  - name: voice
    git: { url: "${new URL(forge.github).origin}/acme/voice.git", ref: { semver: ^1.0.0 }${auth} }
accounts:
  - { name: main, manifests: { source: voice, path: apps } }
  - { name: elsewhere, manifests: apps, apiKey: { env: OTHER_KEY } }
reports:
  - ${report}
`,
  );
  const { context } = testWorld({ cwd, environment: { STATUS_TOKEN: statusToken } });
  return openSession({ context, options: { color: 'never' }, directory: undefined, defaultLevel: 'info' });
}

const report = {
  to: '',
  commit: '3f9c2e1a0b7d3f9c2e1a0b7d3f9c2e1a0b7d3f9c',
  context: 'vonage-gitops/main',
  state: 'success',
  description: 'in sync',
} as const;
const { signal } = new AbortController();
const app = ', auth: { githubApp: { appId: 42, installationId: 7, privateKey: { file: app.pem } } }';

test('a report is of the accounts of its source', async () => {
  const [target] = new ReportTargets().of(
    await aSession('{ kind: gitlab, source: voice, token: { env: STATUS_TOKEN } }'),
  );

  expect(target).toMatchObject({ kind: 'gitlab', source: 'voice', context: 'vonage-gitops', accounts: ['main'] });
  expect(await target?.set(report, signal)).toEqual({ result: 'taken' });
  expect(forge.requests[0]?.body).not.toHaveProperty('ref');
});

test('the GitHub App of the source gives out a token with no right but that to set statuses, and it is used again', async () => {
  const targets = new ReportTargets();
  const session = await aSession('{ kind: github, source: voice }', app);

  for (const description of ['one', 'two'])
    expect(await targets.of(session)[0]?.set({ ...report, description }, signal)).toEqual({ result: 'taken' });

  expect(forge.requests.map(({ path }) => path.split('/').at(-1))).toEqual([
    'access_tokens',
    report.commit,
    report.commit,
  ]);
});

test.each([
  [{ status: 401, body: { message: 'Integration not found' } }, 'refused'],
  [{ status: 503, body: {} }, 'failed'],
] as const)('no token of the App: %j is %s', async (answer, result) => {
  forge.instead.push(answer);

  const [target] = new ReportTargets().of(await aSession('{ kind: github, source: voice }', app));

  const problem = expect.stringContaining('no token of the GitHub App: ');
  expect(await target?.set(report, signal)).toMatchObject({ result, problem });
});

test('a token that is missing is told with the remedy', async () => {
  const [target] = new ReportTargets().of(await aSession('{ kind: gitlab, source: voice, token: { env: NO_TOKEN } }'));

  expect(await target?.set(report, signal)).toMatchObject({
    result: 'refused',
    problem: expect.stringContaining('NO_TOKEN'),
  });
});

test('at the end of the daemon a request ends as one that failed', async () => {
  const [target] = new ReportTargets().of(
    await aSession('{ kind: gitlab, source: voice, token: { env: STATUS_TOKEN } }'),
  );

  expect(await target?.set(report, AbortSignal.abort())).toEqual({ result: 'failed', problem: 'stopped' });
});
