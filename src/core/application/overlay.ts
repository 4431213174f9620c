import { isJsonObject, type Json, type JsonObject, mapMembers, objectMember, ownMember } from '../json.ts';
import type { Manifest } from '../manifest/manifest.ts';
import { isWithin, type Pointer, pointerOf, pointerTokens, valueAt, withValueAt } from '../pointer.ts';
import { knownCapabilities } from './capabilities.ts';
import { isBlankCapability, withoutNullMembers } from './null-members.ts';

/** How much of the live application an overlay keeps. */
export interface OverlayOptions {
  /** What happens to known capabilities and webhooks that a declared container leaves out. */
  readonly undeclaredCapabilities: 'remove' | 'keep';
}

/**
 * The body an application should have: what the manifest declares, laid over what is live. It is what a PUT sends, and what the
 * diff compares, so plan and apply cannot disagree. What the manifest does not declare is carried over, because a PUT replaces
 * everything; only known capabilities and webhooks left out of a declared container go. Ignored members are exactly as live, and
 * what holds an ignored member that is live cannot be removed by leaving it out. A null counts as absent, and goes back as it came.
 */
export function overlay(manifest: Manifest, live: JsonObject | undefined, options: OverlayOptions): JsonObject {
  const base = live ?? {};
  const { capabilities, ...settings } = manifest.spec;
  const merged: JsonObject = { ...mergeDeclared(base, settings), name: manifest.name };
  const ignored = live === undefined ? [] : manifest.ignore;
  if (!isJsonObject(capabilities)) return restoreAll(merged, ignored, base);
  const alive = ignored.filter((pointer) => valueAt(base, pointer) !== undefined);
  const isRemovable = (pointer: Pointer) =>
    options.undeclaredCapabilities === 'remove' && !alive.some((ignoredPointer) => isWithin(ignoredPointer, pointer));
  const laidOver = overlayCapabilities(objectMember(base, 'capabilities'), capabilities, isRemovable);
  return restoreAll({ ...merged, capabilities: laidOver }, ignored, base);
}

/** The known capabilities and webhooks of the live application that the overlay would remove. */
export function overlayLosses(manifest: Manifest, live: JsonObject, options: OverlayOptions): readonly Pointer[] {
  const after = objectMember(overlay(manifest, live, options), 'capabilities');
  return Object.entries(objectMember(withoutNullMembers(live), 'capabilities')).flatMap(([name, capability]) => {
    if (!Object.hasOwn(after, name)) return [pointerOf(['capabilities', name])];
    if (!isJsonObject(capability)) return [];
    const webhooks = objectMember(objectMember(after, name), 'webhooks');
    return Object.entries(objectMember(capability, 'webhooks'))
      .filter(([hook, value]) => isHook(value) && !Object.hasOwn(webhooks, hook))
      .map(([hook]) => pointerOf(['capabilities', name, 'webhooks', hook]));
  });
}

/** An empty address is how the API shows a hook that is not set; nothing is lost with it. */
function isHook(value: Json): boolean {
  return isJsonObject(value) && value.address !== undefined && value.address !== '';
}

function restoreAll(body: JsonObject, ignored: readonly Pointer[], live: JsonObject): JsonObject {
  return ignored.reduce<JsonObject>((restored, pointer) => restore(restored, pointer, live), body);
}

/** A hook is its address: where that is ignored and absent, the whole hook is as live. The API takes no hook without an address. */
function restore(body: JsonObject, pointer: Pointer, live: JsonObject): JsonObject {
  const value = valueAt(live, pointer);
  if (value !== undefined || !hookAddress.test(pointer)) return withValueAt(body, pointer, value);
  const hook = pointerOf(pointerTokens(pointer).slice(0, -1));
  return withValueAt(body, hook, valueAt(live, hook));
}

const hookAddress = /^\/capabilities\/[^/]+\/webhooks\/[^/]+\/address$/;

type IsRemovable = (pointer: Pointer) => boolean;

function overlayCapabilities(live: JsonObject, declared: JsonObject, isRemovable: IsRemovable): JsonObject {
  return overlayContainer(live, declared, {
    isRemovable: (name) =>
      Object.hasOwn(knownCapabilities, name) &&
      !isBlankCapability(ownMember(live, name)) &&
      isRemovable(pointerOf(['capabilities', name])),
    merge: (name, before, wanted) => overlayCapability(name, before, wanted, isRemovable),
  });
}

function overlayCapability(name: string, live: Json, declared: Json, isRemovable: IsRemovable): Json {
  const hooks = knownCapabilities[name]?.webhooks;
  if (hooks === undefined || !isJsonObject(live) || !isJsonObject(declared)) return mergeValue(live, declared);
  const { webhooks, ...settings } = declared;
  const merged = mergeDeclared(live, settings);
  if (!isJsonObject(webhooks)) return merged;
  const container: Container = {
    isRemovable: (hook) =>
      Object.hasOwn(hooks, hook) && isRemovable(pointerOf(['capabilities', name, 'webhooks', hook])),
    merge: (_hook, before, wanted) => mergeValue(before, wanted),
  };
  return { ...merged, webhooks: overlayContainer(objectMember(live, 'webhooks'), webhooks, container) };
}

interface Container {
  readonly isRemovable: (name: string) => boolean;
  readonly merge: (name: string, live: Json, declared: Json) => Json;
}

/** A declared container is exhaustive, but only about what this version knows: the API may have grown since. */
function overlayContainer(live: JsonObject, declared: JsonObject, { isRemovable, merge }: Container): JsonObject {
  const kept = mapMembers(live, (name, value) => {
    const wanted = ownMember(declared, name);
    if (wanted !== undefined) return merge(name, value, wanted);
    return isRemovable(name) ? undefined : value;
  });
  const added = mapMembers(declared, (name, value) => (Object.hasOwn(live, name) ? undefined : value));
  return { ...kept, ...added };
}

function mergeDeclared(live: JsonObject, declared: JsonObject): JsonObject {
  return { ...live, ...mapMembers(declared, (member, value) => mergeValue(ownMember(live, member), value)) };
}

function mergeValue(live: Json | undefined, declared: Json): Json {
  return isJsonObject(live) && isJsonObject(declared) ? mergeDeclared(live, declared) : declared;
}
