import { type Logger, pino } from 'pino';
import { messageOf, ReconcilerError } from '../core/errors.ts';
import type { Scrub } from '../core/redact/scrubber.ts';
import { prettyLine } from '../core/render/pretty-line.ts';
import { escapeHidden } from '../core/render/visible.ts';
import type { LogLevel, Output } from './context.ts';

/** How logs are written. */
export interface LogOptions {
  readonly level: LogLevel;
  readonly output: Output;
  /** Takes secrets out of each line. */
  readonly scrub: Scrub;
  /** Lines for people instead of JSON. */
  readonly pretty: boolean;
  readonly color: boolean;
}

/** The structured log: JSON lines, or lines for people on a terminal. Secrets are replaced in every line, wherever they stand. */
export function openLog({ level, output, scrub, pretty, color }: LogOptions): Logger {
  const options = {
    level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: describeError },
    hooks: { streamWrite: scrub },
  };
  const shown = pretty ? (line: string) => prettyLine(line, color) : (line: string) => line;
  return pino(options, { write: (line: string) => void output.write(escapeHidden(shown(line))) });
}

/** Of an error only what is ours to tell: HTTP libraries hang whole requests, credentials included, on theirs. */
function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { message: messageOf(error) };
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  if (!(error instanceof ReconcilerError))
    return { type: error.name, ...code, message: error.message, stack: error.stack };
  const told = error.cause instanceof ReconcilerError || error.code === 'E_UNEXPECTED'; // that one is nothing but its cause
  const cause = told ? { cause: describeError(error.cause) } : {};
  return { type: error.name, ...code, message: error.message, ...cause };
}
