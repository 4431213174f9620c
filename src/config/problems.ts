import { byPlace } from '../core/compare.ts';
import { ReconcilerError } from '../core/errors.ts';
import type { Path } from '../core/manifest/schema.ts';
import { plural } from '../core/plural.ts';
import { formatPlace, type Place } from '../core/problem.ts';
import type { ConfigFile } from './schema.ts';

/** Something wrong with the configuration. */
export interface ConfigProblem {
  readonly place: Place;
  /** Dotted path; empty for the file itself. */
  readonly path: string;
  readonly message: string;
  /** The lines around the place, without any value. */
  readonly frame?: string;
}

/** A configuration file, checked by itself, and where its parts stand. */
export interface CheckedFile {
  readonly value: ConfigFile;
  readonly problemAt: (path: Path, message: string) => ConfigProblem;
}

/** The error for these problems, in the order of their places. */
export function invalidConfig(file: string, problems: readonly ConfigProblem[]): ReconcilerError {
  const inOrder = problems.toSorted(byPlace);
  const lines = inOrder.map(
    ({ place, path, message }) => `${formatPlace(place)}: ${path === '' ? '' : `${path}: `}${message}`,
  );
  const shown = lines.flatMap((line, index) => [line, ...(inOrder[index]?.frame?.split('\n') ?? [])]);
  const count = plural(lines.length, 'problem');
  return new ReconcilerError('E_CONFIG_INVALID', {
    file,
    problems: lines,
    message: `${count}; nothing was done\n${shown.map((line) => `  ${line}`).join('\n')}`,
  });
}
