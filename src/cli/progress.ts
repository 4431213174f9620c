import type { Output } from './world.ts';

/** How far a long operation is. */
export interface Progress {
  /** One more step is done. */
  advance(what?: string): void;
  stop(): void;
}

const silent: Progress = { advance: () => undefined, stop: () => undefined };

/** A bar with counts and rate on a terminal; nothing elsewhere, where each change has its log line. */
export async function startProgress(output: Output, total: number): Promise<Progress> {
  return total === 0 ? silent : start(output, '{bar} {value}/{total} changes  {rate}/s  {what}', total);
}

/** How many requests were answered while manifests and account are read; on a terminal only. */
export function startReading(output: Output): Promise<Progress> {
  return start(output, 'Reading manifests and account: {value} requests', 0);
}

async function start(output: Output, format: string, total: number): Promise<Progress> {
  if (output.isTTY !== true) return silent;
  const { default: cliProgress } = await import('cli-progress');
  const started = Date.now();
  let done = 0;
  const bar = new cliProgress.SingleBar({
    format,
    barsize: 30,
    hideCursor: true,
    clearOnComplete: true,
    // The library writes to any stream with a terminal's methods; ours is one when it is a TTY.
    stream: output as NodeJS.WritableStream,
  });
  bar.start(total, 0, { rate: '0.0', what: '' });
  return {
    advance: (what = '') => {
      done += 1;
      const seconds = Math.max(0.001, (Date.now() - started) / 1000);
      bar.update(done, { rate: (done / seconds).toFixed(1), what });
    },
    stop: () => bar.stop(),
  };
}
