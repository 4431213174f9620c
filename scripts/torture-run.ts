/** One start of a command, which may be killed in the middle. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import type { KillPlan } from './torture-kill.ts';

/** What a process is doing, as its log tells. */
export type Phase = 'starting' | 'reading' | 'writing' | 'waiting' | 'deciding';

/** How a process ended. */
export interface RunEnd {
  /** Undefined when it was killed. */
  readonly code: number | undefined;
  readonly phase: Phase;
  /** Writes whose end the process knew of, each attempt counted. */
  readonly writesEnded: number;
  readonly output: string;
}

/** What is run. */
export interface Command {
  readonly program: string;
  readonly cwd: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** Runs it to its end, or until the moment of the plan has come. */
export async function runOnce(command: Command, kill: KillPlan | undefined): Promise<RunEnd> {
  const { program, cwd, args, environment } = command;
  const child = spawn(process.execPath, [program, ...args], {
    cwd,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const over = new AbortController();
  const ended = once(child, 'close').finally(() => over.abort());
  const watched = watch(child);
  if (kill !== undefined) void killAt(child, kill, watched, over.signal);
  const [code, signal] = await ended;
  const { phase, writesEnded, output } = watched;
  return { code: signal === 'SIGKILL' ? undefined : Number(code ?? -1), phase, writesEnded, output };
}

interface Watched {
  phase: Phase;
  readsEnded: number;
  writesEnded: number;
  output: string;
  /** Called after every line. */
  onLine: () => void;
}

/** Follows the log, which is one JSON object a line. */
function watch(child: ChildProcess): Watched {
  const watched: Watched = { phase: 'starting', readsEnded: 0, writesEnded: 0, output: '', onLine: () => undefined };
  const keep = (text: string) => {
    watched.output = `${watched.output}${text}`.slice(-4000);
  };
  child.stdout?.on('data', (text: Buffer) => keep(text.toString()));
  if (child.stderr === null) return watched;
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (!line.includes('"level":"debug"')) keep(`${line}\n`);
    watched.phase = phaseAfter(line, watched.phase);
    if (line.includes('request ended')) watched[isRead(line) ? 'readsEnded' : 'writesEnded'] += 1;
    watched.onLine();
  });
  return watched;
}

function isRead(line: string): boolean {
  return line.includes('"verb":"GET"');
}

function phaseAfter(line: string, phase: Phase): Phase {
  if (/^Waiting \d+ s/.test(line)) return 'waiting';
  if (!line.includes('request ended')) return phase;
  if (phase === 'waiting' || phase === 'deciding') return 'deciding';
  if (!isRead(line)) return 'writing';
  return phase === 'writing' ? 'writing' : 'reading';
}

async function killAt(child: ChildProcess, kill: KillPlan, watched: Watched, over: AbortSignal): Promise<void> {
  const reached = new Promise<void>((resolve) => {
    watched.onLine = () => {
      if (hasCome(kill, watched)) resolve();
    };
  });
  const latest = pause(kill.atLatestMs, undefined, { signal: over });
  try {
    await Promise.race([reached.then(() => pause(kill.thenMs, undefined, { signal: over })), latest]);
    child.kill('SIGKILL');
  } catch (error) {
    if (!over.aborted) throw error; // it ended by itself before its time had come
  }
}

function hasCome({ after }: KillPlan, { phase, readsEnded, writesEnded }: Watched): boolean {
  switch (after.what) {
    case 'start':
      return false;
    case 'reads':
      return readsEnded >= after.count;
    case 'writes':
      return writesEnded >= after.count || phase === 'waiting';
    case 'waiting':
      return phase === 'waiting';
  }
}
