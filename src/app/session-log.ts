import type { Logger } from 'pino';
import type { Log } from '../reconcile/ports.ts';
import { logLevels } from './context.ts';
import type { LogOptions } from './log.ts';

type LineLevel = 'debug' | 'info' | 'warn' | 'error' | 'fatal';

interface Line {
  readonly level: LineLevel;
  readonly fields: object;
  readonly message: string;
}

/** The log of a run, with the fields that every line has. What writes it is loaded at the first line: most plans have none. */
export class SessionLog implements Log {
  readonly #writer: LogWriter;
  readonly #fields: object;

  private constructor(writer: LogWriter, fields: object) {
    this.#writer = writer;
    this.#fields = fields;
  }

  /** Opens nothing yet. */
  static of(options: LogOptions): SessionLog {
    return new SessionLog(new LogWriter(options), {});
  }

  /** Loads what writes lines now: a run that changes things must not lack it in the middle, where the package may have been replaced. */
  open(): Promise<void> {
    return this.#writer.open();
  }

  /** The same log with more fields in every line. */
  child(fields: object): SessionLog {
    return new SessionLog(this.#writer, { ...this.#fields, ...fields });
  }

  debug(fields: object, message: string): void {
    this.#write('debug', fields, message);
  }

  info(fields: object, message: string): void {
    this.#write('info', fields, message);
  }

  warn(fields: object, message: string): void {
    this.#write('warn', fields, message);
  }

  error(fields: object, message: string): void {
    this.#write('error', fields, message);
  }

  /** The process is about to end because of this. */
  fatal(fields: object, message: string): void {
    this.#write('fatal', fields, message);
  }

  #write(level: LineLevel, fields: object, message: string): void {
    this.#writer.write({ level, fields: { ...this.#fields, ...fields }, message });
  }
}

/** Writes lines in their order; those that come while the library is being loaded wait for it. */
class LogWriter {
  readonly #options: LogOptions;
  readonly #waiting: Line[] = [];
  #logger: Logger | undefined;
  #opening: Promise<void> | undefined;

  constructor(options: LogOptions) {
    this.#options = options;
  }

  open(): Promise<void> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  write(line: Line): void {
    if (!this.#isWanted(line.level)) return;
    if (this.#logger !== undefined) {
      writeTo(this.#logger, line);
      return;
    }
    this.#waiting.push(line);
    void this.open();
  }

  /** Not by the library itself, so that lines nobody asked for do not load it. */
  #isWanted(level: LineLevel): boolean {
    return logLevels.indexOf(level === 'fatal' ? 'error' : level) >= logLevels.indexOf(this.#options.level);
  }

  async #open(): Promise<void> {
    const { openLog } = await import('./log.ts');
    const logger = openLog(this.#options);
    this.#logger = logger;
    for (const line of this.#waiting.splice(0)) writeTo(logger, line);
  }
}

function writeTo(logger: Logger, { level, fields, message }: Line): void {
  logger[level](fields, message);
}
