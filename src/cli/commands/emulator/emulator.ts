import type { CliContext } from '../../../app/context.ts';
import { ReconcilerError } from '../../../core/errors.ts';
import { exitCodes } from '../../../core/exit-codes.ts';
import { whenAborted } from '../../../core/signals.ts';
import { type EmulatorOptions, startEmulator } from '../../../emulator/emulator.ts';
import { FlagError, parseFault, parseRateLimit, parseSwitch } from '../../../emulator/flags.ts';

/** Options of `emulator`. */
export interface EmulatorFlags {
  readonly host: string;
  readonly port: number;
  readonly apiKey?: string;
  readonly apiSecret?: string;
  readonly dialect: 'both' | 'live' | 'documented';
  readonly data?: string;
  readonly seed?: number;
  readonly rateLimit?: string;
  readonly retryAfter?: 'none' | 'seconds' | 'date';
  readonly latency?: number;
  readonly fault?: readonly string[];
  readonly switch?: readonly string[];
  readonly strictKeys?: boolean;
  readonly adminOpen?: boolean;
}

/** Serves the Application API until the process is stopped. */
export async function emulatorCommand(flags: EmulatorFlags, context: CliContext): Promise<number> {
  const emulator = await startEmulator(optionsOf(flags)).catch((error: unknown) => {
    throw startError(error, flags);
  });
  if (flags.seed !== undefined) emulator.admin.seed(flags.seed);
  context.stdout.write(`${emulator.url}\n`);
  context.stderr.write(
    startText(emulator.url, emulator.apiKey, flags.apiSecret === undefined ? emulator.apiSecret : undefined),
  );
  await whenAborted(context.stop);
  await emulator.close();
  return exitCodes.done;
}

function optionsOf(flags: EmulatorFlags): EmulatorOptions {
  try {
    return {
      host: flags.host,
      port: flags.port,
      dialect: flags.dialect,
      ...(flags.apiKey === undefined ? {} : { apiKey: flags.apiKey }),
      ...(flags.apiSecret === undefined ? {} : { apiSecret: flags.apiSecret }),
      ...(flags.data === undefined ? {} : { dataFile: flags.data }),
      ...behaviorOf(flags),
    };
  } catch (error) {
    if (error instanceof FlagError) throw new ReconcilerError('E_USAGE', { message: error.message }, { cause: error });
    throw error;
  }
}

/** @throws {FlagError} */
function behaviorOf(flags: EmulatorFlags): EmulatorOptions {
  const switches = Object.assign({}, ...(flags.switch ?? []).map(parseSwitch));
  return {
    ...(flags.rateLimit === undefined ? {} : { rateLimit: parseRateLimit(flags.rateLimit) }),
    ...(flags.retryAfter === undefined ? {} : { retryAfter: flags.retryAfter }),
    ...(flags.latency === undefined ? {} : { latencyMs: flags.latency }),
    ...(flags.adminOpen === true ? { adminOpen: true } : {}),
    faults: (flags.fault ?? []).map(parseFault),
    switches: { ...switches, ...(flags.strictKeys === true ? { strictKeys: true } : {}) },
  };
}

function startError(error: unknown, { host, port }: EmulatorFlags): unknown {
  if (!(error instanceof Error)) return error;
  const code = 'code' in error ? remedies.get(String(error.code)) : undefined;
  const message = `the emulator cannot start on ${host}:${port}: ${code ?? error.message}`;
  return new ReconcilerError('E_USAGE', { message }, { cause: error });
}

/** What to do about the errors of the system that a wrong option leads to. */
const remedies: ReadonlyMap<string, string> = new Map([
  ['EADDRINUSE', 'another process listens there. Choose another --port, or 0 for a free one'],
  ['EACCES', 'this user may not listen there. Choose a --port from 1024 on'],
  ['EADDRNOTAVAIL', 'this machine does not have that address. Choose another --host, such as 127.0.0.1'],
  ['ENOTFOUND', 'there is no such host. Choose another --host, such as 127.0.0.1'],
  ['EAI_AGAIN', 'the host name cannot be looked up. Choose another --host, such as 127.0.0.1'],
]);

function startText(url: string, key: string, defaultSecret: string | undefined): string {
  const secret = defaultSecret ?? "'(the one you set)'";
  const lines = [
    `The emulated Application API is listening on ${url}. In a second terminal, run:`,
    `  export VONAGE_API_URL=${url} VONAGE_API_KEY=${key} VONAGE_API_SECRET=${secret}`,
    'Stop with Ctrl-C.',
  ];
  return `${lines.join('\n')}\n`;
}
