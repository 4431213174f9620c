import type { AccountConfig } from '../config/account.ts';
import { ReconcilerError } from '../core/errors.ts';
import type { LedgerReader, Log } from '../reconcile/ports.ts';
import { openLedger } from './open-ledger.ts';
import type { Session } from './session.ts';
import { SharedReadings } from './source/shared-readings.ts';

/**
 * Names that other accounts' manifests declare while those accounts' ledgers do not have them yet. A manifest moved from one account
 * to another looks like a delete here and a create there: the delete waits until the create is done. Another account in trouble does
 * not stop this one.
 * @throws {ReconcilerError} for our own account only
 */
export async function movingNames(session: Session, account: AccountConfig): Promise<ReadonlySet<string>> {
  return new NamesMovingToOtherAccounts(session, account, openLedger(session, account)).now(session.context.stop);
}

/**
 * Names that the other accounts' manifests declare and their ledgers do not hold yet, pass after pass without parsing what did not
 * change. Another account in trouble must not stop this one, nor may it lose anything by it: while its manifests cannot be read every
 * application of ours may have moved there, so none is deleted; nor while a document there that was not in force before does not even
 * tell its name.
 */
export class NamesMovingToOtherAccounts {
  readonly #own: LedgerReader;
  readonly #others: readonly AccountConfig[];
  readonly #readings: SharedReadings;
  readonly #log: Log;

  /** `readings` are shared with the other accounts of the session. */
  constructor(session: Session, account: AccountConfig, own: LedgerReader, readings = new SharedReadings(session)) {
    this.#own = own;
    this.#log = session.log.child({ account: account.name });
    this.#others = session.config.accounts.filter(({ name }) => name !== account.name);
    this.#readings = readings;
  }

  /** As it is now. @throws {ReconcilerError} only for our own ledger */
  async now(signal: AbortSignal): Promise<ReadonlySet<string>> {
    if (this.#others.length === 0) return new Set();
    const names = await Promise.all(this.#others.map((other) => this.#movingTo(other, signal)));
    const known = names.flatMap((some) => (some === 'any' ? [] : some));
    if (!names.includes('any')) return new Set(known);
    return new Set([...known, ...[...(await this.#own.load()).entries.values()].map(({ name }) => name)]);
  }

  /** `any`: each of ours may be on its way there. */
  async #movingTo(account: AccountConfig, signal: AbortSignal): Promise<readonly string[] | 'any'> {
    const declared = await this.#orUndefined(account, signal, () => this.#readings.manifestsOf(account));
    const ledger = await this.#orUndefined(account, signal, () => this.#readings.ledgerOf(account));
    const owned = [...(ledger?.entries.values() ?? [])];
    const files = new Set(owned.map(({ file }) => file));
    const mayBeAny = declared?.broken.some(({ name, place }) => name === undefined && !files.has(place.file)) ?? true;
    if (declared === undefined || mayBeAny) return 'any';
    const settled = new Set(owned.map(({ name }) => name));
    const names = [...declared.manifests, ...declared.broken].flatMap(({ name }) => name ?? []);
    return names.filter((name) => !settled.has(name));
  }

  /** The value, or undefined where it cannot be had, for whatever reason: what is expected is told by that account's own passes. */
  async #orUndefined<Value>(
    { name }: AccountConfig,
    signal: AbortSignal,
    read: () => Promise<Value>,
  ): Promise<Value | undefined> {
    try {
      return await read();
    } catch (error) {
      if (error instanceof ReconcilerError) return undefined;
      if (signal.aborted) throw error;
      this.#log.error({ other: name, err: error }, 'other account cannot be read');
      return undefined;
    }
  }
}
