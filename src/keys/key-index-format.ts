import { type ApplicationId, parseApplicationId } from '../core/application/application.ts';
import { compareTexts } from '../core/compare.ts';
import { parseJson } from '../core/json.ts';
import { z } from '../core/zod.ts';

/** Which application a key belongs to. */
export interface KeyOwner {
  readonly name: string;
  readonly id?: ApplicationId;
}

/** Owners by the fingerprint of their key. */
export type Owners = Map<string, KeyOwner>;

const owner = z.object({ name: z.string(), id: z.string().exactOptional() }).transform(({ name, id }): KeyOwner => {
  const parsed = id === undefined ? undefined : parseApplicationId(id);
  return parsed === undefined ? { name } : { name, id: parsed };
});
const document = z.object({
  format: z.literal('vonage-gitops.keys'),
  schema: z.literal(1),
  keys: z.record(z.string(), owner),
});

/** What the index file's text says; undefined when it is no index of keys, which the next write puts aside. */
export function parseOwners(text: string): Owners | undefined {
  const parsed = document.safeParse(parseJson(text));
  return parsed.success ? new Map(Object.entries(parsed.data.keys)) : undefined;
}

/** The index file's text. */
export function formatOwners(owners: Owners): string {
  const keys = Object.fromEntries([...owners].sort(([a], [b]) => compareTexts(a, b)));
  return `${JSON.stringify({ format: 'vonage-gitops.keys', schema: 1, keys }, undefined, 2)}\n`;
}
