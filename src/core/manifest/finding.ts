import type { Path } from './schema.ts';

/** Something wrong inside a file, before it is put into words with place and frame. */
export interface Finding {
  readonly severity: 'error' | 'warning';
  /** Offset in the file's text. */
  readonly offset: number;
  /** Where inside its document. */
  readonly path: Path;
  readonly message: string;
}

/** Something wrong at a path of a document; which offset that is, is looked up only then. */
export interface PathFinding {
  readonly severity: 'error' | 'warning';
  readonly path: Path;
  /** `key`: the member's name is wrong; `missing`: it is not there, and the place is its parent's. */
  readonly at: 'value' | 'key' | 'missing';
  readonly message: string;
}

/** An error about the value at a path. */
export function errorAt(path: Path, message: string): PathFinding {
  return { severity: 'error', path, at: 'value', message };
}

/** A warning about the value at a path. */
export function warningAt(path: Path, message: string): PathFinding {
  return { severity: 'warning', path, at: 'value', message };
}
