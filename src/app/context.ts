import type { Scrub } from '../core/redact/scrubber.ts';
import type { Clock } from '../reconcile/ports.ts';

/** Where text goes. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number | undefined;
  /** What is written to in the end, where this one is in front of another. */
  readonly stream?: Output;
}

/** Takes out of every text that leaves the process the secrets that were read so far, rotated ones included, and what looks like one. */
export interface Redaction {
  /** From now on these values leave no more. */
  learn(secrets: readonly string[]): void;
  readonly scrub: Scrub;
}

/** The process as commands see it: the only way they reach the environment, the terminal and time. */
export interface CliContext {
  /** Absolute path of the working directory. */
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  /** Data. */
  readonly stdout: Output;
  /** Progress, logs, errors. */
  readonly stderr: Output;
  readonly clock: Clock;
  /** From 0 to 1, like Math.random. */
  readonly random: () => number;
  /** Aborts when the process is asked to stop, with a `StopRequest` as the reason: no new change starts. */
  readonly stop: AbortSignal;
  /** Aborts when stdout can no longer be written: there is no use in showing more. */
  readonly stdoutLost: AbortSignal;
  /** Called at each SIGHUP; answers with how to stop listening. */
  readonly onReload: (listener: () => void) => () => void;
  /** Called at each SIGUSR1 of `run`, which does not open the inspector of Node.js then; answers with how to stop listening. */
  readonly onInspectorSignal: (listener: () => void) => () => void;
  /** How errors that end a command are told. Default: text. */
  readonly errorFormat?: 'text' | 'json';
  /** What must not leave the process. Both outputs are behind it already. */
  readonly redaction: Redaction;
}

/** The process itself: its outputs take every text as it is. */
export type ProcessContext = Omit<CliContext, 'redaction' | 'errorFormat'>;

/** What --color takes. */
export const colorChoices = ['auto', 'always', 'never'] as const;

/** Levels of --log-level, from most to least output. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;

/** Documents that have a published JSON Schema. */
export const documentNames = ['application', 'patch', 'config', 'plan', 'report'] as const;

/** When to color. */
export type ColorChoice = (typeof colorChoices)[number];

/** How much is logged. */
export type LogLevel = (typeof logLevels)[number];

/** A kind of document. */
export type DocumentName = (typeof documentNames)[number];
