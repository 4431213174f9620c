import { existsSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { createInterface, type Interface } from 'node:readline/promises';
import type { CliContext } from '../../../app/context.ts';
import { StopRequest } from '../../../app/stop-request.ts';
import { canRedraw } from '../../../app/terminal.ts';
import { configFileName } from '../../../config/config.ts';
import { accountNamePattern, expectedAccountName } from '../../../core/account-name.ts';
import { ReconcilerError } from '../../../core/errors.ts';
import { forgeOfOrigin } from './forge-of-origin.ts';

/** What init works with. */
export interface InitAnswers {
  /** Directory of the manifests, as written in the configuration. */
  readonly manifests: string;
  /** Name of the account in the configuration. */
  readonly name: string;
  /** For which forge files for CI are written. */
  readonly ci: 'github' | 'gitlab' | 'none';
}

/** Options: answers that need no question. */
export type GivenAnswers = Partial<InitAnswers> & { readonly config?: string };

interface Question {
  readonly key: keyof InitAnswers;
  readonly text: string;
  readonly byDefault: string;
  /** What is wrong with an answer; undefined when nothing is. */
  readonly problem: (answer: string) => string | undefined;
}

/**
 * The options, and for each that is not given what a person answers. What an existing configuration says is not asked.
 * @throws {ReconcilerError} E_USAGE where something has to be asked and nobody is at a terminal; E_NOT_CONFIRMED, E_INTERRUPTED
 */
export async function initAnswers(options: GivenAnswers, context: CliContext): Promise<InitAnswers> {
  const { stdin, cwd } = context;
  const hasConfiguration = existsSync(resolve(cwd, options.config ?? configFileName));
  const asked = questionsFor(cwd).filter(({ key }) => key === 'ci' || !hasConfiguration);
  const answers: Record<string, string> = { manifests: 'applications', name: 'main' };
  const open = asked.filter(({ key }) => options[key] === undefined);
  if (open.length > 0 && stdin.isTTY !== true) {
    const flags = open.map(({ key, byDefault }) => `--${key} ${byDefault}`).join(' ');
    throw new ReconcilerError('E_USAGE', { message: `init asks, and there is no terminal: answer with ${flags}` });
  }
  for (const question of asked) answers[question.key] = options[question.key] ?? (await answerTo(question, context));
  for (const { key, problem } of asked) {
    const wrong = problem(`${answers[key]}`);
    if (wrong !== undefined) throw new ReconcilerError('E_USAGE', { message: `--${key} ${answers[key]}: ${wrong}` });
  }
  const { manifests = '', name = '', ci } = answers;
  return { manifests, name, ci: ci === 'github' || ci === 'gitlab' ? ci : 'none' };
}

function questionsFor(cwd: string): readonly Question[] {
  const isForge = (answer: string) => ['github', 'gitlab', 'none'].includes(answer);
  return [
    {
      key: 'manifests',
      text: 'Directory of the manifests',
      byDefault: 'applications',
      problem: (answer) =>
        isAbsolute(answer) || !/^[\w.-]+(\/[\w.-]+)*$/.test(answer) || answer.split('/').includes('..')
          ? 'expected a directory below this one, of letters, digits, dots and dashes, such as applications'
          : undefined,
    },
    {
      key: 'name',
      text: 'Name of the account here',
      byDefault: 'main',
      problem: (answer) => (accountNamePattern.test(answer) ? undefined : expectedAccountName),
    },
    {
      key: 'ci',
      text: 'Files for CI of github, gitlab or none',
      byDefault: forgeOfOrigin(cwd).forge,
      problem: (answer) => (isForge(answer) ? undefined : 'expected github, gitlab or none'),
    },
  ];
}

/** Asked again until the answer is of use; an empty one is the default. */
async function answerTo(question: Question, context: CliContext): Promise<string> {
  for (;;) {
    const typed = (await askLine(`${question.text} (${question.byDefault}): `, context)).trim();
    const answer = typed === '' ? question.byDefault : typed;
    const wrong = question.problem(answer);
    if (wrong === undefined) return answer;
    context.stderr.write(`  ${wrong}\n`);
  }
}

/** @throws {ReconcilerError} E_NOT_CONFIRMED after Ctrl-D, E_INTERRUPTED after Ctrl-C */
async function askLine(text: string, { stdin, stderr, stop, environment }: CliContext): Promise<string> {
  if (!stdin.readable) throw new ReconcilerError('E_NOT_CONFIRMED', {}); // Ctrl-D at an earlier question
  const lines = createInterface({
    input: stdin,
    output: (stderr.stream ?? stderr) as NodeJS.WritableStream,
    terminal: canRedraw(stderr, environment),
  });
  let isInterrupted = false;
  lines.once('SIGINT', () => {
    isInterrupted = true;
    lines.close();
  });
  try {
    const typed = await Promise.race([lines.question(text, { signal: stop }), ended(lines)]);
    if (typed !== undefined) return typed;
  } catch (error) {
    if (!(error instanceof Error && error.name === 'AbortError')) throw error;
    isInterrupted ||= stop.reason instanceof StopRequest && stop.reason.signal === 'SIGINT';
  } finally {
    lines.close();
  }
  stderr.write('\n'); // nobody ended the line of the question
  throw new ReconcilerError(isInterrupted ? 'E_INTERRUPTED' : 'E_NOT_CONFIRMED', {});
}

function ended(lines: Interface): Promise<undefined> {
  return new Promise((resolvePromise) => {
    lines.once('close', () => resolvePromise(undefined));
  });
}
