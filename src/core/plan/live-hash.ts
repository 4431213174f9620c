import { canonical } from '../application/canonical.ts';
import type { Difference } from '../application/diff.ts';
import { hashJson } from '../hash.ts';
import { type Json, type JsonObject, omitMembers } from '../json.ts';

/** Hash of what a plan saw of a live application. */
export function liveHashOf(body: JsonObject): string {
  return hashJson(canonical(body));
}

/** Whether the application is still what the plan saw. A listing may leave keys out that a GET shows: then keys are not compared. */
export function sameBase(planned: string, fresh: JsonObject): boolean {
  return planned === liveHashOf(fresh) || planned === liveHashOf(omitMembers(fresh, ['keys']));
}

/** Hash of differences with their real values, so that a plan can be compared without holding them. */
export function diffHashOf(differences: readonly Difference[]): string {
  return hashJson(differences.map(({ path, before, after }): Json => [path, before ?? null, after ?? null]));
}
