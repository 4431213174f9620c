import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Emulator, startEmulator } from '../../src/emulator/emulator.ts';

/** Node.js has it since 22.14 and 23.7. Source: https://nodejs.org/api/cli.html#--disable-sigusr1 */
const withoutInspector = '--disable-sigusr1';
const sourceCommit = '0123456789abcdef0123456789abcdef01234567';
const root = join(import.meta.dirname, '../..');
let folder: string;
let emulator: Emulator;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vonage-gitops-container-'));
  emulator = await startEmulator();
  await buildAsTheImage(join(folder, 'src'));
  await cp(join(folder, 'src/dist'), join(folder, 'app/dist'), { recursive: true });
  await cp(join(root, 'package.json'), join(folder, 'app/package.json'));
}, 120_000);

/** A new volume. */
beforeEach(() => rm(join(folder, 'var'), { recursive: true, force: true }));

/** Builds from what the image's first stage is given, and nothing else. */
async function buildAsTheImage(build: string): Promise<void> {
  const [, stage = ''] = (await readFile(join(root, 'Dockerfile'), 'utf8')).split(/^FROM /m);
  const sent = (await readFile(join(root, '.dockerignore'), 'utf8')).split('\n');
  for (const [, sources = '', target = ''] of stage.matchAll(/^COPY (.+) (\S+)$/gm)) {
    for (const source of sources.split(' ')) {
      expect(sent).toContain(`!${source}`);
      await cp(join(root, source), join(build, target.endsWith('/') ? join(target, source) : target), {
        recursive: true,
      });
    }
  }
  await symlink(join(root, 'node_modules'), join(build, 'node_modules'));
  await promisify(execFile)('npm', ['run', 'build'], { cwd: build, env: { ...process.env, ...argumentsOf(stage) } });
}

/** What `docker build --build-arg SOURCE_COMMIT=...` gives the build, if the stage takes it before it builds. */
function argumentsOf(stage: string): NodeJS.ProcessEnv {
  const [before = ''] = stage.split(/^RUN npm run build$/m);
  return { SOURCE_COMMIT: /^ARG SOURCE_COMMIT$/m.test(before) ? sourceCommit : '' };
}

afterAll(async () => {
  await emulator.close();
  await rm(folder, { recursive: true, force: true });
});

/** Whether the Node.js of this machine knows an option: that of the image may be newer. */
function isKnown(option: string): boolean {
  return spawnSync(process.execPath, [option, '--version']).status === 0;
}

