import type { CliContext } from '../../../app/context.ts';
import { ReconcilerError } from '../../../core/errors.ts';
import { exitCodes } from '../../../core/exit-codes.ts';
import { listenReason } from '../../../core/mistakes/listen-reason.ts';
import { whenAborted } from '../../../core/signals.ts';
import { type EmulatorOptions, startEmulator } from '../../../emulator/emulator.ts';
import { FlagError, parseFault, parseRateLimit, parseSwitch } from '../../../emulator/flags.ts';
import { readNumbersFile } from './numbers-file.ts';

/** Options of `emulator`. */
export interface EmulatorFlags {
  readonly host: string;
  readonly port: number;
  readonly apiKey?: string;
  readonly apiSecret?: string;
  readonly dialect: 'both' | 'live' | 'documented';
  readonly data?: string;
  readonly seed?: number;
  readonly numbers?: string;
  readonly rateLimit?: string;
  readonly retryAfter?: 'none' | 'seconds' | 'date';
  readonly latency?: number;
  readonly fault?: readonly string[];
  readonly switch?: readonly string[];
  readonly strictKeys?: boolean;
  readonly adminOpen?: boolean;
}

/** Serves the APIs until the process is stopped. */
export async function emulatorCommand(flags: EmulatorFlags, context: CliContext): Promise<number> {
  const numbers = flags.numbers === undefined ? undefined : await readNumbersFile(flags.numbers, context.cwd);
  const options = { ...optionsOf(flags), ...(numbers === undefined ? {} : { numbers }) };
  const emulator = await startEmulator(options).catch((error: unknown) => {
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
  const reason = listenReason(error);
  const told =
    reason === undefined ? error.message : `${reason}. Choose another --host or --port (0 selects a free one)`;
  const message = `the emulator cannot start on ${host}:${port}: ${told}`;
  return new ReconcilerError('E_USAGE', { message }, { cause: error });
}

function startText(url: string, key: string, defaultSecret: string | undefined): string {
  const secret = defaultSecret ?? "'(the one you set)'";
  const lines = [
    `The emulated Application API is listening on ${url}. In a second terminal, run:`,
    `  export VONAGE_API_URL=${url} VONAGE_API_KEY=${key} VONAGE_API_SECRET=${secret}`,
    'Stop with Ctrl-C.',
  ];
  return `${lines.join('\n')}\n`;
}
