import type { Difference } from '../application/diff.ts';
import { isJsonObject, type Json, type JsonObject, mapMembers, stableStringify } from '../json.ts';
import type { Manifest } from '../manifest/manifest.ts';
import type { Change, MemberChange, Plan, Skip } from '../plan/plan.ts';
import { isWithin, type Pointer, pointerOf, valueAt } from '../pointer.ts';
import { sensitive } from './patterns.ts';
import { redactValue } from './redact-value.ts';
import { finder } from './scrubber.ts';

const namePath: Pointer = '/name';
const fingerprint = /^[0-9a-f]{64}$/;

type Holds = ReturnType<typeof finder>;

/** What of a manifest must not be shown; undefined when there is no manifest. */
type Concealing = Pick<Manifest, 'concealed' | 'spec'> | undefined;

/**
 * Differences as people may see them. Secrets are replaced; a scalar filled from the environment shows as it is written in the
 * manifest, and its live side not at all, because it may be the same secret, nor any live text that holds such a scalar's value; a
 * public key shows as its fingerprint, and a name as it is: without it nobody knows which application is meant.
 */
export function shownMembers(differences: readonly Difference[], manifest: Concealing): readonly MemberChange[] {
  const concealed = new Map(manifest?.concealed);
  concealed.delete(namePath);
  const holds = finder(concealedTexts(manifest));
  return differences.map(({ path, before, after }) => ({
    path,
    ...(before === undefined ? {} : { before: shownBefore(path, before, concealed, holds) }),
    ...(after === undefined ? {} : { after: shown(path, maskConcealed(path, after, concealed)) }),
  }));
}

/** What a manifest says as it is written: scalars filled from the environment are their placeholders. */
export function asWritten(body: JsonObject, concealed: ReadonlyMap<Pointer, string>): JsonObject {
  return mapMembers(body, (member, value) => maskConcealed(pointerOf([member]), value, concealed));
}

/** Differences of manifests that are as they are written. A literal that holds one of the values is not shown. */
export function shownTexts(
  differences: readonly Difference[],
  values: readonly string[] = [],
): readonly MemberChange[] {
  const holds = finder(values);
  const side = (path: Pointer, value: Json) => (holds?.(stableStringify(value)) ? sensitive : shown(path, value));
  return differences.map(({ path, before, after }) => ({
    path,
    ...(before === undefined ? {} : { before: side(path, before) }),
    ...(after === undefined ? {} : { after: side(path, after) }),
  }));
}

function shownBefore(path: Pointer, value: Json, concealed: Manifest['concealed'], holds: Holds): Json {
  const hidden = [...concealed.keys()].some((pointer) => isWithin(pointer, path) || isWithin(path, pointer));
  return hidden || holds?.(stableStringify(value)) ? sensitive : shown(path, value);
}

/** The values themselves: one may have been live under another member before. */
function concealedTexts(manifest: Concealing): readonly string[] {
  if (manifest === undefined) return [];
  return [...manifest.concealed.keys()].flatMap((pointer) => {
    const value = valueAt(manifest.spec, pointer);
    return typeof value === 'string' ? [value] : [];
  });
}

function shown(path: Pointer, value: Json): Json {
  if (path === '/keys/public_key' && typeof value === 'string' && fingerprint.test(value)) return `sha256:${value}`;
  return redactValue(path, value);
}

function maskConcealed(path: Pointer, value: Json, concealed: Manifest['concealed']): Json {
  const text = concealed.get(path);
  if (text !== undefined) return text;
  if (concealed.size === 0) return value;
  if (Array.isArray(value)) return value.map((item, index) => maskConcealed(`${path}/${index}`, item, concealed));
  if (!isJsonObject(value)) return value;
  const members = Object.entries(value).map(([member, inner]) => [
    member,
    maskConcealed(`${path}${pointerOf([member])}`, inner, concealed),
  ]);
  return Object.fromEntries(members);
}

/**
 * The plan without live values that hold one of these: configured secrets, and environment variables that manifests may use. Where a
 * manifest uses one now, that is known by its place; a manifest that is gone, or has dropped the placeholder, leaves its value behind in
 * the live state.
 */
export function withoutValues(plan: Plan, values: readonly string[] = []): Plan {
  const holds = finder(values);
  if (holds === undefined) return plan;
  return {
    ...plan,
    changes: plan.changes.map((change) => hideInChange(change, holds)),
    skips: plan.skips.map((skip) => hideInSkip(skip, holds)),
  };
}

function hideInSkip(skip: Skip, holds: NonNullable<Holds>): Skip {
  const { change, members } = skip;
  return {
    ...skip,
    ...(change === undefined ? {} : { change: hideInChange(change, holds) }),
    ...(members === undefined ? {} : { members: members.map((member) => hideLive(member, holds)) }),
  };
}

function hideInChange(change: Change, holds: NonNullable<Holds>): Change {
  return { ...change, members: change.members.map((member) => hideLive(member, holds)) };
}

function hideLive(member: MemberChange, holds: NonNullable<Holds>): MemberChange {
  if (member.path === namePath || member.before === undefined) return member;
  if (!holds(stableStringify(member.before))) return member;
  return { ...member, before: sensitive };
}
