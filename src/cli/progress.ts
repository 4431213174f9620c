import type { CliContext, Output } from '../app/context.ts';
import { canRedraw } from '../app/terminal.ts';
import { widthOf } from '../core/render/columns.ts';

/** How far a long operation is. */
export interface Progress {
  /** One more step is done: this one. */
  advance(what?: string): void;
  stop(): void;
}

const silent: Progress = { advance: () => undefined, stop: () => undefined };

/** Milliseconds between two drawings: more often than that nobody can read it. */
const redrawMs = 100;
const barWidth = 30;
const clearLine = '\r\u001b[K';

/** Where progress is shown, and what says how and whether. */
export interface ProgressSession {
  readonly context: Pick<CliContext, 'stderr' | 'environment'>;
  readonly quiet: boolean;
}

/** What was done, step by step: a bar with counts and rate where a line can be drawn again, elsewhere a line for each step. */
export function startProgress({ context, quiet }: ProgressSession, total: number): Progress {
  if (quiet || total === 0) return silent;
  if (!canRedraw(context.stderr, context.environment)) return lineByLine(context.stderr, total);
  return drawn(context.stderr, (done, seconds, what) => {
    const filled = Math.round((done / total) * barWidth);
    const bar = '█'.repeat(filled) + '░'.repeat(barWidth - filled);
    return `${bar} ${done}/${total} changes  ${(done / seconds).toFixed(1)}/s  ${what}`;
  });
}

/** How many requests were answered while manifests and account are read; only where a line can be drawn again. */
export function startReading({ context, quiet }: ProgressSession): Progress {
  if (quiet || !canRedraw(context.stderr, context.environment)) return silent;
  return drawn(context.stderr, (done) => `Reading manifests and account: ${done} requests`);
}

function lineByLine(output: Output, total: number): Progress {
  let done = 0;
  return {
    advance: (what = '') => {
      done += 1;
      output.write(`${done}/${total} ${what}\n`);
    },
    stop: () => undefined,
  };
}

function drawn(output: Output, lineOf: (done: number, seconds: number, what: string) => string): Progress {
  const started = performance.now();
  let drawnAt = Number.NEGATIVE_INFINITY;
  let done = 0;
  let isOver = false;
  const draw = (what: string): void => {
    const now = performance.now();
    if (isOver || now - drawnAt < redrawMs) return;
    drawnAt = now;
    const line = lineOf(done, Math.max(0.001, (now - started) / 1000), what);
    // A line that wraps could not be cleared.
    output.write(clearLine + cut(line, (output.columns || 80) - 1)); // a terminal may say it has 0
  };
  draw('');
  return {
    advance: (what = '') => {
      done += 1;
      draw(what);
    },
    stop: () => {
      if (!isOver) output.write(clearLine);
      isOver = true;
    },
  };
}

function cut(line: string, width: number): string {
  let shown = line;
  while (shown !== '' && widthOf(shown) > width) shown = shown.slice(0, -1);
  return shown;
}
