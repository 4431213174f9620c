import { resolve } from 'node:path';
import { ReconcilerError } from '../core/errors.ts';
import { fileReason } from '../core/mistakes/file-reason.ts';
import type { SecretFile } from './secret-schema.ts';

/** The environment as plain values. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What reading a secret needs. */
export interface SecretReader {
  readonly environment: Environment;
  /** Directory that paths of the configuration are relative to. */
  readonly base: string;
  /** Directory that paths of the environment are relative to. */
  readonly cwd: string;
  readonly readFile: (path: string) => string;
}

/** A secret that is read when it is asked for, each time afresh: so that a rotated one is seen. */
export interface Secret {
  /** @throws {ReconcilerError} E_CREDENTIALS_MISSING with the remedy */
  read(): string;
  /** Whether two secrets come from the same place. */
  readonly source: string;
  /** Absolute path of the file it is in, to be watched; undefined when it is in the environment. */
  readonly file: string | undefined;
  /** Names of the environment variables that may hold it or name its file. */
  readonly variables: readonly string[];
}

/** Makes a secret readable. `owner` and `what` are for the message when it is missing. */
export function secretOf(from: SecretFile, owner: string, what: string, reader: SecretReader): Secret {
  return 'env' in from
    ? environmentSecret(from.env, owner, what, reader)
    : fileSecret(resolve(reader.base, from.file), owner, what, reader, []);
}

function environmentSecret(name: string, owner: string, what: string, reader: SecretReader): Secret {
  const variables = [name, `${name}_FILE`];
  const value = reader.environment[name];
  const path = reader.environment[`${name}_FILE`];
  if ((value === undefined || value === '') && path !== undefined && path !== '') {
    return fileSecret(resolve(reader.cwd, path), owner, what, reader, variables);
  }
  return {
    source: `environment ${name}`,
    file: undefined,
    variables,
    read: () => {
      const text = withoutNewline(value ?? '');
      if (text === '') throw missing(owner, what, `${name}, or ${name}_FILE to the path of a file that holds it`);
      return text;
    },
  };
}

function fileSecret(
  path: string,
  owner: string,
  what: string,
  reader: SecretReader,
  variables: readonly string[],
): Secret {
  return {
    source: `file ${path}`,
    file: path,
    variables,
    read: () => {
      const text = withoutNewline(readOrExplain(path, owner, what, reader));
      if (text === '') throw missing(owner, what, `it in the file ${path}, which is empty`);
      return text;
    },
  };
}

function readOrExplain(path: string, owner: string, what: string, reader: SecretReader): string {
  try {
    return reader.readFile(path);
  } catch (error) {
    throw missing(owner, what, `it in the file ${path}, which cannot be read: ${fileReason(error)}`);
  }
}

function missing(account: string, what: string, remedy: string): ReconcilerError {
  return new ReconcilerError('E_CREDENTIALS_MISSING', { account, what, remedy });
}

function withoutNewline(text: string): string {
  return text.replace(/(\r?\n)+$/, '');
}

/** By value where both can be read, for two variables may hold one; else by where they come from. */
export function isSameSecret(one: Secret, other: Secret): boolean {
  if (one.source === other.source) return true;
  const value = readIfPresent(one);
  return value !== undefined && value === readIfPresent(other);
}

/** The secret, or undefined when it is missing: for looking at all there are without needing any. */
export function readIfPresent(secret: Secret): string | undefined {
  try {
    return secret.read();
  } catch (error) {
    if (error instanceof ReconcilerError) return undefined;
    throw error;
  }
}
