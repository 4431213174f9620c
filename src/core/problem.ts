/** Where something stands in a file. Lines and columns count from 1; the file is relative to the manifests' root. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Something wrong with an input file, with all a person needs to mend it. */
export interface Problem {
  readonly severity: 'error' | 'warning';
  readonly place: Place;
  /** Dotted path of the member inside its document, such as `spec.capabilities.voice`; empty for the document itself. */
  readonly path: string;
  /** What was found, what is allowed, and the remedy. Never holds a value below `spec.keys`. */
  readonly message: string;
  /** The lines around the place with a marker below the column, ready to print. */
  readonly frame?: string;
}

/** `file:line:column`, as editors and terminals make it clickable. */
export function formatPlace(place: Place): string {
  return `${place.file}:${place.line}:${place.column}`;
}
