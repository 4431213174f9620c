import type { Clock, Log } from '../../src/reconcile/ports.ts';

/** A clock that stands still until somebody sleeps or the test moves it. */
export class FakeClock implements Clock {
  #now = 1_790_000_000_000;
  #elapsed = 0;
  readonly slept: number[] = [];

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.slept.push(ms);
    this.advance(ms);
  }

  advance(ms: number): void {
    this.#now += ms;
    this.#elapsed += ms;
  }

  /** The clock is set; no time passes. */
  set(byMs: number): void {
    this.#now += byMs;
  }

  /** How much time has really passed, whatever the clock shows. */
  elapsed(): number {
    return this.#elapsed;
  }
}

/** One line of a log. */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A log that keeps every line. */
export class FakeLog implements Log {
  readonly lines: LogLine[] = [];

  debug(fields: object, message: string): void {
    this.lines.push({ level: 'debug', message, fields: { ...fields } });
  }

  info(fields: object, message: string): void {
    this.lines.push({ level: 'info', message, fields: { ...fields } });
  }

  warn(fields: object, message: string): void {
    this.lines.push({ level: 'warn', message, fields: { ...fields } });
  }

  error(fields: object, message: string): void {
    this.lines.push({ level: 'error', message, fields: { ...fields } });
  }
}
