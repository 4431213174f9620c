import type { AccountConfig } from '../../config/account.ts';
import type { Ledger } from '../../core/ledger/ledger.ts';
import type { DesiredState } from '../../core/manifest/manifest.ts';
import { SharedWork } from '../../core/shared-work.ts';
import type { DesiredSource } from '../../reconcile/ports.ts';
import { openLedger } from '../open-ledger.ts';
import type { Session } from '../session.ts';
import { openSource } from './open-source.ts';

type OpenManifests = (account: AccountConfig) => DesiredSource;

/** Accounts that are read at once. */
const mostAtOnce = 8;

/**
 * Manifests and ledgers of accounts as the others look at them. Each account looks at each other one in every pass: whoever asks at the
 * same time shares one reading, so that a round of all accounts costs as many readings as there are accounts, not their square. None
 * begins before it is asked for.
 */
export class SharedReadings {
  readonly #session: Session;
  readonly #open: OpenManifests;
  readonly #sources = new Map<string, DesiredSource>();
  readonly #manifests = new SharedWork<DesiredState>(mostAtOnce);
  readonly #ledgers = new SharedWork<Ledger>(mostAtOnce);

  /** `open` opens the manifests of an account otherwise than as they are. */
  constructor(session: Session, open: OpenManifests = (account) => openSource(session, account)) {
    this.#session = session;
    this.#open = open;
  }

  /** @throws {ReconcilerError} E_SOURCE_* */
  manifestsOf(account: AccountConfig): Promise<DesiredState> {
    return this.#manifests.ask(account.name, { work: () => this.#sourceOf(account).load(), holds: async () => false });
  }

  /** @throws {ReconcilerError} E_LEDGER_*, E_CREDENTIALS_MISSING */
  ledgerOf(account: AccountConfig): Promise<Ledger> {
    const work = async () => openLedger(this.#session, account).load();
    return this.#ledgers.ask(account.name, { work, holds: async () => false });
  }

  #sourceOf(account: AccountConfig): DesiredSource {
    const source = this.#sources.get(account.name) ?? this.#open(account);
    this.#sources.set(account.name, source);
    return source;
  }
}