/** What the image runs, with its folders moved below ours. */
async function imageCommand(): Promise<readonly [string, ...string[]]> {
  const dockerfile = await readFile(join(root, 'Dockerfile'), 'utf8');
  const words = ['ENTRYPOINT', 'CMD'].flatMap((instruction) => {
    const [, list = '[]'] = new RegExp(`^${instruction} (\\[.*\\])$`, 'm').exec(dockerfile) ?? [];
    return JSON.parse(list).map((word: string) => word.replace(/^\/(app|var)\//, `${folder}/$1/`));
  });
  const [program = '', ...args] = words.filter((word) => word !== withoutInspector || isKnown(word));
  return [program, ...args];
}

/** What the image sets, with its folders moved below ours, and what whoever starts it gives. */
async function imageEnvironment(given: Readonly<Record<string, string>> = {}): Promise<NodeJS.ProcessEnv> {
  const dockerfile = await readFile(join(root, 'Dockerfile'), 'utf8');
  const [, value = ''] = /^ENV VONAGE_GITOPS_DEFAULT_STATE=(\S+)$/m.exec(dockerfile) ?? [];
  const { url, apiKey, apiSecret } = emulator;
  const account = { VONAGE_API_URL: url, VONAGE_API_KEY: apiKey, VONAGE_API_SECRET: apiSecret };
  return { PATH: process.env['PATH'], VONAGE_GITOPS_DEFAULT_STATE: join(folder, value), ...account, ...given };
}

function start(
  [program, ...args]: readonly [string, ...string[]],
  env: NodeJS.ProcessEnv,
): { readonly child: ChildProcess; log(): string } {
  const child = spawn(program, args, {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  child.stderr.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  return { child, log: () => text };
}

async function answerUrls(): Promise<readonly string[]> {
  return emulator.admin.applications().map(({ capabilities }) => JSON.stringify(capabilities));
}

test("the image's entry point applies manifests, follows a change, and ends well on SIGTERM", {
  timeout: 90_000,
}, async () => {
  const manifest = join(folder, 'apps/support-line.yaml');
  await cp(join(root, 'examples/quickstart'), join(folder, 'apps'), { recursive: true });
  await writeFile(
    join(folder, 'vonage-gitops.yaml'),
    `apiVersion: vonage-gitops/v1
kind: Config
state: var/lib/vonage-gitops
accounts:
  - name: main
    manifests: apps
    apiKey: { env: VONAGE_API_KEY }
    apiSecret: { env: VONAGE_API_SECRET }
daemon: { listen: "127.0.0.1:0" }
`,
  );
  const { child, log } = start(await imageCommand(), await imageEnvironment());
  const exited = once(child, 'exit');

  await expect.poll(() => emulator.admin.applications().length, { timeout: 60_000 }).toBe(6);
  await writeFile(manifest, (await readFile(manifest, 'utf8')).replace('/support/answer', '/support/changed'));
  await expect.poll(async () => (await answerUrls()).join(), { timeout: 30_000 }).toContain('/support/changed');
  child.kill('SIGTERM');
  const [code] = await exited;

  expect(code).toBe(0);
  expect(log()).not.toContain(emulator.apiSecret);
  expect(log()).toContain('"msg":"stopped"');
});

test('the image knows the commit that it was built from', async () => {
  const main = join(folder, 'app/dist/main.cjs');

  const { stdout } = await promisify(execFile)(process.execPath, [main, 'version', '--format', 'json']);

  expect(JSON.parse(stdout)).toMatchObject({ commit: sourceCommit });
});

test("a command started with the image's environment, in its directory, finds the daemon's ledger", {
  timeout: 90_000,
}, async () => {
  const configFile = join(folder, 'config/vonage-gitops.yaml');
  const workdir = join(folder, 'work'); // elsewhere than the state: what is started there must not begin one of its own
  await cp(join(root, 'examples/quickstart'), join(folder, 'manifests'), { recursive: true });
  for (const made of [join(folder, 'config'), workdir]) await mkdir(made, { recursive: true });
  await writeFile(
    configFile,
    `apiVersion: vonage-gitops/v1
kind: Config
accounts:
  - name: main
    manifests: ../manifests
    keys: { directory: ../../keys }
daemon: { listen: "127.0.0.1:0" }
`,
  );
  const env = await imageEnvironment({ VONAGE_GITOPS_CONFIG: configFile });
  const { child, log } = start(await imageCommand(), env);
  const exited = once(child, 'exit');
  await expect.poll(log, { timeout: 60_000 }).toContain('"msg":"pass ended"');

  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(folder, 'app/dist/main.cjs'), 'ledger', 'show'],
    { cwd: workdir, env },
  );
  child.kill('SIGTERM');
  await exited;

  expect(stdout).toContain('6 owned');
  expect(await readdir(workdir)).toEqual([]);
  expect(await readdir(join(folder, 'var/lib/vonage-gitops/main'))).toContain('ledger.json');
});

test('the bundled emulator writes its data file: a library in it works only if it is bundled right', async () => {
  const file = join(folder, 'emulator.json');
  const main = join(folder, 'app/dist/main.cjs');
  const options = ['--port', '0', '--api-key', 'abcd1234', '--api-secret', 'emulator-secret', '--data', file];
  const child = spawn(process.execPath, [main, 'emulator', ...options], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [line] = await once(child.stdout, 'data');

  const answer = await fetch(`${String(line).trim()}/v2/applications`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa('abcd1234:emulator-secret')}`, 'content-type': 'application/json' },
    body: '{"name":"Support line"}',
  });
  child.kill('SIGTERM');
  await once(child, 'exit');

  expect(answer.status).toBe(201);
  expect(await readFile(file, 'utf8')).toContain('Support line');
});

test("the image's Node.js has its inspector closed from the first moment on, and knows the option that does it", async () => {
  const dockerfile = await readFile(join(root, 'Dockerfile'), 'utf8');
  const versions = [...dockerfile.matchAll(/^FROM node:(\d+)-/gm)].map(([, version]) => Number(version));

  expect(dockerfile).toMatch(/^ENTRYPOINT \["node", "--disable-sigusr1", /m);
  expect(versions).toHaveLength(2);
  for (const version of versions) expect(version).toBeGreaterThanOrEqual(24);
});
