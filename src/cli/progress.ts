import type { Output } from '../app/context.ts';
import { widthOf } from '../core/render/columns.ts';

/** How far a long operation is. */
export interface Progress {
  /** One more step is done. */
  advance(what?: string): void;
  stop(): void;
}

const silent: Progress = { advance: () => undefined, stop: () => undefined };

/** Milliseconds between two drawings: more often than that nobody can read it. */
const redrawMs = 100;
const barWidth = 30;
const clearLine = '\r\u001b[K';

/** A bar with counts and rate on a terminal; nothing elsewhere, where each change has its log line. */
export function startProgress(output: Output, total: number): Progress {
  if (total === 0) return silent;
  return start(output, (done, seconds, what) => {
    const filled = Math.round((done / total) * barWidth);
    const bar = '█'.repeat(filled) + '░'.repeat(barWidth - filled);
    return `${bar} ${done}/${total} changes  ${(done / seconds).toFixed(1)}/s  ${what}`;
  });
}

/** How many requests were answered while manifests and account are read; on a terminal only. */
export function startReading(output: Output): Progress {
  return start(output, (done) => `Reading manifests and account: ${done} requests`);
}

function start(output: Output, lineOf: (done: number, seconds: number, what: string) => string): Progress {
  if (output.isTTY !== true) return silent;
  const started = performance.now();
  let drawn = Number.NEGATIVE_INFINITY;
  let done = 0;
  let isOver = false;
  const draw = (what: string): void => {
    const now = performance.now();
    if (isOver || now - drawn < redrawMs) return;
    drawn = now;
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
