import { countsOf, type LeftOut, type Problem, sum } from './problem.ts';

/** Most problems of one file that are shown. */
export const shownPerFile = 100;
/** Most problems that are shown in all. */
export const shownInAll = 1000;

/** Problems in the order given, at most 100 a file and 1,000 in all. The others are counted: by their file, or all together at the end. */
export function limitProblems(problems: readonly Problem[]): readonly Problem[] {
  const shown: Problem[] = [];
  const byFile = new Map<string, number>();
  const left = new Map<string, LeftOut>();
  for (const problem of problems) {
    const { file } = problem.place;
    const here = byFile.get(file) ?? 0;
    if (problem.left === undefined && here < shownPerFile && shown.length < shownInAll) {
      shown.push(problem);
      byFile.set(file, here + 1);
    } else for (const one of countsOf(problem)) add(left, one);
  }
  if (left.size === 0) return shown;
  const last = new Map(shown.map((problem, index) => [problem.place.file, index]));
  const own = shown.flatMap((problem, index) => {
    const ofFile = last.get(problem.place.file) === index ? left.get(problem.place.file) : undefined;
    return ofFile === undefined ? [problem] : [problem, leftProblem(ofFile)];
  });
  const [first, ...others] = [...left.values()].filter(({ place }) => !last.has(place.file));
  return first === undefined ? own : [...own, leftProblem(first, others)];
}

function add(left: Map<string, LeftOut>, one: LeftOut): void {
  const { file } = one.place;
  const before = left.get(file);
  left.set(file, before === undefined ? one : { place: before.place, ...sum([before, one]) });
}

/** The problem that says how many others are not shown. */
export function leftProblem(first: LeftOut, others: readonly LeftOut[] = []): Problem {
  const left = [first, ...others];
  const { errors, warnings } = sum(left);
  const files = others.length === 0 ? '' : ` in ${left.length.toLocaleString('en-US')} files`;
  return {
    severity: errors > 0 ? 'error' : 'warning',
    place: first.place,
    path: '',
    message: `and ${(errors + warnings).toLocaleString('en-US')} more${files}`,
    left,
  };
}

/** The problems of some files only, counted ones included. */
export function problemsIn(problems: readonly Problem[], isWanted: (file: string) => boolean): readonly Problem[] {
  return problems.flatMap((problem) => {
    if (problem.left === undefined) return isWanted(problem.place.file) ? [problem] : [];
    const [first, ...others] = problem.left.filter(({ place }) => isWanted(place.file));
    return first === undefined ? [] : [leftProblem(first, others)];
  });
}

/** A problem with its files renamed. */
export function withFiles(problem: Problem, rename: (file: string) => string): Problem {
  const { place, left } = problem;
  const renamed = { ...problem, place: { ...place, file: rename(place.file) } };
  if (left === undefined) return renamed;
  return { ...renamed, left: left.map((one) => ({ ...one, place: { ...one.place, file: rename(one.place.file) } })) };
}
