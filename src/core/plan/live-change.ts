import type { Application } from '../application/application.ts';
import { canonical } from '../application/canonical.ts';
import { type Differences, diff } from '../application/diff.ts';
import { type OverlayOptions, overlay } from '../application/overlay.ts';
import { spelledOut } from '../application/spelled-out.ts';
import type { JsonObject } from '../json.ts';
import type { Manifest } from '../manifest/manifest.ts';
import { shownMembers } from '../redact/shown-members.ts';
import { diffHashOf, liveHashOf } from './live-hash.ts';
import type { Change, Skip, UpdateChange } from './plan.ts';

/** How a live application differs from what its manifest wants of it. */
interface WantedDifferences extends Differences {
  /** What was compared with the live body, and what a PUT sends. */
  readonly wanted: JsonObject;
}

/** Lays the manifest over the live application, and compares the two. */
export function differencesOf(manifest: Manifest, { body }: Application, options: OverlayOptions): WantedDifferences {
  const wanted = overlay(manifest, body, options);
  return { ...diff(canonical(body), canonical(wanted)), wanted };
}

/** What every change of a live application has. */
export function changeOfLive(
  manifest: Manifest,
  application: Application,
  { members, wanted }: Pick<WantedDifferences, 'members' | 'wanted'>,
): Omit<UpdateChange, 'action' | 'reason' | 'unchanged'> {
  return {
    name: manifest.name,
    id: application.id,
    manifest,
    place: manifest.place,
    members: shownMembers(spelledOut(members, application.body, wanted), manifest),
    base: liveHashOf(application.body),
    diffHash: diffHashOf(members),
    ...(members.some(({ path }) => path === '/name') ? { previousName: application.name } : {}),
  };
}

/** A manifest that says it is paused, with what it would do. */
export function pausedSkip(manifest: Manifest, change: Change | undefined): Skip {
  const message = 'metadata.reconcile is paused: nothing is written until it is set to enabled';
  const id = change !== undefined && change.action !== 'create' ? { id: change.id } : {};
  return {
    reason: 'paused',
    name: manifest.name,
    ...id,
    place: manifest.place,
    message,
    ...(change === undefined ? {} : { change }),
  };
}
