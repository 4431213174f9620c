import { formatPlace } from '../problem.ts';
import { indented, inside, type Layout } from '../render/layout.ts';
import { deletedLines, memberLines } from '../render/member-lines.ts';
import { paintWith } from '../render/paint.ts';
import { quoted, visible } from '../render/visible.ts';
import { wrap } from '../render/wrap.ts';
import type { Comparison, Incomparable, ManifestDifference } from './compare-manifests.ts';

/** What was compared. */
export interface ComparedWith {
  /** The account's name, when there is more than one. */
  readonly account?: string | undefined;
  /** The directory that was read, as it was given. */
  readonly directory: string;
  /** The earlier state, as it was asked for. */
  readonly revision: string;
  /** Its full id. */
  readonly commit: string;
}

/** How a comparison is shown. */
export interface ComparisonTextOptions extends ComparedWith {
  readonly color: boolean;
  /** Width of the terminal; without it no line is broken. */
  readonly columns?: number | undefined;
  /** Only counts. */
  readonly summary?: boolean;
}

const signs = { added: '+', changed: '~', removed: '-' } as const;
const paints = { added: 'create', changed: 'update', removed: 'delete' } as const;
const bodyIndent = 6;
const fewestColumns = 40;

/** What differs between manifests, for people. No word of it is one of a plan: what would happen to the account is not known. */
export function comparisonText(comparison: Comparison, options: ComparisonTextOptions): string {
  const columns = Math.max(fewestColumns, options.columns ?? Number.POSITIVE_INFINITY);
  const layout: Layout = { paint: paintWith(options.color), columns };
  const { differences, incomparable } = comparison;
  const body = options.summary === true ? [] : differences.map((one) => differenceLines(one, layout));
  const paragraphs = [
    wrap(comparedLine(options), columns).map((line) => layout.paint('strong', line)),
    ...body,
    incomparable.flatMap((one) => wrap(incomparableLine(one), columns)),
    wrap(countLine(comparison), columns).map((line) => layout.paint('strong', line)),
  ];
  const shown = paragraphs.filter((lines) => lines.length > 0).map((lines) => lines.join('\n'));
  return `${shown.join('\n\n')}\n`;
}

/** The first line of every comparison. */
export function comparedLine({ account, directory, revision, commit }: ComparedWith): string {
  const of = account === undefined ? '' : ` for account ${visible(account)}`;
  const named = commit.startsWith(revision) ? '' : ` (${visible(revision)})`;
  return `not compared with the account: manifests${of} in ${visible(directory)} against commit ${commit.slice(0, 12)}${named}`;
}

/** How many manifests differ, and how. */
export function countLine({ differences, equal, incomparable }: Comparison): string {
  const count = (kind: ManifestDifference['kind']) => differences.filter((one) => one.kind === kind).length;
  const unknown = incomparable.length === 0 ? '' : `, ${incomparable.length} cannot be compared`;
  return `Manifests: ${count('added')} added, ${count('changed')} changed, ${count('removed')} removed, ${equal} equal${unknown}.`;
}

/** One manifest: what happened to it, and the fields that differ. */
export function differenceLines(difference: ManifestDifference, layout: Layout): readonly string[] {
  const { kind, name, formerly, place, members } = difference;
  const was = formerly === undefined ? '' : `, formerly ${quoted(formerly)}`;
  const headline = `${layout.paint(paints[kind], signs[kind])} ${kind} ${layout.paint('strong', quoted(name))}${was}  ${visible(`${place.file}:${place.line}`)}`;
  const within = inside(layout, bodyIndent);
  const lines = kind === 'removed' ? deletedLines(members, within) : memberLines(members, within);
  return [` ${headline}`, ...indented(lines, bodyIndent)];
}

/** What cannot be compared, and why. */
export function incomparableLine({ side, name, place }: Incomparable): string {
  const what = name === undefined ? 'a manifest' : quoted(name);
  const when = side === 'before' ? 'was invalid in the commit' : 'is invalid';
  return `cannot be compared: ${what} ${when}, at ${visible(formatPlace(place))}`;
}
