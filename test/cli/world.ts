import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import type { CliContext, Output } from '../../src/app/context.ts';
import { KnownSecrets } from '../../src/app/redaction.ts';
import { systemClock } from '../../src/app/system-clock.ts';
import { runCli } from '../../src/cli/program.ts';
import { type Emulator, type EmulatorOptions, startEmulator } from '../../src/emulator/emulator.ts';
import type { Clock } from '../../src/reconcile/ports.ts';

/** What the process looks like to a command under test. */
export interface TestWorldOptions {
  readonly cwd: string;
  readonly environment?: CliContext['environment'];
  /** Somebody sits at a terminal and gives these answers, one to each question; later questions get an empty line. */
  readonly terminal?: readonly string[];
  readonly stop?: AbortSignal;
  readonly clock?: Clock;
}

/** A world, and what was written to it so far. */
export interface TestWorld {
  readonly context: CliContext;
  stdout(): string;
  stderr(): string;
  /** As SIGHUP does. */
  reload(): void;
  /** As SIGUSR1 does. */
  wantInspector(): void;
}

/** A process in memory: nothing is at a terminal unless `terminal` is given. */
export function testWorld({ cwd, environment = {}, terminal, stop, clock }: TestWorldOptions): TestWorld {
  const stdin = Object.assign(new PassThrough(), { isTTY: terminal !== undefined });
  const answers = [...(terminal ?? [])];
  const answer = (text: string) => {
    const isQuestion = terminal !== undefined && /[:?] $/.test(text);
    if (isQuestion) setImmediate(() => stdin.write(`${answers.shift() ?? ''}\n`));
  };
  const out = recorder(terminal !== undefined, () => undefined);
  const err = recorder(terminal !== undefined, answer);
  const reloads = new Set<() => void>();
  const wishes = new Set<() => void>();
  const context: CliContext = {
    cwd,
    environment,
    stdin,
    stdout: out.output,
    stderr: err.output,
    clock: clock ?? systemClock,
    random: () => 0.5,
    redaction: new KnownSecrets(),
    stop: stop ?? new AbortController().signal,
    stdoutLost: new AbortController().signal,
    onReload: (listener) => {
      reloads.add(listener);
      return () => void reloads.delete(listener);
    },
    onInspectorSignal: (listener) => {
      wishes.add(listener);
      return () => void wishes.delete(listener);
    },
  };
  const wantInspector = () => {
    for (const listener of [...wishes]) listener();
  };
  const reload = () => {
    for (const listener of [...reloads]) listener();
  };
  return { context, stdout: out.text, stderr: err.text, reload, wantInspector };
}

function recorder(isTTY: boolean, onText: (text: string) => void): { readonly output: Output; text(): string } {
  let all = '';
  const stream = new Writable({
    decodeStrings: false,
    write: (chunk: string | Buffer, _encoding, done) => {
      all += chunk.toString();
      onText(chunk.toString());
      done();
    },
  });
  return { output: Object.assign(stream, { isTTY, columns: 100 }), text: () => all };
}

/** The machine's clock, which a test can put forward. */
export interface ShiftedClock extends Clock {
  advance(ms: number): void;
}

/** The machine's clock, put forward by `advance`; waiting takes as long as it takes. */
export function shiftedClock(): ShiftedClock {
  let shiftMs = 0;
  return {
    now: () => systemClock.now() + shiftMs,
    monotonic: systemClock.monotonic,
    sleep: systemClock.sleep,
    advance: (ms) => {
      shiftMs += ms;
    },
  };
}

/** A clock on which waiting takes no time: it puts itself forward instead. */
export function hurriedClock(): ShiftedClock {
  const clock = shiftedClock();
  let sleptMs = 0;
  return {
    ...clock,
    monotonic: () => systemClock.monotonic() + sleptMs,
    sleep: async (ms, signal) => {
      await systemClock.sleep(0, signal);
      sleptMs += ms;
      clock.advance(ms);
    },
  };
}

/** How a command ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a run may have otherwise than the bench. */
type RunOptions = Partial<Pick<TestWorldOptions, 'cwd' | 'environment' | 'terminal' | 'stop' | 'clock'>>;

/** An emulated account, a folder to stand in, and the command line. */
export interface Bench {
  readonly emulator: Emulator;
  /** A temporary folder; manifests go below `apps`, state below `state`. */
  readonly cwd: string;
  /** `<cwd>/state`, which every command is given as --state. */
  readonly state: string;
  /** Address and credentials of the emulated account. */
  readonly environment: Readonly<Record<string, string>>;
  /** Runs one command line in memory, with `--state` added unless it is there. */
  run(args: readonly string[], options?: RunOptions): Promise<Ended>;
  /** Writes a file below the folder, with the folders above it. */
  write(path: string, text: string): Promise<string>;
}

/** Does the work against an emulator and in a temporary folder, both gone afterwards. */
export async function withEmulator(
  work: (bench: Bench) => Promise<void>,
  options: EmulatorOptions = {},
): Promise<void> {
  const emulator = await startEmulator(options);
  const cwd = await mkdtemp(join(tmpdir(), 'vonage-gitops-cli-'));
  try {
    await work(benchOf(emulator, cwd));
  } finally {
    await emulator.close();
    await rm(cwd, { recursive: true, force: true });
  }
}

function benchOf(emulator: Emulator, cwd: string): Bench {
  const state = join(cwd, 'state');
  const environment = {
    VONAGE_API_URL: emulator.url,
    VONAGE_API_KEY: emulator.apiKey,
    VONAGE_API_SECRET: emulator.apiSecret,
  };
  const run = async (args: readonly string[], options: RunOptions = {}): Promise<Ended> => {
    const { context, stdout, stderr } = testWorld({
      cwd,
      ...options,
      environment: { ...environment, ...options.environment },
    });
    const code = await runCli(args.includes('--state') ? args : [...args, '--state', state], context);
    return { code, stdout: stdout(), stderr: stderr() };
  };
  const write = async (path: string, text: string): Promise<string> => {
    const file = join(cwd, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    return file;
  };
  return { emulator, cwd, state, environment, run, write };
}

/** A manifest with this name and, in YAML indented by two, this spec. */
export function manifestYaml(name: string, spec = '{}', metadata = ''): string {
  return `apiVersion: vonage-gitops/v1\nkind: Application\nmetadata:\n  name: ${name}\n${metadata}spec: ${spec}\n`;
}
