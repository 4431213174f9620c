import { stat } from 'node:fs/promises';
import { ReconcilerError } from '../core/errors.ts';
import { errnoOf, stateError } from '../disk/state-error.ts';

/**
 * Paths of the ledgers that this process has seen. One of them that is gone, with or without its directory, was removed under us: to
 * begin anew would give up all ownership, and to make its directory again would be in the way of who puts it back.
 */
export class SeenLedgers {
  readonly #paths = new Set<string>();

  note(path: string): void {
    this.#paths.add(path);
  }

  /** @throws {ReconcilerError} E_STATE_MISSING when the ledger was seen and is gone, its backup included; E_STATE_UNUSABLE */
  async assertThere(path: string): Promise<void> {
    if (!this.#paths.has(path) || (await isThere(path)) || (await isThere(`${path}.bak`))) return;
    throw new ReconcilerError('E_STATE_MISSING', { path });
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw stateError(path, error);
  }
}
