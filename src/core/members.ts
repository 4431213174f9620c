import type { Difference } from './diff.ts';
import { isJsonObject, type Json } from './json.ts';
import type { Manifest } from './manifest/manifest.ts';
import type { MemberChange } from './plan.ts';
import { isWithin, type Pointer, pointerOf } from './pointer.ts';
import { redactValue, sensitive } from './redact.ts';

const fingerprint = /^[0-9a-f]{64}$/;

/**
 * Differences as people may see them. Secrets are replaced; a scalar filled from the environment shows as it is written in the
 * manifest, and its live side not at all, because it may be the same secret; a public key shows as its fingerprint.
 */
export function shownMembers(
  differences: readonly Difference[],
  concealed: Manifest['concealed'],
): readonly MemberChange[] {
  return differences.map(({ path, before, after }) => ({
    path,
    ...(before === undefined ? {} : { before: shownBefore(path, before, concealed) }),
    ...(after === undefined ? {} : { after: shown(path, maskConcealed(path, after, concealed)) }),
  }));
}

function shownBefore(path: Pointer, value: Json, concealed: Manifest['concealed']): Json {
  const hidden = [...concealed.keys()].some((pointer) => isWithin(pointer, path) || isWithin(path, pointer));
  return hidden ? sensitive : shown(path, value);
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
