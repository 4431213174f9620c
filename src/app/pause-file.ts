import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { messageOf, ReconcilerError } from '../core/errors.ts';
import { parseJson } from '../core/json.ts';
import { removeStaleTempFiles, replaceFile, syncDirectory } from '../disk/durable-file.ts';
import { readRegularFile } from '../disk/regular-file.ts';
import { errnoOf, stateError } from '../disk/state-error.ts';
import type { Lock } from '../lock/lock.ts';
import { activePauses, isAnyPaused, noPauses, type PauseStore, type Pauses } from '../pass/pauses.ts';
import type { Clock } from '../reconcile/ports.ts';

/** Name of the file, in the account's directory of the state directory. */
const pauseFileName = 'PAUSE';
/** How long a change waits for those of other processes, in milliseconds; each of them takes a few. */
const longestWaitMs = 30_000;

/**
 * The pauses of one account in a file, `<state>/<account>/PAUSE`, which the daemon reads at every pass. Whoever can write there can
 * pause, also by an empty file: what is no JSON of ours pauses the whole account. A change has a lock of its own, `pauses.lock`, and
 * changes of one process wait in line, so that none of them is lost.
 */
export function pauseFile(directory: string, clock: Clock): PauseStore {
  const path = join(directory, pauseFileName);
  let earlier: Promise<unknown> = Promise.resolve();
  return {
    load: async () => withBroken(await found(path), path),
    change: (change) => {
      const changed = earlier.then(() => changeFile({ directory, path, clock }, change));
      earlier = changed.catch(() => undefined); // told to the one who asked
      return changed;
    },
  };
}

interface FileToChange {
  readonly directory: string;
  readonly path: string;
  readonly clock: Clock;
}

async function changeFile(
  { directory, path, clock }: FileToChange,
  change: (pauses: Pauses) => Pauses,
): Promise<Pauses> {
  const lock = await lockPauses(directory, clock);
  try {
    await removeStaleTempFiles(directory, (name) => name === pauseFileName);
    const pauses = change(activePauses(understood(await found(path), path), clock.now()));
    await lock.confirm(); // a process that slept may have lost it since it read
    await save(path, pauses);
    return pauses;
  } finally {
    await lock.release();
  }
}

async function lockPauses(directory: string, clock: Clock): Promise<Lock> {
  const { acquireLock } = await import('../lock/lock.ts'); // not by plan, which only looks
  try {
    return await acquireLock({ directory, kind: 'pauses', waitMs: longestWaitMs, clock });
  } catch (error) {
    if (!(error instanceof ReconcilerError) || error.code !== 'E_LOCK_HELD') throw error;
    const remedy = 'It changes the pauses. Try again';
    throw new ReconcilerError('E_LOCK_HELD', { ...error.details, remedy }, { cause: error });
  }
}

async function save(path: string, pauses: Pauses): Promise<void> {
  try {
    if (isAnyPaused(pauses)) return await replaceFile(path, `${JSON.stringify(pauses, undefined, 2)}\n`);
    await rm(path, { force: true });
    await syncDirectory(dirname(path));
  } catch (error) {
    throw stateError(path, error);
  }
}

/** What is at the path: `marker` is an empty file, made manually; what is `broken` is not for us to replace. */
type Found =
  | { readonly kind: 'nothing' | 'marker' }
  /** Why, after "the file". */
  | { readonly kind: 'broken'; readonly why: string }
  | { readonly kind: 'pauses'; readonly pauses: Pauses };

async function found(path: string): Promise<Found> {
  try {
    return await parse(await readRegularFile(path));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return { kind: 'nothing' };
    const known = stateError(path, error);
    const reason = known instanceof ReconcilerError ? known.details.reason : messageOf(known);
    return { kind: 'broken', why: `cannot be read: ${reason}` };
  }
}

async function parse(text: string): Promise<Found> {
  if (text.trim() === '') return { kind: 'marker' };
  const { pausesSchema } = await import('../pass/pauses-schema.ts');
  const parsed = pausesSchema.safeParse(parseJson(text));
  return parsed.success ? { kind: 'pauses', pauses: parsed.data } : { kind: 'broken', why: 'cannot be parsed' };
}

/** Somebody meant to pause something: whatever is there and holds no pauses of ours pauses the account. */
function withBroken(found: Found, path: string): Pauses {
  switch (found.kind) {
    case 'nothing':
      return noPauses;
    case 'pauses':
      return found.pauses;
    case 'marker':
      return { account: { reason: `the file ${path} exists`, since: 0 }, applications: {} };
    case 'broken':
      return { account: { reason: `the file ${path} ${found.why}`, since: 0, isBroken: true }, applications: {} };
  }
}

/** What a change begins with. @throws {ReconcilerError} E_REFUSED */
function understood(found: Found, path: string): Pauses {
  if (found.kind === 'broken') {
    const reason = `it ${found.why}, so the whole account is paused. Fix or remove it, then try again`;
    throw new ReconcilerError('E_REFUSED', { what: path, reason });
  }
  return withBroken(found, path);
}
