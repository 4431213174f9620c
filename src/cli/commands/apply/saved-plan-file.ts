import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { CliContext } from '../../../app/context.ts';
import { isManifestFile } from '../../../app/given-directory.ts';
import type { AccountPorts } from '../../../app/open-account.ts';
import { messageOf, ReconcilerError } from '../../../core/errors.ts';
import { exitCodes } from '../../../core/exit-codes.ts';
import type { Plan, Skip } from '../../../core/plan/plan.ts';
import type { ApplyResult } from '../../../core/plan/report.ts';
import {
  type MatchedPlan,
  matchSavedPlan,
  parseSavedPlan,
  type SavedChange,
  type SavedPlan,
  type StaleChange,
} from '../../../core/plan/saved-plan.ts';
import { messageLines, quoted } from '../../../core/render/visible.ts';

/** A plan file, and what is in it. */
export interface SavedPlanFile {
  readonly file: string;
  readonly plan: SavedPlan;
}

/** A file is a saved plan, unless it is plainly a manifest; a directory is manifests. @throws {ReconcilerError} E_PLAN_FILE_INVALID */
export function readSavedPlan(target: string | undefined, { cwd }: CliContext): SavedPlanFile | undefined {
  if (target === undefined) return undefined;
  const path = resolve(cwd, target);
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
  try {
    const text = readFileSync(path, 'utf8');
    return isManifestFile(target, text) ? undefined : { file: target, plan: parseSavedPlan(text, target) };
  } catch (error) {
    if (error instanceof ReconcilerError) throw error;
    throw new ReconcilerError('E_PLAN_FILE_INVALID', { file: target, reason: messageOf(error) }, { cause: error });
  }
}

/** @throws {ReconcilerError} E_PLAN_OTHER_ACCOUNT for a plan of another API key or host */
export function refuseOtherAccount(saved: SavedPlanFile | undefined, account: AccountPorts): void {
  if (saved === undefined || saved.plan.accountHash === account.accountHash) return;
  const details = { file: saved.file, planned: saved.plan.account, account: account.config.name };
  throw new ReconcilerError('E_PLAN_OTHER_ACCOUNT', details);
}

/** Of a fresh plan what is to be done: all of it, or what of the saved plan still holds. */
export function approved(
  fresh: Plan,
  saved: SavedPlanFile | undefined,
  serial: number,
): Omit<MatchedPlan, 'changes'> & { readonly plan: Plan } {
  if (saved === undefined) return { plan: fresh, done: [], stale: [] };
  const { changes, done, stale } = matchSavedPlan(saved.plan, fresh, serial);
  // What is paused is held back from this run only if it was approved.
  const isApproved = (skip: Skip) =>
    stale.some(({ name, id }) => (id === undefined ? skip.name === name : skip.id === id));
  const skips = fresh.skips.map(({ heldBack, ...skip }) =>
    heldBack === true && isApproved(skip) ? { ...skip, heldBack } : skip,
  );
  const { planHash: _ofAll, ...rest } = fresh;
  return { plan: { ...rest, changes, skips }, done, stale };
}

/** That a change of the plan was refused, and why. */
export function staleLine({ reason, ...change }: StaleChange): string {
  return messageLines(reason, `Refused: ${subjectWords(change)}: `).join('\n');
}

/** A change of the plan in a few words. */
export function subjectWords({ action, name, id }: SavedChange): string {
  return `${action} ${quoted(name)}${id === undefined ? '' : ` ${id}`}`;
}

/** What refused changes make of the exit code. */
export function staleCode(stale: readonly StaleChange[], results: readonly ApplyResult[]): number {
  if (stale.every(({ paused }) => paused === true)) return exitCodes.done; // the plan's own code says so
  return results.some(({ outcome }) => outcome === 'applied') ? exitCodes.partly : exitCodes.error;
}
