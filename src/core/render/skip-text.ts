import { groupBy } from '../group-by.ts';
import type { Change, Plan, Skip, SkipReason } from '../plan/plan.ts';
import { formatPlace } from '../problem.ts';
import { changeGroups } from './change-groups.ts';
import { bodyIndent, changeBody, changeHeadline } from './change-text.ts';
import { groupLines } from './group-text.ts';
import { indented, inside, type Layout } from './layout.ts';
import { memberLines } from './member-lines.ts';
import { messageLines, quoted, visible } from './visible.ts';
import { pack, wrap } from './wrap.ts';

/** Things left alone for one reason that are shown together, and how many they are. */
export interface SkipBlock {
  readonly lines: readonly string[];
  readonly count: number;
}

/**
 * What a plan leaves alone for this reason. A sentence that holds for several of them stands once above them; that of a guard not at all, because
 * the plan has a line for each guard.
 */
export function skipBlocks(plan: Plan, reason: SkipReason, layout: Layout): readonly SkipBlock[] {
  const skips = plan.skips.filter((skip) => skip.reason === reason);
  const told = new Set(plan.guards.map(({ guard, message }) => `${guard} ${message}`));
  const isTold = ({ guard, message }: Skip) => guard !== undefined && told.has(`${guard} ${message}`);
  if (reason === 'waiting') return waitingBlocks(skips, layout);
  const own = groupBy(
    skips.filter((skip) => !isTold(skip)),
    ({ message }) => message,
  );
  return [
    ...[...groupBy(skips.filter(isTold), guardOf)].flatMap(([guard, group]) => fullBlocks(group, layout, [guard])),
    ...[...own].flatMap(([message, group]) => {
      const isShared = group.length > 1 && message !== '' && group.every(isBrief);
      return isShared ? [sharedBlock(message, group, layout)] : group.map((skip) => ownBlock(skip, layout));
    }),
  ];
}

/** Whether there is nothing to say of it but its headline and its sentence. */
function isBrief({ reason, change, candidates = [], members = [] }: Skip): boolean {
  return candidates.length + members.length === 0 && (reason !== 'blocked' || change === undefined);
}

/** Changes in full, equal ones together. */
function fullBlocks(skips: readonly Skip[], layout: Layout, notes: readonly string[]): readonly SkipBlock[] {
  const changes = skips.flatMap(({ change }) => change ?? []);
  return [
    ...changeGroups(changes).map((group) => ({
      lines: groupLines(group, layout, notes),
      count: group.kind === 'one' ? 1 : group.changes.length,
    })),
    ...skips
      .filter(({ change }) => change === undefined)
      .map((skip) => ({ lines: skipHeadline(skip, layout), count: 1 })),
  ];
}

/** Whoever approves must see all of it; first what nothing brings back. */
function waitingBlocks(skips: readonly Skip[], layout: Layout): readonly SkipBlock[] {
  const isDelete = ({ change }: Skip) => change?.action === 'delete';
  const ordered = [...skips.filter(isDelete), ...skips.filter((skip) => !isDelete(skip))];
  return fullBlocks(ordered, layout, []);
}

function sharedBlock(message: string, skips: readonly Skip[], layout: Layout): SkipBlock {
  const lines = skips.flatMap((skip) => indented(skipHeadline(skip, inside(layout, 2)), 2));
  return { lines: [...sentenceLines(`${message}:`, layout), ...lines], count: skips.length };
}

/** Something left alone: what it is, why, and what to paste where a choice is to be made. What a guard blocks is shown in full. */
function ownBlock(skip: Skip, layout: Layout): SkipBlock {
  const blocked = skip.reason === 'blocked' ? skip.change : undefined;
  const body = inside(layout, bodyIndent);
  const below = [
    ...(skip.message === '' ? [] : sentenceLines(skip.message, body)),
    ...(skip.candidates ?? []).flatMap((id) => wrap(`id: ${id}`, body.columns)),
    ...(blocked === undefined ? [] : changeBody(blocked, body)),
    ...memberLines(skip.members ?? [], body),
  ];
  return { lines: [...headlineOf(skip, blocked, layout), ...indented(below, bodyIndent)], count: 1 };
}

function headlineOf(skip: Skip, blocked: Change | undefined, layout: Layout): readonly string[] {
  return blocked === undefined ? skipHeadline(skip, layout) : changeHeadline(blocked, layout, [guardOf(skip)]);
}

function sentenceLines(message: string, { columns }: Layout): readonly string[] {
  return messageLines(message).flatMap((line) => wrap(line, columns));
}

function skipHeadline(skip: Skip, { columns }: Layout): readonly string[] {
  const texts = [
    quoted(skip.name),
    ...(skip.place === undefined ? [] : [visible(formatPlace(skip.place))]),
    ...(skip.id === undefined ? [] : [skip.id]),
    ...(skip.change === undefined ? [] : [`(${skip.change.action})`]),
    ...(skip.guard === undefined ? [] : [guardOf(skip)]),
  ];
  return pack(texts, columns, '  ');
}

function guardOf({ guard }: Skip): string {
  return `guard ${guard}`;
}
