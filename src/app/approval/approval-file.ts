import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { ReconcilerError } from '../../core/errors.ts';
import { parseJson } from '../../core/json.ts';
import { removeStaleTempFiles, replaceFile } from '../../disk/durable-file.ts';
import { readIfThere } from '../../disk/read-if-there.ts';
import { stateError } from '../../disk/state-error.ts';
import { acquireLock } from '../../lock/lock.ts';
import type { Approval, ApprovalStore } from '../../pass/approvals.ts';
import type { Clock } from '../../reconcile/ports.ts';

/** Name of the file, in the account's directory of the state directory. */
const approvalFileName = 'approval.json';
/** How long a change waits for that of another process, in milliseconds; each takes a few. */
const longestWaitMs = 30_000;

/** The last approval of an account in a file, changed under a lock of its own, and where that file is. */
export function approvalFile(directory: string, clock: Clock): ApprovalStore & { readonly path: string } {
  const path = join(directory, approvalFileName);
  const write = (approval: Approval, check: () => Promise<void>) =>
    underLock(directory, clock, async (confirm) => {
      await check();
      await confirm(); // a process that slept may have lost the lock since it read
      await save(directory, path, approval);
    });
  return {
    path,
    load: () => load(path),
    save: (approval) => write(approval, async () => undefined),
    spend: (approval, at) => write({ ...approval, used: at }, async () => assertSame(await load(path), approval, path)),
  };
}

async function load(path: string): Promise<Approval | undefined> {
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  const { approvalSchema } = await import('../../pass/approvals-schema.ts');
  const parsed = approvalSchema.safeParse(parseJson(text));
  if (!parsed.success) return undefined;
  const { format: _format, ...approval } = parsed.data;
  return approval;
}

/** An approval that was used or replaced since the pass began is not this one. @throws {ReconcilerError} E_REFUSED */
function assertSame(found: Approval | undefined, approval: Approval, path: string): void {
  if (isDeepStrictEqual(found, approval)) return;
  const reason =
    'the approval was used or replaced while the plan was made, so nothing was written. The next pass reads it again';
  throw new ReconcilerError('E_REFUSED', { what: path, reason });
}

async function save(directory: string, path: string, approval: Approval): Promise<void> {
  try {
    await removeStaleTempFiles(directory, (name) => name === approvalFileName);
    await replaceFile(path, `${JSON.stringify({ format: 'vonage-gitops.approval/1', ...approval }, undefined, 2)}\n`);
  } catch (error) {
    throw stateError(path, error);
  }
}

async function underLock(
  directory: string,
  clock: Clock,
  work: (confirm: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const lock = await acquireLock({ directory, kind: 'approvals', waitMs: longestWaitMs, clock });
  try {
    await work(() => lock.confirm());
  } finally {
    await lock.release();
  }
}
