import { isJsonObject, type Json, type JsonObject, mapObjectMember, omitMembers } from '../json.ts';
import type { ReadValue } from '../manifest/read-value.ts';
import type { Path } from '../manifest/schema.ts';
import { type Pointer, pointerOf } from '../pointer.ts';
import { Origins } from './origins.ts';

/** A document that was read. */
export interface ReadPart {
  readonly read: ReadValue;
}

/** Documents merged into one. */
export interface MergedRead<Part> extends Omit<ReadValue, 'findings'> {
  readonly origins: Origins<Part>;
  /** Fields that a patch removes and no earlier document has. */
  readonly idle: readonly { readonly part: Part; readonly path: Path }[];
}

/**
 * An application with the patches of later layers, in their order, merged into it (RFC 7396): objects merge, lists and scalars replace,
 * null removes. What a placeholder made null is a value like any other: removing is written, not computed.
 */
export function mergeReads<Part extends ReadPart>(base: Part, patches: readonly Part[]): MergedRead<Part> {
  const merging: Merging<Part> = { origins: new Origins(base), idle: [] };
  const value = patches.reduce<Json>((target, part) => {
    const { value: patch, filled } = part.read;
    return isJsonObject(patch) ? mergeObject(target, bodyOf(patch), [], { ...merging, part, filled }) : target;
  }, base.read.value);
  const used = <Value>(pick: (read: ReadValue) => Iterable<readonly [Pointer, Value]>): [Pointer, Value][] =>
    [base, ...patches].flatMap((part) =>
      [...pick(part.read)].flatMap(([pointer, each]): [Pointer, Value][] =>
        merging.origins.partOf(pointer) === part ? [[pointer, each]] : [],
      ),
    );
  return {
    value,
    concealed: new Map(used(({ concealed }) => concealed)),
    written: new Map(used(({ written }) => written)),
    filled: new Map(used(({ filled }) => filled)),
    opaque: new Set(used(({ opaque }) => opaque.entries()).map(([pointer]) => pointer)),
    ...merging,
  };
}

interface Merging<Part> {
  readonly origins: Origins<Part>;
  readonly idle: { readonly part: Part; readonly path: Path }[];
}

interface PatchStep<Part> extends Merging<Part> {
  readonly part: Part;
  readonly filled: ReadValue['filled'];
}

/** What a patch says of the application: its header says only which one it means. */
function bodyOf(patch: JsonObject): JsonObject {
  return mapObjectMember(omitMembers(patch, ['$schema', 'apiVersion', 'kind']), 'metadata', (metadata) =>
    omitMembers(metadata, ['name']),
  );
}

function mergeObject<Part>(target: Json | undefined, patch: JsonObject, path: Path, step: PatchStep<Part>): JsonObject {
  if (!isJsonObject(target)) step.origins.take(pointerOf(path), step.part);
  const members = new Map(isJsonObject(target) ? Object.entries(target) : []);
  for (const [member, value] of Object.entries(patch)) {
    const merged = mergeMember(members.get(member), value, [...path, member], step);
    if (merged === undefined) members.delete(member);
    else members.set(member, merged);
  }
  return Object.fromEntries(members);
}

/** Undefined removes the member. */
function mergeMember<Part>(target: Json | undefined, value: Json, path: Path, step: PatchStep<Part>): Json | undefined {
  if (isJsonObject(value)) return mergeObject(target, value, path, step);
  const pointer = pointerOf(path);
  step.origins.take(pointer, step.part);
  if (value !== null || step.filled.has(pointer)) return value;
  if (target === undefined) step.idle.push({ part: step.part, path });
  return undefined;
}
