import { groupBy } from '../group-by.ts';
import type { Change, Plan, SkipReason } from '../plan/plan.ts';
import { plural } from '../plural.ts';
import { changeGroups, isQuietAdoption } from './change-groups.ts';
import { changeLines, symbols } from './change-text.ts';
import { groupLines, quietAdoptionLines } from './group-text.ts';
import { indented, inside, type Layout } from './layout.ts';
import { paintWith } from './paint.ts';
import { skipBlocks } from './skip-text.ts';
import { messageLines, quoted, visible } from './visible.ts';
import { cannotBeUndone, noLedgerLine, revisionText, skipHeadings, skipReasons, summaryLine } from './words.ts';
import { wrap } from './wrap.ts';

/** How a plan is shown. */
export interface TextOptions {
  /** Name of the account, when there is more than one. */
  readonly account?: string;
  readonly color: boolean;
  /** Width of the terminal; without it no line is broken. */
  readonly columns?: number | undefined;
  /** Also lists what is unchanged, unmanaged and not selected, which is otherwise only counted. */
  readonly verbose?: boolean;
  /** Only counts, guards and notes. */
  readonly summary?: boolean;
  /** Changes of a saved plan that are refused, because they are not what would be done now. */
  readonly refused?: number;
}

/** Shown as changes are. */
const inFull: readonly SkipReason[] = ['blocked', 'waiting'];
const countedOnly: readonly SkipReason[] = ['unchanged', 'unmanaged', 'not-selected'];
/** Narrower than this nothing can be laid out. */
const fewestColumns = 40;

/** A plan for people, in the manner of Terraform: changes with their fields, what is left alone, and a last line that sums up. */
export function renderPlan(plan: Plan, options: TextOptions): string {
  const columns = Math.max(fewestColumns, options.columns ?? Number.POSITIVE_INFINITY);
  const layout: Layout = { paint: paintWith(options.color), columns };
  const paragraphs = [
    headerLines(plan, options, layout),
    ...(options.summary === true ? [] : bodyParagraphs(plan, options.verbose === true, layout)),
    noticeLines(plan, layout),
    guardLines(plan, layout),
    summaryLines(plan, options, layout),
  ];
  return `${paragraphs
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function headerLines(plan: Plan, { account }: TextOptions, { paint, columns }: Layout): readonly string[] {
  const of = account === undefined ? '' : ` for account ${visible(account)}`;
  const header = wrap(`Plan${of} at ${revisionText(plan)}`, columns).map((line) => paint('strong', line));
  return plan.notices.some((notice) => notice.kind === 'no-ledger') ? [noLedgerLine, ...header] : header;
}

function bodyParagraphs(plan: Plan, verbose: boolean, layout: Layout): readonly (readonly string[])[] {
  const isDelete = ({ action }: Change) => action === 'delete';
  const loud = plan.changes.filter((change) => !isDelete(change) && !isQuietAdoption(change));
  return [
    legendLines(plan, layout),
    ...deleteParagraphs(plan.changes.filter(isDelete), layout),
    quietAdoptionLines(plan.changes, layout, verbose),
    ...changeGroups(loud).map((group) => groupLines(group, layout)),
    ...skipReasons
      .filter((reason) => verbose || !countedOnly.includes(reason))
      .map((reason) => skipParagraph(plan, reason, layout)),
  ];
}

/** The signs that this plan has, in one line; a single one explains itself. */
function legendLines({ changes, skips }: Plan, { columns }: Layout): readonly string[] {
  const shown = skips.flatMap(({ reason, change }) =>
    inFull.includes(reason) && change !== undefined ? [change] : [],
  );
  const used = new Set([...changes, ...shown].map(({ action }) => action));
  const signs = (['create', 'adopt', 'update', 'delete'] as const).filter((action) => used.has(action));
  if (signs.length < 2) return [];
  return wrap(`Legend: ${signs.map((action) => `${symbols[action]} ${action}`).join('   ')}`, columns);
}

/** First of all, because nothing brings them back. */
function deleteParagraphs(deletes: readonly Change[], layout: Layout): readonly (readonly string[])[] {
  if (deletes.length === 0) return [];
  const { paint, columns } = layout;
  const warning = `${plural(deletes.length, 'application')} will be deleted. ${cannotBeUndone}`;
  return [
    wrap(warning, columns).map((line) => paint('alarm', line)),
    ...deletes.map((change) => changeLines(change, layout)),
  ];
}

function skipParagraph(plan: Plan, reason: SkipReason, layout: Layout): readonly string[] {
  const blocks = skipBlocks(plan, reason, inside(layout, 2));
  if (blocks.length === 0) return [];
  return [
    ...wrap(`${skipHeadings[reason]}:`, layout.columns).map((line) => layout.paint('strong', line)),
    ...indented(
      blocks.flatMap(({ lines }) => lines),
      2,
    ),
  ];
}

/** Each note once, with the names of all applications it is about. */
function noticeLines(plan: Plan, layout: Layout): readonly string[] {
  const notices = plan.notices.filter(({ message }) => message !== noLedgerLine);
  return [...groupBy(notices, ({ message }) => message)].flatMap(([message, alike]) => {
    const names = alike.flatMap(({ name }) => (name === undefined ? [] : [quoted(name)]));
    return paragraph('Note:', `${names.length === 0 ? '' : `${names.join(', ')}: `}`, message, {
      style: 'update',
      layout,
    });
  });
}

function guardLines(plan: Plan, layout: Layout): readonly string[] {
  return plan.guards.flatMap(({ guard, message, blocked }) =>
    paragraph('Guard', `${guard} (${blocked} blocked): `, message, { style: 'delete', layout }),
  );
}

/** A message after a colored word and a prefix, both ours. */
function paragraph(
  word: string,
  prefix: string,
  message: string,
  { style, layout }: { readonly style: 'update' | 'delete'; readonly layout: Layout },
): readonly string[] {
  const lines = messageLines(message, `${word} ${prefix}`).flatMap((line) => wrap(line, layout.columns));
  return lines.map((line, index) => (index === 0 ? `${layout.paint(style, word)}${line.slice(word.length)}` : line));
}

function summaryLines(plan: Plan, { refused }: TextOptions, { paint, columns }: Layout): readonly string[] {
  const lines = wrap(summaryLine(plan, refused), columns).map((line) => paint('strong', line));
  const deletes = plan.changes.filter(({ action }) => action === 'delete').length;
  const loud = `${deletes} to delete`;
  const told = deletes === 0 ? lines : lines.map((line) => line.replace(loud, paint('alarm', loud)));
  return plan.planHash === undefined ? told : [...told, ...wrap(`Plan hash: ${plan.planHash}`, columns)];
}
