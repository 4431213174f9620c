import type { ApplicationId, LiveState } from '../application/application.ts';
import { compareTexts } from '../compare.ts';
import { hashJson } from '../hash.ts';

/** Which applications a plan saw, so that a second listing can be held against it. */
export interface ListingSeen {
  readonly count: number;
  readonly ids: ReadonlySet<ApplicationId>;
  /** Hash of their ids; see listingSeen. */
  readonly hash: string;
  /** As the listing says: the API's time when it began, and how long it took. */
  readonly serverTime?: number | undefined;
  readonly tookMs?: number | undefined;
}

/** What to remember of a listing: which applications it showed, and a hash of their ids in order. */
export function listingSeen({ applications, serverTime, tookMs }: LiveState): ListingSeen {
  const ids = applications.map(({ id }) => id).toSorted(compareTexts);
  return { count: ids.length, ids: new Set(ids), hash: hashJson(ids), serverTime, tookMs };
}
