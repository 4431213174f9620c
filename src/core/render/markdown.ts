import type { Change, Plan, Skip, SkipReason } from '../plan/plan.ts';
import { changeHeadline, plainChangeLines } from './change-text.ts';
import { paintWith } from './paint.ts';
import { skipLines } from './text.ts';
import { messageLines, quoted } from './visible.ts';
import { attentionReasons, countPlan, explainReason, noLedgerLine, skipHeadings, summaryLine } from './words.ts';

/** Longest comment, in bytes of UTF-8; GitHub cuts off at 65,536 characters. */
const mostBytes = 60_000;
/** Kept free for the line that says how much is left out. */
const reservedBytes = 200;

/** A part of the page: left out as a whole when nothing in it fits. */
interface Section {
  readonly opening: string;
  readonly items: readonly string[];
  readonly closing: string;
}

/**
 * A plan as a comment on a pull request: counts first, then what can hurt (deletes, conflicts, blocked and held ones), the other changes
 * folded away. At most 60,000 bytes, cut between changes. No name or value can be taken for markup, a mention or a reference.
 */
export function renderPlanMarkdown(plan: Plan, options: { readonly account?: string } = {}): string {
  const head = headOf(plan, options.account);
  const page = pack(sectionsOf(plan), mostBytes - reservedBytes - byteLength(head));
  const rest =
    page.leftOut === 0 ? '' : `\n${page.leftOut} more omitted here because of their length; the plan has them all.\n`;
  return `${head}${page.text}${rest}`;
}

function headOf(plan: Plan, account: string | undefined): string {
  const noLedger = plan.notices.some((notice) => notice.kind === 'no-ledger') ? `> ${noLedgerLine}\n\n` : '';
  const title = account === undefined ? 'vonage-gitops plan' : `vonage-gitops plan for ${code(quoted(account))}`;
  return `${noLedger}### ${title}\n\n**${summaryLine(plan)}**\n\nRevision ${code(quoted(plan.revision))}\n`;
}

function sectionsOf(plan: Plan): readonly Section[] {
  const { changes } = countPlan(plan);
  const of = (action: Change['action']) => plan.changes.filter((change) => change.action === action);
  return [
    openSection(
      'Guards',
      plan.guards.map(({ guard, message, blocked }) =>
        block([...messageLines(message), `guard ${guard}: ${blocked} blocked`]),
      ),
    ),
    openSection(`Deletes (${changes.delete})`, of('delete').map(deleteBlock)),
    ...attentionReasons.map((reason) => skipSection(plan, reason)),
    openSection(
      'Notes',
      plan.notices.map(({ name, message }) =>
        block([...(name === undefined ? [] : [quoted(name)]), ...messageLines(message)]),
      ),
    ),
    foldedSection(`${changes.adopt} to adopt`, of('adopt').map(changeBlock)),
    foldedSection(`${changes.create} to create`, of('create').map(changeBlock)),
    foldedSection(`${changes.update} to update`, of('update').map(changeBlock)),
    ...foldedReasons.map((reason) => skipFold(plan, reason)),
  ].filter((section) => section.items.length > 0);
}

const foldedReasons: readonly SkipReason[] = ['protected', 'paused', 'kept', 'unproven', 'normalized'];

function skipSection(plan: Plan, reason: SkipReason): Section {
  return openSection(skipHeadings[reason], skipsOf(plan, reason).map(skipBlock));
}

function skipFold(plan: Plan, reason: SkipReason): Section {
  const skips = skipsOf(plan, reason);
  return foldedSection(`${skipHeadings[reason]} (${skips.length})`, skips.map(skipBlock));
}

function skipsOf(plan: Plan, reason: SkipReason): readonly Skip[] {
  return plan.skips.filter((skip) => skip.reason === reason);
}

function openSection(title: string, items: readonly string[]): Section {
  return { opening: `\n#### ${title}\n\n`, items, closing: '' };
}

function foldedSection(title: string, items: readonly string[]): Section {
  return { opening: `\n<details><summary>${title}</summary>\n\n`, items, closing: '</details>\n' };
}

/** Without the members, which all go: so that as many deletes as possible can be seen. */
function deleteBlock(change: Change): string {
  return block([changeHeadline(change, paintWith(false)), `      why: ${explainReason(change)}`]);
}

function changeBlock(change: Change): string {
  return block(plainChangeLines(change));
}

function skipBlock(skip: Skip): string {
  return block(skipLines(skip, paintWith(false)));
}

/** Inside `<pre>` nothing is markdown, and GitHub makes no mentions and references; the entities keep the element closed. */
function block(lines: readonly string[]): string {
  return `<pre>${lines.map(escapeHtml).join('\n')}</pre>\n\n`;
}

function code(text: string): string {
  return `<code>${escapeHtml(text)}</code>`;
}

/** All ASCII punctuation but what is harmless everywhere: an entity is never markup (CommonMark 0.31, section 2.5). */
function escapeHtml(text: string): string {
  return text.replace(/[!-/:-@[-`{-~]/g, (character) =>
    harmless.has(character) ? character : `&#${character.charCodeAt(0)};`,
  );
}

const harmless = new Set([' ', ',', '.', ':', ';', '-', '+', '=', '(', ')', '/', '?', '%', '$', '_', '"']);

function pack(sections: readonly Section[], bytes: number): { readonly text: string; readonly leftOut: number } {
  let left = bytes;
  let leftOut = 0;
  let text = '';
  for (const { opening, items, closing } of sections) {
    const frame = byteLength(opening) + byteLength(closing);
    const taken: string[] = [];
    let room = left - frame;
    for (const item of items) {
      const size = byteLength(item);
      if (size > room) continue;
      taken.push(item);
      room -= size;
    }
    leftOut += items.length - taken.length;
    if (taken.length === 0) continue;
    text += `${opening}${taken.join('')}${closing}`;
    left = room;
  }
  return { text, leftOut };
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).byteLength;
}
