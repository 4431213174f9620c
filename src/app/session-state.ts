import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { type StateDirectory, stateDirectory } from '../config/state.ts';
import { ReconcilerError } from '../core/errors.ts';
import { isLoopback } from '../core/is-loopback.ts';
import { ledgerFileName } from '../ledger/ledger-file.ts';
import { readMark } from '../ledger/ledger-mark.ts';
import type { Log } from '../reconcile/ports.ts';
import type { CliContext } from './context.ts';

/**
 * The state directory of a session. Emulated accounts have one of their own where nobody chose any: a ledger of the emulator would be in
 * the way of the real account of the same name. Where one of them has its ledger beside the real ones, it stays there.
 */
export async function stateOfSession(
  config: Config,
  option: string | undefined,
  { environment, cwd }: CliContext,
): Promise<StateDirectory> {
  const state = stateDirectory({ option, environment, configured: config.state, configFile: config.file, cwd });
  if (state.source !== 'default' || !isEmulated(config)) return state;
  if (await holdsLedgerOf(config, state.directory)) return state;
  return { ...state, directory: `${state.directory}-emulator`, source: 'default for emulated accounts' };
}

/** One line for each directory that is named and not used: whoever named it looks for the ledger there. */
export function warnOfOverruled({ directory, source, overruled }: StateDirectory, log: Pick<Log, 'warn'>): void {
  for (const other of overruled) {
    if (isSame(directory, other.directory)) continue;
    const fields = { used: directory, from: source, unused: other.directory, unusedFrom: other.source };
    log.warn(fields, 'two different state directories are named; only one is used');
  }
}

/** All accounts are on this machine. */
function isEmulated({ accounts }: Config): boolean {
  return accounts.every(({ apiUrl }) => isLoopback(new URL(apiUrl).hostname));
}

/** A ledger that cannot be read may be one of them: it is told where it is opened. */
async function holdsLedgerOf({ accounts }: Config, state: string): Promise<boolean> {
  const held = await Promise.all(
    accounts.map(async ({ name, apiUrl }) => {
      try {
        const mark = await readMark(join(state, name, ledgerFileName));
        return mark?.host === new URL(apiUrl).host;
      } catch (error) {
        if (error instanceof ReconcilerError) return true;
        throw error;
      }
    }),
  );
  return held.includes(true);
}

/** Also through links. */
function isSame(one: string, other: string): boolean {
  return existsSync(one) && existsSync(other) && realpathSync(one) === realpathSync(other);
}
