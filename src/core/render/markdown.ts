import { accountMarker } from '../comments/comment-marker.ts';
import type { Change, Plan, SkipReason } from '../plan/plan.ts';
import { plural } from '../plural.ts';
import { countProblems, formatPlace, type Problem, saidOf } from '../problem.ts';
import { type ChangeGroup, changeGroups, isQuietAdoption } from './change-groups.ts';
import { changeHeadline } from './change-text.ts';
import { groupLines } from './group-text.ts';
import { type Layout, plainLayout } from './layout.ts';
import {
  byteLength,
  code,
  type Item,
  type LeftOut,
  packSections,
  preformatted,
  type Section,
} from './markdown-parts.ts';
import { skipBlocks } from './skip-text.ts';
import { messageLines, quoted, visible } from './visible.ts';
import {
  attentionReasons,
  cannotBeUndone,
  commitText,
  countPlan,
  explainReason,
  historyText,
  noLedgerLine,
  skipHeadings,
  summaryLine,
} from './words.ts';

/** Longest comment, in bytes of UTF-8, unless another length is asked for; GitHub refuses more than 65,536 characters. */
export const mostMarkdownBytes = 60_000;
/** Fewest bytes that can be asked for: the shortest head and the line about what is omitted fit into them. */
export const fewestMarkdownBytes = 2000;
/** What of a block can be seen beside a pull request without scrolling. */
const layout: Layout = { ...plainLayout, columns: 100 };
/** Applications of one block, so that a block that does not fit takes few others with it. */
const mostInBlock = 100;

/** How a comment is made. */
export interface MarkdownOptions {
  /** Name of the account, for the marker. */
  readonly name: string;
  /** Name of the account, for the title, when there is more than one. */
  readonly account?: string;
  /** Only counts, what is wrong with the manifests, and guards. */
  readonly summary?: boolean;
  /** Longest text, in bytes of UTF-8: 60,000 unless given, and at least `fewestMarkdownBytes`. */
  readonly maxBytes?: number;
}

/**
 * A plan as a comment on a pull request: the account's marker, what is wrong with manifests and the counts first, then what can hurt (deletes,
 * conflicts, blocked and held ones), the other changes folded away. As long as asked for at most, cut between changes. No name or value can be
 * taken for markup, a mention, a reference or a command.
 */
export function renderPlanMarkdown(plan: Plan, options: MarkdownOptions): string {
  const sections = options.summary === true ? [errorSection(plan), guardSection(plan)] : sectionsOf(plan);
  const bytes = (options.maxBytes ?? mostMarkdownBytes) - byteLength(restLine(sections.map(allOf)));
  const full = headOf(plan, options);
  const head = byteLength(full) <= bytes ? full : briefHeadOf(plan, options);
  const { text, leftOut } = packSections(sections, bytes - byteLength(head));
  return `${head}${text}${restLine(leftOut)}`;
}

/** The longest that can be said about what is left out of a section. */
function allOf({ of, items }: Section): LeftOut {
  return { of, count: items.reduce((sum, { count }) => sum + count, 0) };
}

function restLine(leftOut: readonly LeftOut[]): string {
  if (leftOut.length === 0) return '';
  const what = leftOut.map(({ of, count }) => `${count} ${of}`).join(', ');
  return `\n**More omitted here because of the length: ${what}. The plan has them all.**\n`;
}

function headOf(plan: Plan, { name, account }: MarkdownOptions): string {
  const title = account === undefined ? 'vonage-gitops plan' : `vonage-gitops plan for ${code(quoted(account))}`;
  const { commit, content, history } = plan;
  const made =
    commit === undefined
      ? `Revision ${code(quoted(content))}`
      : `Commit ${code(commitText(commit))}, content ${code(visible(content.slice(0, 12)))}${historyText(history)}`;
  return `${firstLines(plan, name)}### ${title}\n\n${errorsLine(plan)}**${summaryLine(plan)}**\n\n${made}\n${hashLine(plan)}`;
}

/** Without a text that others wrote, which may be long. */
function briefHeadOf(plan: Plan, { name }: MarkdownOptions): string {
  const { errors } = countProblems(plan.problems);
  const wrong = errors === 0 ? '' : `**${plural(errors, 'error')} in the manifests**\n\n`;
  return `${firstLines(plan, name)}### vonage-gitops plan\n\n${wrong}**${summaryLine(plan)}**\n${hashLine(plan)}`;
}

/** What a comment is for, so that it stands in every head. */
function hashLine({ planHash }: Plan): string {
  return planHash === undefined ? '' : `\nPlan hash ${code(planHash)}\n`;
}

function firstLines({ notices }: Plan, name: string): string {
  const noLedger = notices.some(({ kind }) => kind === 'no-ledger') ? `> ${noLedgerLine}\n\n` : '';
  return `${accountMarker(name)}\n${noLedger}`;
}

