import type { AccountConfig } from '../config/account.ts';
import { ReconcilerError } from '../core/errors.ts';
import type { DesiredSource, LedgerReader, Log } from '../reconcile/ports.ts';
import { openLedger } from './open-ledger.ts';
import type { Session } from './session.ts';
import { neighborSource } from './source/open-source.ts';

/**
 * Names that other accounts' manifests declare while those accounts' ledgers do not have them yet. A manifest moved from one account
 * to another looks like a delete here and a create there: the delete waits until the create is done. Another account in trouble does
 * not stop this one.
 * @throws {ReconcilerError} for our own account only
 */
export async function movingNames(session: Session, account: AccountConfig): Promise<ReadonlySet<string>> {
  return new NamesMovingToOtherAccounts(session, account, openLedger(session, account)).now(session.context.stop);
}

interface Neighbor {
  readonly account: AccountConfig;
  readonly source: DesiredSource;
  readonly ledger: () => LedgerReader;
}

/**
 * Names that the other accounts' manifests declare and their ledgers do not hold yet, pass after pass without parsing what did not
 * change. Another account in trouble must not stop this one, nor may it lose anything by it: while its manifests cannot be read every
 * application of ours may have moved there, so none is deleted; nor while a document there that was not in force before does not even
 * tell its name.
 */
export class NamesMovingToOtherAccounts {
  readonly #own: LedgerReader;
  readonly #neighbors: readonly Neighbor[];
  readonly #log: Log;

  constructor(session: Session, account: AccountConfig, own: LedgerReader) {
    this.#own = own;
    this.#log = session.log.child({ account: account.name });
    const others = session.config.accounts.filter(({ name }) => name !== account.name);
    this.#neighbors = others.map((other) => ({
      account: other,
      source: neighborSource(session, other),
      ledger: () => openLedger(session, other),
    }));
  }

  /** As it is now. @throws {ReconcilerError} only for our own ledger */
  async now(signal: AbortSignal): Promise<ReadonlySet<string>> {
    if (this.#neighbors.length === 0) return new Set();
    const names = await Promise.all(this.#neighbors.map((neighbor) => this.#movingTo(neighbor, signal)));
    return new Set(names.flat());
  }

  async #movingTo({ account, source, ledger }: Neighbor, signal: AbortSignal): Promise<readonly string[]> {
    const declared = await this.#orUndefined(account, signal, () => source.load({ signal }));
    const owned =
      (await this.#orUndefined(account, signal, async () => [...(await ledger().load()).entries.values()])) ?? [];
    const files = new Set(owned.map(({ file }) => file));
    const mayBeAny = declared?.broken.some(({ name, place }) => name === undefined && !files.has(place.file)) ?? true;
    if (declared === undefined || mayBeAny)
      return [...(await this.#own.load()).entries.values()].map(({ name }) => name);
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
