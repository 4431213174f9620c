import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** What is typed, and where. */
export interface TypedOptions {
  /** Lines for bash; the first that fails ends the session. */
  readonly lines: string;
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  /** What is answered to a prompt at the end of the screen; the first that matches. */
  readonly answers: readonly (readonly [prompt: RegExp, answer: string])[];
}

/** How a session ended. */
export interface TypedEnd {
  readonly code: number;
  /** Everything that was shown, with `\n` at the ends of lines and without the bells of a terminal. */
  readonly screen: string;
  readonly tookMs: number;
}

/** Types lines at a terminal, as script(1) of util-linux makes one, and answers what is asked. */
export async function typeAtTerminal({ lines, cwd, environment, answers }: TypedOptions): Promise<TypedEnd> {
  const began = performance.now();
  const command = `set -e\n${lines}`;
  const child = spawn('script', ['--quiet', '--return', '--flush', '--command', command, '/dev/null'], {
    cwd,
    env: { ...environment, SHELL: '/bin/bash', TERM: 'dumb' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let screen = '';
  let answered = 0;
  child.stdout.on('data', (text: Buffer) => {
    screen += text.toString();
    const [, answer] = answers.find(([prompt]) => prompt.test(screen.slice(answered))) ?? [];
    if (answer === undefined) return;
    answered = screen.length;
    child.stdin.write(`${answer}\r`);
  });
  const [code] = await once(child, 'close');
  return { code: Number(code), screen: screen.replaceAll('\r', ''), tookMs: performance.now() - began };
}
