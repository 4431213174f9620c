/** Where something stands in a file. Lines and columns count from 1; the file is relative to the manifests' root. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Something wrong with an input file, with all a person needs to fix it. */
export interface Problem {
  readonly severity: 'error' | 'warning';
  readonly place: Place;
  /** Dotted path of the member inside its document, such as `spec.capabilities.voice`; empty for the document itself. */
  readonly path: string;
  /** What was found, what is allowed, and the remedy. Never holds a value below `spec.keys`. */
  readonly message: string;
  /** The lines around the place with a marker below the column, ready to print. */
  readonly frame?: string;
  /** Present when this stands for problems that are only counted. */
  readonly left?: readonly LeftOut[];
}

/** How many problems there are. */
export interface ProblemCounts {
  readonly errors: number;
  readonly warnings: number;
}

/** Problems of one file that are only counted, and where the first of them stands. */
export interface LeftOut extends ProblemCounts {
  readonly place: Place;
}

/** What a problem says, and of which member. */
export function saidOf({ path, message }: Pick<Problem, 'path' | 'message'>): string {
  return path === '' ? message : `${path}: ${message}`;
}

/** `file:line:column`, as editors and terminals make it clickable. */
export function formatPlace(place: Place): string {
  return `${place.file}:${place.line}:${place.column}`;
}

/** How many problems these are, those that are only counted among them. */
export function countProblems(problems: readonly Problem[]): ProblemCounts {
  return sum(problems.flatMap(countsOf));
}

/** What a problem counts as. */
export function countsOf(problem: Problem): readonly LeftOut[] {
  const { severity, place, left } = problem;
  const one = severity === 'error' ? { errors: 1, warnings: 0 } : { errors: 0, warnings: 1 };
  return left ?? [{ place, ...one }];
}

/** The sum of counts. */
export function sum(counts: readonly ProblemCounts[]): ProblemCounts {
  let [errors, warnings] = [0, 0];
  for (const one of counts) {
    errors += one.errors;
    warnings += one.warnings;
  }
  return { errors, warnings };
}
