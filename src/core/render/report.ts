import { whyUndelivered } from '../deliveries/tell-deliveries.ts';
import { messageOf } from '../errors.ts';
import type { Change } from '../plan/plan.ts';
import type { ApplyResult, Report } from '../plan/report.ts';
import { dottedPath } from '../pointer.ts';
import { redactText } from '../redact/patterns.ts';
import { type Paint, paintWith } from './paint.ts';
import { messageLines, quoted, visible } from './visible.ts';
import type { Counts } from './words.ts';

/** How a report is shown. */
export interface ReportOptions {
  /** Name of the account, when there is more than one. */
  readonly account?: string;
  readonly color: boolean;
}

const outcomeStyles = {
  applied: 'create',
  failed: 'delete',
  skipped: 'faint',
  stale: 'update',
  unknown: 'update',
} as const;

/** What came of a pass, for people: one paragraph for each change, and a last line that sums up. */
export function renderReport(report: Report, options: ReportOptions): string {
  const paint = paintWith(options.color);
  const account = options.account === undefined ? '' : `Account ${visible(options.account)}: `;
  const results = report.results.flatMap((result) => resultLines(result, paint));
  const undelivered = (report.undelivered ?? []).flatMap((key) =>
    messageLines(whyUndelivered(key), `${paint('update', 'undelivered')} ${quoted(key.name)} ${key.id}: `),
  );
  return [...results, ...undelivered, paint('strong', `${account}${reportSummary(report)}`), ''].join('\n');
}

/** One result on one line, such as `applied create "Support line" 78d335fa-… key /state/main/keys/ab12.pem`. */
export function renderResult(result: ApplyResult): string {
  const why = whyOf(result);
  return `${headlineOf(result, paintWith(false))}${why === '' ? '' : `: ${visible(why)}`}`;
}

function resultLines(result: ApplyResult, paint: Paint): readonly string[] {
  const headline = headlineOf(result, paint);
  const why = whyOf(result);
  return [...(why === '' ? [headline] : messageLines(why, `${headline}: `)), ...remarkLines(result)];
}

function headlineOf(result: ApplyResult, paint: Paint): string {
  const id = idOf(result);
  return [
    paint(outcomeStyles[result.outcome], result.outcome),
    result.change.action,
    quoted(result.change.name),
    ...(id === undefined ? [] : [id]),
    ...(result.outcome === 'applied' && result.key !== undefined ? [`key ${visible(result.key.path)}`] : []),
  ].join(' ');
}

function remarkLines(result: ApplyResult): readonly string[] {
  if (result.outcome !== 'applied') return [];
  return [
    ...result.normalised.map(
      (pointer) =>
        `  the response shows another value of ${visible(dottedPath(pointer))}: a later read shows what was stored`,
    ),
    ...result.leftOut.map((pointer) => `  left out, the server did not accept it: ${visible(dottedPath(pointer))}`),
  ];
}

/** The application's id; undefined for a create that did not get one. */
export function idOf(result: ApplyResult): string | undefined {
  if (result.outcome === 'applied') return result.id;
  return result.change.action === 'create' ? undefined : result.change.id;
}

/** Why a change did not end as applied; empty when it did. */
export function whyOf(result: ApplyResult): string {
  switch (result.outcome) {
    case 'applied':
      return '';
    case 'skipped':
    case 'stale':
      return result.reason;
    case 'failed':
    case 'unknown':
      return redactText(messageOf(result.error));
  }
}

/** How many results of each outcome there are. */
export function countResults(results: readonly ApplyResult[]): Counts<ApplyResult['outcome']> {
  const counts = { applied: 0, failed: 0, skipped: 0, stale: 0, unknown: 0 };
  for (const result of results) counts[result.outcome] += 1;
  return counts;
}

/** `Done: 3 applied (1 created, 2 updated), 1 failed.` */
function reportSummary(report: Report): string {
  if (report.results.length === 0) return 'Nothing was done.';
  const counts = countResults(report.results);
  const done = appliedWords(countApplied(report.results));
  const others = Object.entries(counts)
    .filter(([outcome, count]) => outcome !== 'applied' && count > 0)
    .map(([outcome, count]) => `${count} ${outcome}`);
  const detail = done.length === 0 ? '' : ` (${done.join(', ')})`;
  const opening = others.length === 0 ? 'Done' : 'Ended';
  return `${opening}: ${[`${counts.applied} applied${detail}`, ...others].join(', ')}.`;
}

/** What was applied, by action. */
export type AppliedCounts = Readonly<Record<Change['action'], number>>;

/** What these results have applied, and what was applied before. */
export function countApplied(results: readonly ApplyResult[], before?: AppliedCounts): AppliedCounts {
  const counts = { create: 0, adopt: 0, update: 0, delete: 0, ...before };
  for (const { outcome, change } of results) if (outcome === 'applied') counts[change.action] += 1;
  return counts;
}

/** `1 created`, `2 updated` */
export function appliedWords(counts: AppliedCounts): readonly string[] {
  const actions = ['create', 'adopt', 'update', 'delete'] as const;
  return actions.flatMap((action) => (counts[action] === 0 ? [] : [`${counts[action]} ${pastWords[action]}`]));
}

const pastWords = { create: 'created', adopt: 'adopted', update: 'updated', delete: 'deleted' } as const;
