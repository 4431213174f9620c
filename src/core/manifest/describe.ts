import { leftProblem, shownPerFile } from '../limit-problems.ts';
import { didYouMean } from '../mistakes/suggest.ts';
import type { LeftOut, Place, Problem } from '../problem.ts';
import { type Scrub, shownTextBy } from '../redact/scrubber.ts';
import { finish, type Steps } from '../steps.ts';
import type { Finding } from './finding.ts';
import { codeFrame, type HiddenRange, shownLines } from './frame.ts';
import { hiddenRanges, type YamlDocument } from './locate.ts';
import type { Path } from './schema.ts';

/** A file and what was found in it. */
export interface DescribedFile {
  readonly text: string;
  readonly documents: readonly YamlDocument[];
  readonly findings: readonly Finding[];
  readonly placeOf: (offset: number) => Place;
  readonly secrets: readonly string[];
}

/** Most tokens told of a path: only hostile ones are longer. */
const maxTokens = 12;

/** Findings told with what may be meant. */
const maxSuggestions = 20;
/** Longest message: texts of manifests are in it. */
const maxMessage = 500;

/** As `describeSteps`, all at once. */
export function describeFindings(file: DescribedFile): readonly Problem[] {
  return finish(describeSteps(file));
}

/**
 * Findings as problems with place and code frame, in the order of the file: at most `most` of them, errors first, and how many there are
 * beside. Nothing secret is in them.
 */
export function* describeSteps(file: DescribedFile, most = shownPerFile): Steps<readonly Problem[]> {
  if (file.findings.length === 0) return [];
  const fits = file.findings.length <= most;
  const chosen = (fits ? [...file.findings] : [...file.findings].sort(bySeverity).slice(0, most)).sort(byOffset);
  const left = leftOf(file, new Set(chosen));
  const ranges: HiddenRange[] = [];
  for (const document of chosen.length === 0 ? [] : file.documents) {
    ranges.push(...hiddenRanges(document));
    yield;
  }
  const lines = shownLines(file.text, ranges);
  const show = shownTextBy(file.secrets);
  const problems = chosen.map((finding, index) => {
    const { severity, offset, path } = finding;
    const place = file.placeOf(offset);
    const frame = codeFrame(lines, place, show);
    const message = messageText(finding, index < maxSuggestions ? didYouMean : () => '', show);
    return { severity, place, path: pathText(path, show), message, frame };
  });
  return left === undefined ? problems : [...problems, leftProblem(left)];
}

function bySeverity(one: Finding, other: Finding): number {
  return Number(one.severity === 'warning') - Number(other.severity === 'warning') || byOffset(one, other);
}

function byOffset(one: Finding, other: Finding): number {
  return one.offset - other.offset;
}

/** What is only counted: findings that are not chosen, and what the chosen ones stand for beside themselves. */
function leftOf({ findings, placeOf }: DescribedFile, chosen: ReadonlySet<Finding>): LeftOut | undefined {
  const counts = { errors: 0, warnings: 0 };
  let first: number | undefined;
  for (const finding of findings) {
    const count = (finding.count ?? 1) - (chosen.has(finding) ? 1 : 0);
    if (count === 0) continue;
    counts[finding.severity === 'error' ? 'errors' : 'warnings'] += count;
    first = Math.min(first ?? finding.offset, finding.offset);
  }
  return first === undefined ? undefined : { place: placeOf(first), ...counts };
}

function messageText({ message }: Finding, suggest: typeof didYouMean, show: Scrub): string {
  const text = show(typeof message === 'string' ? message : message(suggest));
  return text.length > maxMessage ? `${text.slice(0, maxMessage)}...` : text;
}

function pathText(path: Path, show: Scrub): string {
  const tokens = path.length > maxTokens ? [...path.slice(0, maxTokens), '...'] : path;
  return tokens
    .map((token) =>
      /^([\w$-]{1,80}|\.\.\.)$/.test(String(token)) ? token : JSON.stringify(String(token).slice(0, 80)),
    )
    .map((token) => show(String(token)))
    .join('.');
}
