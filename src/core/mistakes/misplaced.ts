import type { Path } from '../manifest/schema.ts';
import { pointerOf } from '../pointer.ts';
import { type didYouMean, nearest, unknownMember } from './suggest.ts';

/** Names of the fields that are allowed at a path; none where the path is unknown or holds no object. */
export type MembersAt = (path: Path) => readonly string[];

/** An unknown field: where it is, and what it is called. */
interface UnknownField {
  readonly parent: Path;
  readonly key: string;
}

/** The field that is probably meant by an unknown one: `path` is where it belongs. */
interface MeantField {
  readonly path: Path;
  /** `inside` a field next to it, `beside` one of its parents, `here` under another name, or `elsewhere`. */
  readonly where: 'inside' | 'beside' | 'here' | 'elsewhere';
}

/** Levels that are searched below an object for a field of that name. */
const levelsBelow = 2;
/** Unknown fields for which it is found out what they mean before all problems are told. */
const maxSlips = 100;

function meantBy({ parent, key }: UnknownField, membersAt: MembersAt): MeantField | undefined {
  if (membersAt(parent).includes(`${key}s`)) return { path: [...parent, `${key}s`], where: 'here' };
  const inside = below(parent, key, membersAt);
  if (inside !== undefined) return { path: inside, where: 'inside' };
  const above = parent.map((_, index) => parent.slice(0, parent.length - 1 - index));
  const beside = above.find((path) => membersAt(path).includes(key));
  if (beside !== undefined) return { path: [...beside, key], where: 'beside' };
  const near = nearest(key, membersAt(parent));
  if (near !== undefined) return { path: [...parent, near], where: 'here' };
  const elsewhere = above.map((path) => below(path, key, membersAt)).find((path) => path !== undefined);
  return elsewhere && { path: elsewhere, where: 'elsewhere' };
}

/** The one path below an object that ends in a field of that name; undefined when there is none, or more than one on the same level. */
function below(from: Path, key: string, membersAt: MembersAt): Path | undefined {
  let level: readonly Path[] = [from];
  for (let depth = 0; depth < levelsBelow; depth++) {
    // The first item stands for all of a list.
    level = level.flatMap((path) =>
      membersAt(path).flatMap((member) => [
        [...path, member],
        [...path, member, 0],
      ]),
    );
    const [found, ...others] = level.filter((path) => membersAt(path).includes(key));
    if (found !== undefined) return others.length === 0 ? [...found, key] : undefined;
  }
  return undefined;
}

/** What to say of an unknown field: where it belongs, what may be meant, or else what is allowed. `name` is the field as it may be shown. */
export function unknownField(
  field: UnknownField & { readonly name: string },
  membersAt: MembersAt,
  suggest: typeof didYouMean,
  remedy?: string,
): string {
  const { parent, key, name } = field;
  const allowed = membersAt(parent);
  const meant = remedy === undefined ? meantBy(field, membersAt) : undefined;
  switch (meant?.where) {
    case 'inside':
    case 'elsewhere':
      return `${name} belongs in ${words(relativeTo(parent, meant.path).slice(0, -1))}, not here`;
    case 'beside':
      return `${name} is indented below ${parent[meant.path.length - 1]}, but belongs beside it`;
    default:
      return unknownMember(name, suggest(key, allowed), allowed, remedy);
  }
}

/** The path without the part that both have: `messages.webhooks` says enough beside `voice`. */
function relativeTo(from: Path, path: Path): Path {
  const differs = path.findIndex((token, index) => token !== from[index]);
  return path.slice(Math.min(differs, path.length - 2));
}

function words(path: Path): string {
  return path.filter((token) => typeof token === 'string').join('.');
}

/**
 * Pointers of fields that unknown ones stand for: that such a field is missing, or is empty because its content is beside it, is the same
 * slip once more.
 */
export function fieldsMeant(fields: readonly UnknownField[], membersAt: MembersAt): ReadonlySet<string> {
  const meant = fields.slice(0, maxSlips).flatMap((field) => {
    const found = meantBy(field, membersAt);
    // All on the way to it as well: `capabilities` at the beginning of a line means a `spec` around it.
    return found === undefined ? [] : found.path.map((_, index) => pointerOf(found.path.slice(0, index + 1)));
  });
  return new Set(meant);
}
