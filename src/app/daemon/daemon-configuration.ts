import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { secretsOfDaemon } from '../../config/config.ts';
import { ReconcilerError } from '../../core/errors.ts';
import { checkSchedule } from '../../schedule/schedule.ts';
import { openSession, type Session, type SessionInput } from '../session.ts';

/** How often configuration and secret files are compared with what they were, in milliseconds. */
const lookMs = 2_000;

/** The configuration of a daemon, read again when somebody asks and when its files, or those of its secrets, change. */
export class DaemonConfiguration {
  readonly #input: SessionInput;
  #session: Session;
  #seen: string;
  #valid = true;

  private constructor(input: SessionInput, session: Session) {
    this.#input = input;
    this.#session = session;
    this.#seen = contentsOf(session);
  }

  /** @throws {ReconcilerError} E_CONFIG_INVALID, E_USAGE, E_CREDENTIALS_MISSING for a token of the daemon */
  static async open(input: SessionInput): Promise<DaemonConfiguration> {
    return new DaemonConfiguration(input, await openChecked(input));
  }

  /** The newest valid one. */
  get session(): Session {
    return this.#session;
  }

  /** Whether the newest one is valid. */
  get valid(): boolean {
    return this.#valid;
  }

  /** Reads it again. An invalid one is reported and the old one stays: then undefined. */
  async reload(reason: string): Promise<Session | undefined> {
    const { log } = this.#session;
    try {
      this.#session = keepState(await openChecked(this.#input), this.#session);
      this.#valid = true;
      this.#seen = contentsOf(this.#session);
      this.#session.log.info({ reason }, 'configuration read');
      return this.#session;
    } catch (error) {
      if (!(error instanceof ReconcilerError)) throw error;
      this.#valid = false;
      this.#seen = contentsOf(this.#session);
      log.error({ reason, code: error.code, err: error }, 'new configuration is invalid, keeping the previous one');
      return undefined;
    }
  }

  /** Calls at each change of the files, until the signal aborts. */
  async watch(signal: AbortSignal, onChange: () => Promise<void>): Promise<void> {
    const { clock } = this.#input.context;
    while (!signal.aborted) {
      await clock.sleep(lookMs, signal).catch(() => undefined); // aborted: the loop ends
      if (!signal.aborted && contentsOf(this.#session) !== this.#seen) await onChange();
    }
  }
}

async function openChecked(input: SessionInput): Promise<Session> {
  const session = await openSession(input);
  const { accounts, config } = session;
  for (const account of accounts) checkSchedule(account, config.file);
  for (const secret of secretsOfDaemon(config)) secret.read();
  return session;
}

/** Locks are held where the state is: another directory takes a restart. */
function keepState(session: Session, { state }: Session): Session {
  if (session.state.directory === state.directory) return session;
  const fields = { state: state.directory, configured: session.state.directory };
  session.log.warn(fields, 'changing the state directory requires a restart');
  return { ...session, state };
}

function contentsOf({ config }: Session): string {
  const hash = createHash('sha256');
  for (const file of [config.file ?? [], ...config.secretFiles].flat()) hash.update(`${file}\0${contentOf(file)}\0`);
  return hash.digest('hex');
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    return `unreadable: ${String(error)}`;
  }
}
