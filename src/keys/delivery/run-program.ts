import { StringDecoder } from 'node:string_decoder';
import { type ProcessEnd, runProcess } from '../../git/process.ts';

/** What a program is given. */
export interface ProgramRun {
  /** For its standard input. */
  readonly input: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** How it ended. */
export interface ProgramEnd {
  /** Undefined when all went well. */
  readonly failure: string | undefined;
  /** What it wrote, standard output before errors. */
  readonly output: string;
}

/** Most that is kept of either output, in bytes; the rest is read and dropped. */
const largestOutput = 64 * 1024;

/** Runs a program to its end, without a shell; it ends with all that it started when its time is over or the signal aborts. */
export async function runProgram(
  [program, ...parameters]: readonly [string, ...string[]],
  { input, environment, timeoutMs, signal }: ProgramRun,
): Promise<ProgramEnd> {
  const kept: Buffer[] = [];
  let room = largestOutput;
  const onOutput = (bytes: Buffer) => {
    const part = bytes.subarray(0, room);
    room -= part.length;
    if (part.length > 0) kept.push(Buffer.from(part)); // a part of a chunk would keep all of it
  };
  const end = await runProcess(program, parameters, environment, {
    input: [`${input}\n`],
    onOutput,
    timeoutMs,
    signal,
  });
  const written = new StringDecoder('utf8').write(Buffer.concat(kept)); // without half a character
  const said = end.ended === 'not-started' ? '' : end.said;
  return { failure: failureOf(end, timeoutMs), output: [written, said].filter((text) => text !== '').join('\n') };
}

function failureOf(end: ProcessEnd, timeoutMs: number): string | undefined {
  switch (end.ended) {
    case 'not-started':
      return `the program could not be started (${end.errno})`;
    case 'exit':
      return end.code === 0 ? undefined : `the program ended with exit code ${end.code}`;
    case 'killed':
      if (end.why === 'timeout') return `the program was ended after ${timeoutMs / 1000} s`;
      return end.why === 'stopped' ? 'the program was stopped with this run' : 'the program was killed';
  }
}
