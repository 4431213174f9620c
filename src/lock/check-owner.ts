import type { Clock } from '../reconcile/ports.ts';
import { type FoundLock, readLock } from './record.ts';
import { askSocket } from './socket.ts';
import { secondLookMs, takeOverMs } from './times.ts';

/** From where a lock is judged. */
export interface JudgeContext {
  /** Directory in which the owner's socket is. */
  readonly directory: string;
  /** Of the kernel we run on. */
  readonly boot: string;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Whether the owner of the lock at this path is still there.
 *
 * | boot id | socket    | heartbeat | verdict |
 * |---------|-----------|-----------|---------|
 * | ours    | accepted  | any       | held    |
 * | ours    | refused   | any       | gone    |
 * | ours    | unusable  | fresh     | held    |
 * | ours    | unusable  | stale     | gone    |
 * | other   | not asked | fresh     | held    |
 * | other   | not asked | stale     | gone    |
 *
 * Process ids are no evidence: in two containers on one volume both are 1.
 */
export async function checkOwner(path: string, found: FoundLock, context: JudgeContext): Promise<'held' | 'gone'> {
  const socket = found.note?.boot === context.boot ? found.note.socket : undefined;
  const answer = socket === undefined ? 'unusable' : await askSocket(context.directory, socket);
  if (answer === 'accepted') return 'held';
  if (answer === 'refused') return 'gone';
  return judgeByHeartbeat(path, found, context);
}

/**
 * Looks twice, for clocks jump and the clocks of two machines differ: a heartbeat that moved in between is fresh, whatever it says; one
 * that did not is older than its owner may still write.
 */
async function judgeByHeartbeat(path: string, found: FoundLock, context: JudgeContext): Promise<'held' | 'gone'> {
  const { clock, signal } = context;
  if (Math.abs(clock.now() - found.heartbeat) <= takeOverMs) return 'held';
  await clock.sleep(secondLookMs, signal);
  const again = await readLock(path);
  return again?.token === found.token && again.heartbeat === found.heartbeat ? 'gone' : 'held';
}
