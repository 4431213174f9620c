import type { ProcessContext } from './app/context.ts';
import { OutputWatch } from './app/output-watch.ts';
import { StopRequest } from './app/stop-request.ts';
import { systemClock } from './app/system-clock.ts';
import { runCli } from './cli/program.ts';

/** Exit code of a process that a second signal ends. Source: POSIX shells, 128 + number of the signal. */
const signalCodes = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * The first signal asks to stop: what is in flight is finished and recorded. The second one ends the process at once, but not where a
 * terminal is closed: then both the shell and the system send one. `run` reads its configuration again at SIGHUP.
 */
function stopOnSignals(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(signalCodes[signal]);
      stop.abort(new StopRequest(signal));
    });
  }
  if (command !== 'run') process.on('SIGHUP', () => stop.abort(new StopRequest('SIGHUP')));
  return stop.signal;
}

/**
 * At SIGUSR1 Node.js opens its inspector, through which every secret of a process can be read, unless somebody listens to that signal.
 * One that came before the first listener is told to it.
 */
function keepInspectorClosed(): ProcessContext['onInspectorSignal'] {
  const listeners = new Set<() => void>();
  let missed = false;
  process.on('SIGUSR1', () => {
    missed ||= listeners.size === 0;
    for (const listener of listeners) listener();
  });
  return (listener) => {
    if (missed) listener();
    missed = false;
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };
}

function sayUnfinished(): void {
  process.stderr.write(
    'Error: the run stopped before it finished, which is a bug. Run it again: it repairs what it started.\n',
  );
}

const args = process.argv.slice(2);
const [command] = args;
const onInspectorSignal = command === 'run' ? keepInspectorClosed() : () => () => undefined;
const output = new OutputWatch(process.stdout, process.stderr);
const context: ProcessContext = {
  cwd: process.cwd(),
  environment: process.env,
  get stdin() {
    return process.stdin; // made when it is first asked for, and few commands ask
  },
  stdout: process.stdout,
  stderr: process.stderr,
  clock: systemClock,
  random: Math.random,
  stop: stopOnSignals(),
  stdoutLost: output.stdoutLost,
  onReload: (listener) => {
    process.on('SIGHUP', listener);
    return () => process.off('SIGHUP', listener);
  },
  onInspectorSignal,
};
// Not awaited: the bundle is CommonJS, which has no top-level await. As there, what is rejected ends the process with 1, and a
// process that runs out of things to wait for before the end does not pass for a success.
process.exitCode = 1;
process.once('beforeExit', sayUnfinished);
void runCli(args, context).then((code) => {
  process.off('beforeExit', sayUnfinished);
  // That the last line could not be written is told after it: at the end of everything.
  process.once('exit', () => {
    process.exitCode = output.exitCode(code, args, (text) => process.stderr.write(text));
  });
  process.exitCode = code;
});
