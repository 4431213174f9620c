import type { Difference } from '../application/diff.ts';
import { isJsonObject, type Json, stableStringify } from '../json.ts';
import type { Manifest } from '../manifest/manifest.ts';
import type { MemberChange } from '../plan/plan.ts';
import { isWithin, type Pointer, pointerOf, valueAt } from '../pointer.ts';
import { redactValue, sensitive } from './redact-value.ts';

const fingerprint = /^[0-9a-f]{64}$/;

/** Shortest value that is looked for in other members: shorter ones occur in ordinary text by chance. */
const shortestSecret = 8;

/** What of a manifest must not be shown; undefined when there is no manifest. */
type Concealing = Pick<Manifest, 'concealed' | 'spec'> | undefined;

/**
 * Differences as people may see them. Secrets are replaced; a scalar filled from the environment shows as it is written in the
 * manifest, and its live side not at all, because it may be the same secret, nor any live text that holds such a scalar's value; a
 * public key shows as its fingerprint.
 */
export function shownMembers(differences: readonly Difference[], manifest: Concealing): readonly MemberChange[] {
  const concealed: Manifest['concealed'] = manifest?.concealed ?? new Map();
  const secrets = concealedTexts(manifest);
  return differences.map(({ path, before, after }) => ({
    path,
    ...(before === undefined ? {} : { before: shownBefore(path, before, concealed, secrets) }),
    ...(after === undefined ? {} : { after: shown(path, maskConcealed(path, after, concealed)) }),
  }));
}

function shownBefore(path: Pointer, value: Json, concealed: Manifest['concealed'], secrets: readonly string[]): Json {
  const hidden = [...concealed.keys()].some((pointer) => isWithin(pointer, path) || isWithin(path, pointer));
  const text = secrets.length === 0 ? '' : stableStringify(value);
  return hidden || secrets.some((secret) => text.includes(secret)) ? sensitive : shown(path, value);
}

/** The values themselves, as they stand inside JSON text: one may have been live under another member before. */
function concealedTexts(manifest: Concealing): readonly string[] {
  if (manifest === undefined) return [];
  return [...manifest.concealed.keys()].flatMap((pointer) => {
    const value = valueAt(manifest.spec, pointer);
    return typeof value === 'string' && value.length >= shortestSecret ? [JSON.stringify(value).slice(1, -1)] : [];
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
