import type { LiveState } from '../application/application.ts';
import { compareTexts } from '../compare.ts';
import { hashJson } from '../hash.ts';
import type { ListingSeen } from './plan.ts';

/** What to remember of a listing: which applications it showed, and a hash of their ids in order. */
export function listingSeen({ applications, serverTime, tookMs }: LiveState): ListingSeen {
  const ids = applications.map(({ id }) => id).toSorted(compareTexts);
  return { count: ids.length, ids: new Set(ids), hash: hashJson(ids), serverTime, tookMs };
}
