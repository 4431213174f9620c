import { messageOf } from '../core/errors.ts';
import { type Scrub, scrubber } from '../core/redact/scrubber.ts';
import type { CliContext, Output, ProcessContext, Redaction } from './context.ts';

/** Redaction by what was learned until then; the scrubber is made anew only when a secret is. */
export class KnownSecrets implements Redaction {
  readonly #known = new Set<string>();
  #scrub: Scrub | undefined;

  learn(secrets: readonly string[]): void {
    const before = this.#known.size;
    for (const secret of secrets) this.#known.add(secret);
    if (this.#known.size > before) this.#scrub = undefined;
  }

  readonly scrub: Scrub = (text) => {
    this.#scrub ??= scrubber([...this.#known]);
    return this.#scrub(text);
  };
}

/** The process as commands see it: what they write is redacted, by what is learned until then. */
export function redactedContext(context: ProcessContext, errorFormat: 'text' | 'json' = 'text'): CliContext {
  const { cwd, environment, clock, random, stop, stdoutLost, onReload, onInspectorSignal } = context;
  const redaction = new KnownSecrets();
  return {
    ...{ cwd, environment, clock, random, stop, stdoutLost, onReload, onInspectorSignal, redaction, errorFormat },
    get stdin() {
      return context.stdin; // made when it is first asked for
    },
    stdout: new RedactedOutput(context.stdout, redaction),
    stderr: new RedactedOutput(context.stderr, redaction),
  };
}

/** What nobody expected, as it may be told by whoever ends the process: HTTP libraries hang whole requests on their errors. */
export function redactedError(error: unknown, { scrub }: Redaction): Error {
  const told = new Error(scrub(messageOf(error)));
  if (error instanceof Error) {
    told.name = error.name;
    told.stack = scrub(String(error.stack));
  }
  return told;
}

class RedactedOutput implements Output {
  readonly stream: Output;
  readonly #redaction: Redaction;

  constructor(stream: Output, redaction: Redaction) {
    this.stream = stream;
    this.#redaction = redaction;
  }

  get isTTY(): boolean {
    return this.stream.isTTY === true;
  }

  get columns(): number | undefined {
    return this.stream.columns;
  }

  write(text: string): unknown {
    return this.stream.write(this.#redaction.scrub(text));
  }
}
