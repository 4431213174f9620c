import type { JsonObject } from '../json.ts';
import type { AdoptChange, Change } from '../plan/plan.ts';
import { plural } from '../plural.ts';
import { dottedPath, isWithin, withValueAt } from '../pointer.ts';
import { indented, inside, type Layout } from './layout.ts';
import { deletedLines, memberLines } from './member-lines.ts';
import { quoted, visible } from './visible.ts';
import { explainReason, whereOf } from './words.ts';
import { pack, wrap } from './wrap.ts';
import { yamlText } from './yaml-text.ts';

/** The sign of each action. An adoption is no read, for which Terraform has `<=`: Pulumi's sign for an import is the same. */
export const symbols = { create: '+', adopt: '=', update: '~', delete: '-' } as const;

/** What stands below a headline is indented by so many spaces. */
export const bodyIndent = 6;

/** Symbol, action, name, place, id; `more` after them. In one line where it fits. */
export function changeHeadline(change: Change, layout: Layout, more: readonly string[] = []): readonly string[] {
  const { action, name } = change;
  const texts = [`${symbols[action]} ${action} ${quoted(name)}`, visible(whereOf(change)), ...idsOf(change), ...more];
  return paintHeadline(pack(texts, layout.columns - 1, ' '.repeat(bodyIndent - 1)), action, quoted(name), layout);
}

/** The sign in its color and the name in bold; a delete is loud as a whole. */
export function paintHeadline(
  lines: readonly string[],
  action: Change['action'],
  strong: string,
  { paint }: Layout,
): readonly string[] {
  if (action === 'delete') return indented(lines, 1).map((line) => paint('alarm', line));
  const opening = `${symbols[action]} ${action} ${strong}`;
  const bold = `${paint(action, symbols[action])} ${action} ${paint('strong', strong)}`;
  const sign = paint(action, symbols[action]);
  const painted = (line: string) =>
    line.startsWith(opening) ? `${bold}${line.slice(opening.length)}` : `${sign}${line.slice(1)}`;
  return indented(
    lines.map((line, index) => (index === 0 ? painted(line) : line)),
    1,
  );
}

/** The id of an application that exists. */
export function idsOf(change: Change): readonly string[] {
  return change.action === 'create' ? [] : [change.id];
}

/** A change in full: its headline, then indented the fields with old and new value, what is unchanged, and the reason. */
export function changeLines(change: Change, layout: Layout, more: readonly string[] = []): readonly string[] {
  return [
    ...changeHeadline(change, layout, more),
    ...indented(changeBody(change, inside(layout, bodyIndent)), bodyIndent),
  ];
}

/** What stands below a change's headline. */
export function changeBody(change: Change, layout: Layout): readonly string[] {
  return [
    ...(change.action === 'delete' ? deletedLines : memberLines)(change.members, layout),
    ...unchangedLines(change.unchanged, layout),
    ...lossLines(change, layout),
    ...reasonLines(change, layout),
    ...('replaces' in change && change.replaces !== undefined
      ? wrap(`replaces: ${change.replaces}, which no longer exists`, layout.columns)
      : []),
    ...keyLines(change, layout),
  ];
}

/** Where the private key of a create will be delivered. */
function keyLines(change: Change, { columns }: Layout): readonly string[] {
  if (change.action !== 'create' || change.keyTo === undefined) return [];
  return change.keyTo.flatMap((place) => wrap(`private key goes to: ${visible(place)}`, columns));
}

/** How many fields are equal. */
export function unchangedLines(count: number, { paint }: Layout): readonly string[] {
  return count === 0 ? [] : [paint('faint', `(${plural(count, 'unchanged field')})`)];
}

/** Why a change is planned. */
export function reasonLines(change: Change, { columns }: Layout): readonly string[] {
  return wrap(`why: ${explainReason(change)}`, columns);
}

function lossLines(change: Change, { columns }: Layout): readonly string[] {
  if (change.action !== 'adopt' || change.losses.length === 0) return [];
  return [
    ...change.losses.flatMap((pointer) => wrap(`would be lost: ${visible(dottedPath(pointer))}`, columns)),
    'to keep it, add to spec:',
    ...declaration(change).map((line) => `    ${line}`), // to be pasted: never broken
  ];
}

/** What an adoption would remove, as it is declared in a manifest. A secret in it stays for the reader to fill in. */
function declaration({ members, losses }: AdoptChange): readonly string[] {
  const lost = members.filter(({ path }) => losses.some((loss) => isWithin(path, loss)));
  const spec = lost.reduce<JsonObject>((declared, { path, before }) => withValueAt(declared, path, before), {});
  return yamlText(spec).trimEnd().split('\n');
}
