import type { Plan, Skip, SkipReason } from '../plan/plan.ts';
import { formatPlace } from '../problem.ts';
import { changeBody, changeHeadline, changeLines, memberLines } from './change-text.ts';
import { type Paint, paintWith } from './paint.ts';
import { messageLines, quoted, visible } from './visible.ts';
import { noLedgerLine, skipHeadings, skipReasons, summaryLine } from './words.ts';

/** How a plan is shown. */
export interface TextOptions {
  /** Name of the account, when there is more than one. */
  readonly account?: string;
  readonly color: boolean;
  /** Also lists what is unchanged, unmanaged and not selected, which is otherwise only counted. */
  readonly verbose?: boolean;
  /** Changes of a saved plan that are refused, because they are not what would be done now. */
  readonly refused?: number;
}

const countedOnly: readonly SkipReason[] = ['unchanged', 'unmanaged', 'not-selected'];

/** A plan for people, in the manner of Terraform: changes with their members, what is left alone, and a last line that sums up. */
export function renderPlan(plan: Plan, options: TextOptions): string {
  const paint = paintWith(options.color);
  const paragraphs = [
    headerLines(plan, options, paint),
    ...plan.changes.map((change) => changeLines(change, paint)),
    ...skipReasons
      .filter((reason) => options.verbose === true || !countedOnly.includes(reason))
      .map((reason) => skipGroup(plan, reason, paint)),
    noticeLines(plan, paint),
    guardLines(plan, paint),
    [paint('strong', summaryLine(plan, options.refused))],
  ];
  return `${paragraphs
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function headerLines(plan: Plan, options: TextOptions, paint: Paint): readonly string[] {
  const account = options.account === undefined ? '' : ` for account ${visible(options.account)}`;
  const header = paint('strong', `Plan${account} at revision ${visible(plan.revision)}`);
  return plan.notices.some((notice) => notice.kind === 'no-ledger') ? [noLedgerLine, header] : [header];
}

function skipGroup(plan: Plan, reason: SkipReason, paint: Paint): readonly string[] {
  const skips = plan.skips.filter((skip) => skip.reason === reason);
  if (skips.length === 0) return [];
  return [
    paint('strong', `${skipHeadings[reason]}:`),
    ...skips.flatMap((skip) => skipLines(skip, paint)).map((line) => `  ${line}`),
  ];
}

/** Something left alone: what it is, why, and what to paste where a choice is to be made. What a guard blocks is shown in full. */
export function skipLines(skip: Skip, paint: Paint): readonly string[] {
  const blocked = skip.reason === 'blocked' ? skip.change : undefined;
  return [
    blocked === undefined ? skipHeadline(skip) : `${changeHeadline(blocked, paint)}${guardOf(skip)}`,
    ...[
      ...(skip.message === '' ? [] : messageLines(skip.message)),
      ...(skip.candidates ?? []).map((id) => `id: ${id}`),
      ...(blocked === undefined ? [] : changeBody(blocked, paint)),
      ...memberLines(skip.members ?? [], paint),
    ].map((line) => `      ${line}`),
  ];
}

function skipHeadline(skip: Skip): string {
  const place = skip.place === undefined ? '' : `  ${visible(formatPlace(skip.place))}`;
  const id = skip.id === undefined ? '' : `  ${skip.id}`;
  const action = skip.change === undefined ? '' : `  (${skip.change.action})`;
  return `${quoted(skip.name)}${place}${id}${action}${guardOf(skip)}`;
}

function guardOf(skip: Skip): string {
  return skip.guard === undefined ? '' : `  guard ${skip.guard}`;
}

function noticeLines(plan: Plan, paint: Paint): readonly string[] {
  return plan.notices
    .filter((notice) => notice.message !== noLedgerLine)
    .flatMap(({ name, message }) =>
      messageLines(message, `${paint('update', 'Note:')} ${name === undefined ? '' : `${quoted(name)}: `}`),
    );
}

function guardLines(plan: Plan, paint: Paint): readonly string[] {
  return plan.guards.flatMap(({ guard, message, blocked }) =>
    messageLines(message, `${paint('delete', 'Guard')} ${guard} (${blocked} blocked): `),
  );
}
