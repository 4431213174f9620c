import cliProgress from 'cli-progress';
import type { Output } from './world.ts';

/** How far a long operation is. */
export interface Progress {
  /** One more is done. */
  advance(what: string): void;
  stop(): void;
}

/** A bar with counts and rate on a terminal; nothing elsewhere, where each step has its log line. */
export function startProgress(output: Output, total: number): Progress {
  if (output.isTTY !== true || total === 0) return { advance: () => undefined, stop: () => undefined };
  const started = Date.now();
  let done = 0;
  const bar = new cliProgress.SingleBar({
    format: '{bar} {value}/{total} changes  {rate}/s  {what}',
    barsize: 30,
    hideCursor: true,
    clearOnComplete: true,
    stopOnComplete: false,
    // The library writes to any stream with a terminal's methods; ours is one when it is a TTY.
    stream: output as NodeJS.WritableStream,
    noTTYOutput: false,
  });
  bar.start(total, 0, { rate: '0.0', what: '' });
  return {
    advance: (what) => {
      done += 1;
      const seconds = Math.max(0.001, (Date.now() - started) / 1000);
      bar.update(done, { rate: (done / seconds).toFixed(1), what });
    },
    stop: () => bar.stop(),
  };
}
