import { resolve } from 'node:path';
import type { SecretReader } from '../secret.ts';
import type { DeliveryFile } from './deliver-schema.ts';

/** Where private keys are delivered to. */
export type DeliveryConfig =
  | {
      readonly kind: 'directory';
      /** Absolute path. */
      readonly path: string;
      /** Name of a file in it, with placeholders. */
      readonly file: string;
      /** Permission bits. */
      readonly mode: number;
    }
  | {
      readonly kind: 'exec';
      /** Absolute path of the program, and its arguments. */
      readonly command: readonly [string, ...string[]];
      readonly environmentNames: readonly string[];
      /** All of its environment. */
      readonly environment: Readonly<Record<string, string>>;
      readonly timeoutMs: number;
    };

/** What a program needs of any environment. */
const always = ['PATH', 'HOME', 'LANG'];

/** The target that a checked entry of the file describes. */
export function deliveryConfig(entry: DeliveryFile, { base, environment }: SecretReader): DeliveryConfig {
  if (entry.directory !== undefined) {
    const { path, file, mode } = entry.directory;
    return { kind: 'directory', path: resolve(base, path), file, mode: Number.parseInt(mode, 8) };
  }
  const { command, environment: environmentNames, timeoutSeconds } = entry.exec;
  const [program = '', ...parameters] = command;
  const values = [...always, ...environmentNames].flatMap((name) => {
    const value = environment[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    kind: 'exec',
    command: [program, ...parameters],
    environmentNames,
    environment: Object.fromEntries(values),
    timeoutMs: timeoutSeconds * 1000,
  };
}
