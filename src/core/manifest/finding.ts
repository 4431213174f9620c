import type { didYouMean } from '../mistakes/suggest.ts';
import type { Path } from './schema.ts';

/** What to tell. Where it takes time to find the words, or what may be meant, that is left until they are needed. */
export type Message = string | ((suggest: typeof didYouMean) => string);

/** Something wrong inside a file, before it is put into words with place and frame. */
export interface Finding {
  readonly severity: 'error' | 'warning';
  /** Offset in the file's text. */
  readonly offset: number;
  /** Where inside its document. */
  readonly path: Path;
  readonly message: Message;
  /** How many problems it is, more than one where they are not even looked at. */
  readonly count?: number;
  /** Whether it is about what placeholders were filled with, not about the text as written. */
  readonly ofFilling?: boolean;
}

/** Something wrong at a path of a document; which offset that is, is looked up only then. */
export interface PathFinding {
  readonly severity: 'error' | 'warning';
  readonly path: Path;
  /** `key`: the member's name is wrong; `missing`: it is not there, and the place is its parent's. */
  readonly at: 'value' | 'key' | 'missing';
  readonly message: Message;
}

/** An error about the value at a path. */
export function errorAt(path: Path, message: Message): PathFinding {
  return { severity: 'error', path, at: 'value', message };
}

/** A warning about the value at a path. */
export function warningAt(path: Path, message: Message): PathFinding {
  return { severity: 'warning', path, at: 'value', message };
}
