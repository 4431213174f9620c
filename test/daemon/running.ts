import { runCli } from '../../src/cli/program.ts';
import type { Clock } from '../../src/reconcile/ports.ts';
import { type Bench, type TestWorld, testWorld } from '../cli/world.ts';

/** A daemon in this process. */
export interface RunningDaemon {
  readonly context: TestWorld;
  /** Asks for the end, as SIGTERM does, and answers with the exit code. */
  stop(): Promise<number>;
  readonly ended: Promise<number>;
  /** The lines of its log. */
  logs(): readonly LogLine[];
  /** Address of its HTTP server. */
  url(): Promise<string>;
  /** Asks the HTTP API; the token is sent unless `token` says otherwise. */
  ask(path: string, options?: AskOptions): Promise<Answer>;
}

interface LogLine {
  readonly msg: string;
  readonly level: string;
  readonly [field: string]: unknown;
}

interface AskOptions {
  readonly method?: string;
  readonly token?: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly json: unknown;
}

/** The token that acts, in every daemon of these tests. */
const token = 'a-token-that-acts';
/** The one that only reads. */
const readToken = 'a-token-that-reads';

/** The machine's clock, so many times as fast. */
export function fastClock(speed: number): Clock {
  const began = Date.now();
  return {
    now: () => began + (Date.now() - began) * speed,
    monotonic: () => performance.now() * speed,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const stop = () => {
          clearTimeout(timer);
          reject(signal?.reason);
        };
        const timer = setTimeout(() => {
          signal?.removeEventListener('abort', stop);
          resolve();
        }, ms / speed);
        signal?.addEventListener('abort', stop, { once: true });
      }),
  };
}

/** A configuration file with one account, `main`, and a daemon on a free port. */
export function configYaml({
  account = '',
  daemon = '',
}: {
  readonly account?: string;
  readonly daemon?: string;
} = {}): string {
  return `apiVersion: vonage-gitops/v1
kind: Config
accounts:
  - name: main
    manifests: apps
    requestsPerSecond: 1000
${account}
daemon:
  listen: 127.0.0.1:0
  token: { env: DAEMON_TOKEN }
  readToken: { env: DAEMON_READ_TOKEN }
  watch: { quietMs: 50 }
${daemon}
`;
}

/** Starts a daemon; it must be stopped. */
export function startDaemon(
  bench: Bench,
  options: {
    readonly clock?: Clock;
    readonly args?: readonly string[];
    readonly environment?: Record<string, string>;
  } = {},
): RunningDaemon {
  const stopping = new AbortController();
  const context = testWorld({
    cwd: bench.cwd,
    environment: { ...bench.environment, DAEMON_TOKEN: token, DAEMON_READ_TOKEN: readToken, ...options.environment },
    stop: stopping.signal,
    ...(options.clock === undefined ? {} : { clock: options.clock }),
  });
  const args = ['run', '--state', bench.state, '--log-level', 'debug', ...(options.args ?? [])];
  const ended = runCli(args, context.context);
  const logs = () => parseLines(context.stderr());
  const url = async () => {
    const started = await until(() => logs().find(({ msg }) => msg === 'daemon started'));
    return String(started['listen']);
  };
  return {
    context,
    ended,
    logs,
    url,
    stop: () => {
      stopping.abort(new Error('the test is over'));
      return ended;
    },
    ask: async (path, { method = 'GET', token: given = token, body, headers = {} } = {}) => {
      const response = await fetch(`${await url()}${path}`, {
        method,
        headers: { authorization: `Bearer ${given}`, ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return {
        status: response.status,
        text,
        json: response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : undefined,
      };
    },
  };
}

function parseLines(text: string): readonly LogLine[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as LogLine);
}

/** Waits until the look finds something. Fails after thirty seconds. */
export async function until<Found>(
  look: () => Found | undefined | false | Promise<Found | undefined | false>,
): Promise<Found> {
  const giveUpAt = Date.now() + 30_000;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > giveUpAt) throw new Error(`waited in vain for: ${look}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Does the work with a daemon that is stopped afterwards, whatever happens. */
export async function withDaemon(
  bench: Bench,
  work: (daemon: RunningDaemon) => Promise<void>,
  options: Parameters<typeof startDaemon>[1] = {},
): Promise<void> {
  const daemon = startDaemon(bench, options);
  try {
    await work(daemon);
  } catch (error) {
    process.stderr.write(`${daemon.context.stderr()}\n`);
    throw error;
  } finally {
    await daemon.stop();
  }
}
