import type { Change } from '../plan/plan.ts';
import { plural } from '../plural.ts';
import { type ChangeGroup, isQuietAdoption, sharedMembers } from './change-groups.ts';
import {
  bodyIndent,
  changeHeadline,
  changeLines,
  idsOf,
  paintHeadline,
  reasonLines,
  symbols,
  unchangedLines,
} from './change-text.ts';
import { columnWidth, padColumns, widthOf } from './columns.ts';
import { indented, inside, type Layout } from './layout.ts';
import { memberLines } from './member-lines.ts';
import { quoted, visible } from './visible.ts';
import { whereOf } from './words.ts';
import { pack } from './wrap.ts';

const widestAligned = 40;

/** Changes that are shown together: in full once, then where each of them is. `more` goes into the headline. */
export function groupLines(group: ChangeGroup, layout: Layout, more: readonly string[] = []): readonly string[] {
  return group.kind === 'one' ? changeLines(group.change, layout, more) : alikeLines(group, layout, more);
}

function alikeLines(
  { first, changes }: Extract<ChangeGroup, { kind: 'alike' }>,
  layout: Layout,
  more: readonly string[],
): readonly string[] {
  const counted = plural(changes.length, 'application');
  const texts = [`${symbols[first.action]} ${first.action} ${counted} in the same way`, ...more];
  const body = inside(layout, bodyIndent);
  const isEqual = changes.every(({ unchanged }) => unchanged === first.unchanged);
  return [
    ...paintHeadline(pack(texts, layout.columns - 1, ' '.repeat(bodyIndent - 1)), first.action, counted, layout),
    ...indented(
      [
        ...memberLines(sharedMembers(first), body),
        ...unchangedLines(isEqual ? first.unchanged : 0, body),
        ...reasonLines(first, body),
        ...placeLines(changes, body),
      ],
      bodyIndent,
    ),
  ];
}

/** Name, place and id of each, in columns. */
function placeLines(changes: readonly Change[], { columns }: Layout): readonly string[] {
  const rows = changes.map((change) => ({
    name: quoted(change.name),
    place: visible(whereOf(change)),
    ids: idsOf(change),
  }));
  const nameWidth = columnWidth(
    rows.map(({ name }) => name),
    widestAligned,
  );
  const placeWidth = columnWidth(
    rows.map(({ place }) => place),
    widestAligned,
  );
  return rows.flatMap(({ name, place, ids }) => {
    const padded = [padColumns(name, nameWidth), padColumns(place, placeWidth), ...ids].join('  ').trimEnd();
    return widthOf(padded) <= columns ? [padded] : pack([name, place, ...ids], columns, '  ');
  });
}

/** From so many on, adoptions that write nothing are only counted, unless all are to be listed. */
const mostListed = 10;

/** Adoptions that write nothing: one line each, or one for all. */
export function quietAdoptionLines(changes: readonly Change[], layout: Layout, all: boolean): readonly string[] {
  const quiet = changes.filter(isQuietAdoption);
  if (all || quiet.length <= mostListed)
    return quiet.flatMap((change) => changeHeadline(change, layout, ['nothing is written']));
  const counted = plural(quiet.length, 'application');
  const texts = [`= adopt ${counted} that match their manifests: nothing is written`, '(--verbose lists them)'];
  return paintHeadline(pack(texts, layout.columns - 1, ' '.repeat(bodyIndent - 1)), 'adopt', counted, layout);
}
