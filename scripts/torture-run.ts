/** One start of `vonage-gitops apply`, which may be killed in the middle. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { wholeFrom } from './torture-faults.ts';

/** What a process is doing, as its log tells. */
export type Phase = 'starting' | 'reading' | 'creating' | 'waiting' | 'deciding';

/** When a process is killed; it may end before. */
export interface KillPlan {
  /** After so many POSTs have ended; undefined: not by POSTs. */
  readonly afterPosts: number | undefined;
  /** Milliseconds after that, or after the beginning of a wait. */
  readonly thenMs: number;
  /** Milliseconds after the start, whatever has happened by then. */
  readonly atLatestMs: number;
}

/** How a process ended. */
export interface RunEnd {
  /** Undefined when it was killed. */
  readonly code: number | undefined;
  readonly phase: Phase;
  /** POSTs whose end the process knew of. */
  readonly postsEnded: number;
  readonly output: string;
}

/** What is run. */
export interface Command {
  readonly program: string;
  readonly cwd: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** So many of the last kills are meant for the wait for lost creates, and for what follows it. */
const lateKills = 5;

/** A moment to kill at: a while after the start, after some POSTs, or in or after the wait for lost creates. */
export function drawKill(random: () => number, left: { readonly creates: number; readonly kills: number }): KillPlan {
  const number = random();
  const thenMs = wholeFrom(random, 0, 400);
  if (left.creates === 0) return { afterPosts: undefined, thenMs, atLatestMs: wholeFrom(random, 50, 1_500) };
  if (left.kills <= lateKills) return { afterPosts: Number.POSITIVE_INFINITY, thenMs: thenMs * 10, atLatestMs: 30_000 };
  if (number < 0.25) return { afterPosts: undefined, thenMs, atLatestMs: wholeFrom(random, 100, 4_000) };
  const share = (2 * left.creates) / (left.kills - lateKills);
  return { afterPosts: wholeFrom(random, 1, Math.max(2, share)), thenMs, atLatestMs: 15_000 };
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
  const { phase, postsEnded, output } = watched;
  return { code: signal === 'SIGKILL' ? undefined : Number(code ?? -1), phase, postsEnded, output };
}

interface Watched {
  phase: Phase;
  postsEnded: number;
  output: string;
  /** Called after every line. */
  onLine: () => void;
}

/** Follows the log, which is one JSON object a line. */
function watch(child: ChildProcess): Watched {
  const watched: Watched = { phase: 'starting', postsEnded: 0, output: '', onLine: () => undefined };
  const keep = (text: string) => {
    watched.output = `${watched.output}${text}`.slice(-4000);
  };
  child.stdout?.on('data', (text: Buffer) => keep(text.toString()));
  if (child.stderr === null) return watched;
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (!line.includes('"level":"debug"')) keep(`${line}\n`);
    watched.phase = phaseAfter(line, watched.phase);
    if (line.includes('request ended') && line.includes('"verb":"POST"')) watched.postsEnded += 1;
    watched.onLine();
  });
  return watched;
}

function phaseAfter(line: string, phase: Phase): Phase {
  if (/^Waiting \d+ s/.test(line)) return 'waiting';
  if (!line.includes('request ended')) return phase;
  if (phase === 'waiting' || phase === 'deciding') return 'deciding';
  if (line.includes('"verb":"POST"')) return 'creating';
  return phase === 'creating' ? 'creating' : 'reading';
}

async function killAt(child: ChildProcess, kill: KillPlan, watched: Watched, over: AbortSignal): Promise<void> {
  const reached = new Promise<void>((resolve) => {
    watched.onLine = () => {
      const enough = kill.afterPosts !== undefined && watched.postsEnded >= kill.afterPosts;
      if (enough || (kill.afterPosts !== undefined && watched.phase === 'waiting')) resolve();
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
