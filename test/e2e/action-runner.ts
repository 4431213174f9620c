import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';

/** A step of a composite action. */
interface Step {
  readonly id?: string;
  readonly name: string;
  readonly if?: string;
  readonly uses?: string;
  readonly shell?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly run?: string;
}

/** An action as `action.yml` describes it. */
export interface Action {
  readonly inputs: Readonly<
    Record<string, { readonly description: string; readonly required?: boolean; readonly default?: string }>
  >;
  readonly outputs: Readonly<Record<string, { readonly description: string; readonly value: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly Step[] };
}

/** What a job gives to an action. */
export interface JobOptions {
  /** Where the repository is checked out. */
  readonly cwd: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly event?: object;
  readonly sha?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** How the action ended. */
export interface JobEnded {
  /** Of the step that failed, else 0. */
  readonly code: number;
  readonly outputs: Readonly<Record<string, string>>;
  /** Everything the steps printed. */
  readonly log: string;
  readonly summary: string;
  /** Names of the steps that ran. */
  readonly steps: readonly string[];
}

/** The action at the root of this repository. */
export const action: Action = parse(readFileSync(new URL('../../action.yml', import.meta.url), 'utf8'));

/**
 * Runs the action as a runner of GitHub does: expressions are filled into environment and conditions, each script is a file that bash runs.
 * Other actions are left out.
 */
export async function runAction({
  cwd,
  inputs,
  event = {},
  sha = '',
  environment = {},
}: JobOptions): Promise<JobEnded> {
  const temporary = await mkdtemp(join(cwd, 'runner-'));
  const known = Object.entries(action.inputs).map(([name, { default: preset = '' }]) => [name, preset] as const);
  const github = { event, sha, token: environment['GITHUB_TOKEN'] ?? '' };
  const presets = Object.fromEntries(known.map(([name, text]) => [name, filled(text, { github })]));
  const context = { github, inputs: { ...presets, ...inputs }, steps: {} as Record<string, object> };
  const files = { GITHUB_STEP_SUMMARY: join(temporary, 'summary'), GITHUB_EVENT_PATH: join(temporary, 'event.json') };
  await writeFile(files.GITHUB_STEP_SUMMARY, '');
  await writeFile(files.GITHUB_EVENT_PATH, JSON.stringify(event));
  let log = '';
  let code = 0;
  const steps: string[] = [];
  for (const [index, step] of action.runs.steps.entries()) {
    if (step.run === undefined || code !== 0 || !isTrue(evaluate(step.if ?? 'true', context))) continue;
    const output = join(temporary, `output-${index}`);
    const script = join(temporary, `step-${index}.sh`);
    await writeFile(output, '');
    await writeFile(script, step.run);
    const own = Object.entries(step.env ?? {}).map(([name, text]) => [name, filled(text, context)]);
    const child = spawn('bash', ['--noprofile', '--norc', '-eo', 'pipefail', script], {
      cwd,
      env: {
        PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
        HOME: temporary,
        RUNNER_TEMP: temporary,
        GITHUB_ACTIONS: 'true',
        CI: 'true',
        ...environment,
        ...files,
        GITHUB_OUTPUT: output,
        ...Object.fromEntries(own),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => (log += bytes.toString()));
    [code] = await once(child, 'close');
    steps.push(step.name);
    const said = (await readFile(output, 'utf8')).split('\n').filter((line) => line !== '');
    if (step.id !== undefined)
      context.steps[step.id] = { outputs: Object.fromEntries(said.map((line) => line.split(/=(.*)/s).slice(0, 2))) };
  }
  const outputs = Object.entries(action.outputs).map(([name, { value }]) => [name, filled(value, context)]);
  const summary = await readFile(files.GITHUB_STEP_SUMMARY, 'utf8');
  return { code, log, summary, steps, outputs: Object.fromEntries(outputs) };
}

/** A text with its expressions filled in. */
function filled(text: string, context: object): string {
  return text.replace(/\$\{\{(.*?)\}\}/g, (_all, expression: string) => String(evaluate(expression, context) ?? ''));
}

/** Paths, texts in quotes, `==`, `&&` and `||`, as far as the action uses them. */
function evaluate(expression: string, context: object): unknown {
  const [either = '', ...others] = expression.split('||');
  if (others.length > 0) return evaluate(either, context) || evaluate(others.join('||'), context);
  const [first = '', ...more] = expression.split('&&');
  if (more.length > 0) return evaluate(first, context) && evaluate(more.join('&&'), context);
  const [left = '', right] = expression.split('==');
  if (right !== undefined) return evaluate(left, context) === evaluate(right, context);
  const word = expression.trim();
  if (word === 'true') return true;
  if (/^'[^']*'$/.test(word)) return word.slice(1, -1);
  if (!/^[a-z_]+(\.[\w-]+)+$/.test(word)) throw new Error(`not an expression that is known here: ${word}`);
  return word
    .split('.')
    .reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], context);
}

function isTrue(value: unknown): boolean {
  return value !== undefined && value !== '' && value !== 0 && value !== false;
}
