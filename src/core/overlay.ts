import { knownCapabilities } from './capabilities.ts';
import { isJsonObject, type Json, type JsonObject, objectMember } from './json.ts';
import type { Manifest } from './manifest/manifest.ts';
import { type Pointer, pointerOf, valueAt, withValueAt } from './pointer.ts';

/** How much of the live application an overlay keeps. */
export interface OverlayOptions {
  /** What happens to known capabilities and webhooks that a declared container leaves out. */
  readonly undeclaredCapabilities: 'remove' | 'keep';
}

/**
 * The body an application should have: what the manifest declares, laid over what is live. It is what a PUT sends, and what the
 * diff compares, so plan and apply cannot disagree. What the manifest does not declare is carried over, because a PUT replaces
 * everything; only known capabilities and webhooks left out of a declared container go. Ignored members are exactly as live.
 */
export function overlay(manifest: Manifest, live: JsonObject | undefined, options: OverlayOptions): JsonObject {
  const base = live ?? {};
  const { capabilities, ...settings } = manifest.spec;
  const merged: Record<string, Json> = { ...mergeDeclared(base, settings), name: manifest.name };
  if (isJsonObject(capabilities)) {
    merged.capabilities = overlayCapabilities(objectMember(base, 'capabilities'), capabilities, options);
  }
  return live === undefined
    ? merged
    : manifest.ignore.reduce<JsonObject>((body, pointer) => restore(body, pointer, live), merged);
}

/** The known capabilities and webhooks of the live application that the overlay would remove. */
export function overlayLosses(manifest: Manifest, live: JsonObject, options: OverlayOptions): readonly Pointer[] {
  const after = objectMember(overlay(manifest, live, options), 'capabilities');
  return Object.entries(objectMember(live, 'capabilities')).flatMap(([name, capability]) => {
    const kept = after[name];
    if (kept === undefined) return [pointerOf(['capabilities', name])];
    if (!isJsonObject(capability) || !isJsonObject(kept)) return [];
    const webhooks = objectMember(kept, 'webhooks');
    return Object.entries(objectMember(capability, 'webhooks'))
      .filter(([hook, value]) => isHook(value) && webhooks[hook] === undefined)
      .map(([hook]) => pointerOf(['capabilities', name, 'webhooks', hook]));
  });
}

/** An empty address is how the API shows a hook that is not set; nothing is lost with it. */
function isHook(value: Json): boolean {
  return isJsonObject(value) && value.address !== undefined && value.address !== '';
}

function restore(body: JsonObject, pointer: Pointer, live: JsonObject): JsonObject {
  return withValueAt(body, pointer, valueAt(live, pointer));
}

function overlayCapabilities(live: JsonObject, declared: JsonObject, options: OverlayOptions): JsonObject {
  return overlayContainer(live, declared, options, {
    isKnown: (name) => Object.hasOwn(knownCapabilities, name),
    merge: (name, before, wanted) => overlayCapability(name, before, wanted, options),
  });
}

function overlayCapability(name: string, live: Json, declared: Json, options: OverlayOptions): Json {
  const hooks = knownCapabilities[name]?.webhooks;
  if (hooks === undefined || !isJsonObject(live) || !isJsonObject(declared)) return mergeValue(live, declared);
  const { webhooks, ...settings } = declared;
  const merged = mergeDeclared(live, settings);
  if (!isJsonObject(webhooks)) return merged;
  const container = { isKnown: (hook: string) => Object.hasOwn(hooks, hook), merge: mergeHook };
  return { ...merged, webhooks: overlayContainer(objectMember(live, 'webhooks'), webhooks, options, container) };
}

function mergeHook(_name: string, live: Json, declared: Json): Json {
  return mergeValue(live, declared);
}

interface Container {
  readonly isKnown: (name: string) => boolean;
  readonly merge: (name: string, live: Json, declared: Json) => Json;
}

/** A declared container is exhaustive, but only about what this version knows: the API may have grown since. */
function overlayContainer(
  live: JsonObject,
  declared: JsonObject,
  options: OverlayOptions,
  container: Container,
): JsonObject {
  const result: Record<string, Json> = {};
  for (const [name, value] of Object.entries(live)) {
    const wanted = declared[name];
    if (wanted !== undefined) result[name] = container.merge(name, value, wanted);
    else if (options.undeclaredCapabilities === 'keep' || !container.isKnown(name)) result[name] = value;
  }
  for (const [name, value] of Object.entries(declared)) {
    if (!Object.hasOwn(live, name)) result[name] = value;
  }
  return result;
}

function mergeDeclared(live: JsonObject, declared: JsonObject): JsonObject {
  const result: Record<string, Json> = { ...live };
  for (const [member, value] of Object.entries(declared)) {
    result[member] = Object.hasOwn(live, member) ? mergeValue(live[member] ?? null, value) : value;
  }
  return result;
}

function mergeValue(live: Json, declared: Json): Json {
  return isJsonObject(live) && isJsonObject(declared) ? mergeDeclared(live, declared) : declared;
}