/** The first error is told where nobody can miss it: its manifest is not in the plan. */
function errorsLine({ problems }: Plan): string {
  const { errors } = countProblems(problems);
  const first = problems.find(({ severity }) => severity === 'error');
  if (first === undefined) return '';
  const more = errors > 1 ? `, and ${errors - 1} more` : '';
  const { place } = first;
  return `**${plural(errors, 'error')} in the manifests: ${code(`${visible(`${place.file}:${place.line}`)}: ${firstLineOf(first)}`)}${more}**\n\n`;
}

function firstLineOf({ path, message }: Problem): string {
  return visible(saidOf({ path, message: message.replace(/\n[\s\S]*/, '') }));
}

function sectionsOf(plan: Plan): readonly Section[] {
  const { changes } = countPlan(plan);
  const of = (action: Change['action']) => plan.changes.filter((change) => change.action === action);
  const quiet = of('adopt').filter(isQuietAdoption);
  return [
    errorSection(plan),
    deleteSection(of('delete')),
    guardSection(plan),
    ...attentionReasons.map((reason) => openSection(skipHeadings[reason], skipItems(plan, reason))),
    openSection('Notes', plan.notices.filter(({ kind }) => kind !== 'no-ledger').map(noteItem)), // that is in the first line
    foldedSection('to adopt', `${changes.adopt} to adopt`, [
      ...changeItems(of('adopt').filter((change) => !isQuietAdoption(change))),
      ...chunks(quiet).map(quietItem),
    ]),
    foldedSection('to create', `${changes.create} to create`, changeItems(of('create'))),
    foldedSection('to update', `${changes.update} to update`, changeItems(of('update'))),
    ...foldedReasons.map((reason) => skipFold(plan, reason)),
    foldedSection('warnings in the manifests', 'Warnings in the manifests', problemItems(plan, 'warning')),
  ];
}

const foldedReasons: readonly SkipReason[] = ['protected', 'paused', 'kept', 'unproven', 'normalized'];

function skipFold(plan: Plan, reason: SkipReason): Section {
  const heading = `${skipHeadings[reason]} (${countPlan(plan).skips[reason]})`;
  return foldedSection(lowerFirst(skipHeadings[reason]), heading, skipItems(plan, reason));
}

function errorSection(plan: Plan): Section {
  return openSection('Errors in the manifests', problemItems(plan, 'error'));
}

function problemItems({ problems }: Plan, severity: Problem['severity']): readonly Item[] {
  return problems
    .filter((problem) => problem.severity === severity)
    .map((problem) => item([visible(formatPlace(problem.place)), `      ${firstLineOf(problem)}`]));
}

function guardSection({ guards }: Plan): Section {
  return openSection(
    'Guards',
    guards.map(({ guard, message, blocked }) => item([...messageLines(message), `guard ${guard}: ${blocked} blocked`])),
  );
}

/** Without the fields, which all go: so that as many deletes as possible can be seen. */
function deleteSection(deletes: readonly Change[]): Section {
  const warning = `**${plural(deletes.length, 'application')} will be deleted. ${cannotBeUndone}**\n\n`;
  const items = deletes.map((change) =>
    item([...changeHeadline(change, layout), `      why: ${explainReason(change)}`]),
  );
  const section = openSection(`Deletes (${deletes.length})`, items);
  return { ...section, of: 'to delete', opening: `${section.opening}${warning}` };
}

function changeItems(changes: readonly Change[]): readonly Item[] {
  return changeGroups(changes)
    .flatMap(smallGroups)
    .map((group) => item(groupLines(group, layout), group.kind === 'one' ? 1 : group.changes.length));
}

function smallGroups(group: ChangeGroup): readonly ChangeGroup[] {
  return group.kind === 'one' ? [group] : chunks(group.changes).map((changes) => ({ ...group, changes }));
}

function quietItem(changes: readonly Change[]): Item {
  return item(
    changes.flatMap((change) => changeHeadline(change, plainLayout, ['nothing is written'])), // one line each
    changes.length,
  );
}

function skipItems(plan: Plan, reason: SkipReason): readonly Item[] {
  return skipBlocks(plan, reason, layout).map(({ lines, count }) => item(lines, count));
}

function noteItem({ name, message }: Plan['notices'][number]): Item {
  return item([...(name === undefined ? [] : [quoted(name)]), ...messageLines(message)]);
}

function item(lines: readonly string[], count = 1): Item {
  return { text: preformatted(lines), count };
}

function openSection(heading: string, items: readonly Item[]): Section {
  return { of: lowerFirst(heading), opening: `\n#### ${heading}\n\n`, items, closing: '' };
}

function lowerFirst(text: string): string {
  return `${text.charAt(0).toLowerCase()}${text.slice(1)}`;
}

function foldedSection(of: string, summary: string, items: readonly Item[]): Section {
  return { of, opening: `\n<details><summary>${summary}</summary>\n\n`, items, closing: '</details>\n' };
}

function chunks(changes: readonly Change[]): readonly (readonly Change[])[] {
  return Array.from({ length: Math.ceil(changes.length / mostInBlock) }, (_, index) =>
    changes.slice(index * mostInBlock, (index + 1) * mostInBlock),
  );
}
