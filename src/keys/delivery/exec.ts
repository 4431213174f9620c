import type { ApplicationId } from '../../core/application/application.ts';
import { ReconcilerError } from '../../core/errors.ts';
import type { Scrub } from '../../core/redact/scrubber.ts';
import type { DeliveryContext, KeyFacts, KeyTarget, Log, WriteGuard } from '../../reconcile/ports.ts';

/** A program that private keys are handed to. */
export interface ExecTargetOptions {
  readonly account: string;
  /** Absolute path of the program, and its arguments. */
  readonly command: readonly [string, ...string[]];
  /** All of its environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Longest that it may take, in milliseconds. */
  readonly timeoutMs: number;
  /** Takes secrets out of what it writes. */
  readonly scrub: Scrub;
  readonly log: Pick<Log, 'debug' | 'warn'>;
  /** Whether this process may write; asked right before it is started. */
  readonly guard?: Pick<WriteGuard, 'assertHeld'>;
}

/**
 * A program that delivers keys to wherever they are used. It is told on its standard input what it is about and in which file the private
 * key is: never in its arguments or environment, which others can read. Exit code 0 means that it is delivered.
 */
export class ExecTarget implements KeyTarget {
  readonly name: string;
  readonly #options: ExecTargetOptions;

  constructor(options: ExecTargetOptions) {
    this.name = `exec ${options.command[0]}`;
    this.#options = options;
  }

  /** Where it puts them is its own affair. */
  fileFor(): undefined {
    return undefined;
  }

  /** @throws {ReconcilerError} E_KEY_DELIVERY, E_LOCK_LOST */
  prepared(key: KeyFacts & { readonly privateKeyFile: string }, context: DeliveryContext): Promise<void> {
    return this.#run(key, 'prepared', context, { privateKeyFile: key.privateKeyFile });
  }

  /** @throws {ReconcilerError} E_KEY_DELIVERY, E_LOCK_LOST */
  active(key: KeyFacts & { readonly id: ApplicationId }, context: DeliveryContext): Promise<void> {
    return this.#run(key, 'active', context, {});
  }

  async #run(
    { name, id, labels, fingerprint }: KeyFacts,
    phase: 'prepared' | 'active',
    { signal }: DeliveryContext,
    file: { readonly privateKeyFile?: string },
  ): Promise<void> {
    const { account, command, environment, timeoutMs, scrub, log, guard } = this.#options;
    const input = { account, name, ...(id === undefined ? {} : { id }), labels, fingerprint, ...file, phase };
    const { runProgram } = await import('./run-program.ts'); // most runs deliver nothing
    await guard?.assertHeld();
    const { failure, output } = await runProgram(command, {
      input: JSON.stringify(input),
      environment,
      timeoutMs,
      signal,
    });
    const told = { target: this.name, application: name, phase, output: scrub(output) };
    if (failure === undefined) return log.debug(told, 'delivery program has ended');
    log.warn({ ...told, failure }, 'delivery program failed');
    const reason = reasonOf(failure, told.output);
    throw new ReconcilerError('E_KEY_DELIVERY', { application: name, target: this.name, reason });
  }
}

/** Longest line of a program that is shown, in characters. */
const longestLine = 200;

/** The last line it wrote is the likeliest to say why. */
function reasonOf(failure: string, output: string): string {
  const line = output.trimEnd().split('\n').at(-1)?.trim().slice(0, longestLine) ?? '';
  return line === '' ? failure : `${failure}: ${line}`;
}
