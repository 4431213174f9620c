import { ReconcilerError } from '../../../core/errors.ts';

/** What one check found. */
export interface Finding {
  readonly level: 'ok' | 'warn' | 'fail';
  /** What was checked, in a word or two. */
  readonly what: string;
  /** What was found; with `warn` and `fail` the remedy, too. */
  readonly message: string;
  readonly account?: string;
  /** The git source it is about. */
  readonly source?: string;
}

/** One finding. */
export function finding(level: Finding['level'], what: string, message: string): Finding {
  return { level, what, message };
}

/** What a check finds; an expected error is a finding as well, for its message names the remedy. */
export function findings(what: string, check: () => readonly Finding[]): readonly Finding[] {
  try {
    return check();
  } catch (error) {
    return [failure(what, error)];
  }
}

/** As {@link findings}, for checks that wait. */
export async function findingsOf(what: string, check: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await check();
  } catch (error) {
    return [failure(what, error)];
  }
}

function failure(what: string, error: unknown): Finding {
  if (error instanceof ReconcilerError) return finding('fail', what, error.message);
  throw error;
}
