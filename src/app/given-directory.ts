import { readFileSync, type Stats, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { AccountConfig } from '../config/account.ts';
import { ReconcilerError } from '../core/errors.ts';
import { defaultManifestOptions } from '../core/manifest/options.ts';
import { parseManifests } from '../core/manifest/parse.ts';
import { quoted } from '../core/render/visible.ts';
import type { CliContext } from './context.ts';

/** Commands that take a directory of manifests. */
type Command = 'plan' | 'apply' | 'validate' | 'fmt' | 'run';

/**
 * Refuses what a person gave as a directory of manifests and is none. Of accounts whose manifests come from a repository it is no question
 * of directories here: see directorySelection.
 * @throws {ReconcilerError} E_SOURCE_UNREADABLE
 */
export function checkGivenDirectory(
  given: string | undefined,
  command: Command,
  { cwd }: CliContext,
  accounts: readonly AccountConfig[] = [],
): void {
  if (given === undefined || accounts.some(({ source }) => source !== undefined)) return;
  const path = resolve(cwd, given);
  const stats = statsOf(path);
  if (stats === undefined) throw unreadable(given, 'no such file or directory');
  if (stats.isFile())
    throw unreadable(given, `it is a file, and ${expected[command]}${adviceOn(given, path, command)}`);
}

const expected: Readonly<Record<Command, string>> = {
  plan: 'plan takes a directory of manifests',
  apply: 'apply takes a directory of manifests, or a plan saved with plan --out',
  validate: 'validate takes a directory of manifests',
  fmt: 'fmt takes a directory of manifests',
  run: 'run takes a directory of manifests',
};

function unreadable(path: string, reason: string): ReconcilerError {
  return new ReconcilerError('E_SOURCE_UNREADABLE', { path, reason });
}

/** Undefined when there is nothing; what cannot be looked at for other reasons is told by who reads it. */
function statsOf(path: string): Pick<Stats, 'isFile'> | undefined {
  try {
    return statSync(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    return code === 'ENOENT' || code === 'ENOTDIR' ? undefined : { isFile: () => false };
  }
}

/** The command for the directory, and where options select, for the one application in the file. */
function adviceOn(given: string, path: string, command: Command): string {
  const selects = command === 'plan' || command === 'apply';
  const name = selects ? nameIn(given, path) : undefined;
  const only = name === undefined ? '' : ` --only ${quoted(name)}`;
  return `. Use ${command} ${dirname(given)}${only}`;
}

function nameIn(given: string, path: string): string | undefined {
  try {
    const { manifests } = parseManifests([{ path: given, text: readFileSync(path, 'utf8') }], defaultManifestOptions);
    return manifests.length === 1 ? manifests[0]?.name : undefined;
  } catch {
    return undefined; // the advice goes without a name
  }
}

/** Whether a file is meant as a manifest and not as a saved plan. */
export function isManifestFile(name: string, text: string): boolean {
  return /\.ya?ml$/i.test(name) || /^\s*\{\s*"(\$schema|apiVersion)"/.test(text);
}
