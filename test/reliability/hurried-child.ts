import { systemClock } from '../../src/app/system-clock.ts';
import { runCli } from '../../src/cli/program.ts';
import type { Clock } from '../../src/reconcile/ports.ts';

/** One command line in a process of its own in which time passes so many times as fast. */
const [speed = '1', ...args] = process.argv.slice(2);
const times = Number(speed);
const began = { now: systemClock.now(), monotonic: systemClock.monotonic() };
const clock: Clock = {
  now: () => began.now + (systemClock.now() - began.now) * times,
  monotonic: () => began.monotonic + (systemClock.monotonic() - began.monotonic) * times,
  sleep: (ms, signal) => systemClock.sleep(ms / times, signal),
};
process.exitCode = await runCli(args, {
  cwd: process.cwd(),
  environment: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  clock,
  random: Math.random,
  stdoutLost: new AbortController().signal,
  stop: new AbortController().signal,
  onReload: () => () => undefined,
  onInspectorSignal: () => () => undefined,
});
process.stdin.destroy();
