import { join } from 'node:path';
import type { ApplicationId } from '../core/application/application.ts';
import { isLockLost, ReconcilerError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import { emptyLedger, type Ledger, type LedgerRecord } from '../core/ledger/ledger.ts';
import { recordAll } from '../core/ledger/record.ts';
import { keepCopy, replaceFile } from '../disk/durable-file.ts';
import { readIfThere } from '../disk/read-if-there.ts';
import { makeAccountDirectory, openToOthers, refuseLinks } from '../disk/state-directory.ts';
import { stateError } from '../disk/state-error.ts';
import type { LedgerStore, Log, WriteGuard } from '../reconcile/ports.ts';
import { corruptLedger } from './corrupt-ledger.ts';
import { departures } from './departures.ts';
import { keepEarlierFormat } from './earlier-format.ts';
import { History } from './history.ts';
import { bodiesDirectory, keepBody, readBody } from './kept-bodies.ts';
import {
  type AccountMark,
  formatLedger,
  isMarkOf,
  type LedgerDocument,
  ledgerSchema,
  markAccount,
} from './ledger-format.ts';
import { warnOfRemains } from './remains.ts';
import { SeenLedgers } from './seen-ledgers.ts';
import type { StampAges } from './stamp-ages.ts';
import { sameRecords, WriteQueue } from './write-queue.ts';

/** Name of the ledger in an account's directory. */
export const ledgerFileName = 'ledger.json';

/** Which ledger: the state directory, and the account it must belong to. */
export interface LedgerFileOptions {
  readonly stateDirectory: string;
  readonly account: string;
  readonly apiKey: string;
  /** Host, with port if any, of the API's address. */
  readonly host: string;
  readonly log?: Pick<Log, 'warn'>;
  /** Whether this process may write; asked before each write. */
  readonly guard?: Pick<WriteGuard, 'assertHeld'>;
  /** Of the whole process, where ledgers are opened more than once. */
  readonly seen?: SeenLedgers;
  /** How old its stamps are, as far as this process has seen; without, as old as they say. */
  readonly ages?: StampAges;
}

/** What the file was when it was last read or written here; `text` is undefined when there was none. */
interface Saved {
  readonly text: string | undefined;
  /** The format the text has. */
  readonly schema: number;
  readonly account: AccountMark;
  readonly ledger: Ledger;
}

/**
 * The ledger of one account in one file, `<state>/<account>/ledger.json`. Written whole, each time; the version before stays beside
 * it as `ledger.json.bak`. Nothing is touched before the first record. What another process wrote since is never written over.
 */
export class LedgerFile implements LedgerStore {
  readonly #options: LedgerFileOptions;
  readonly #directory: string;
  readonly #path: string;
  readonly #backup: string;
  readonly #history: History;
  readonly #seenLedgers: SeenLedgers;
  readonly #queue = new WriteQueue((records) => this.#write(records));
  #saved: Saved | undefined;
  #overtaken = false;
  #warned = false;
  #seen: { readonly saved: Saved; readonly unsaved: readonly LedgerRecord[]; readonly ledger: Ledger } | undefined;

  constructor(options: LedgerFileOptions) {
    this.#options = options;
    this.#directory = join(options.stateDirectory, options.account);
    this.#path = join(this.#directory, ledgerFileName);
    this.#backup = `${this.#path}.bak`;
    this.#seenLedgers = options.seen ?? new SeenLedgers();
    this.#history = new History(join(this.#directory, 'history.jsonl'));
  }

  /** @throws {ReconcilerError} E_LEDGER_CORRUPT, E_LEDGER_NEWER, E_LEDGER_OTHER_ACCOUNT, E_STATE_MISSING, E_STATE_UNUSABLE */
  async load(): Promise<Ledger> {
    await this.#finishWriting();
    refuseLinks(this.#directory, [bodiesDirectory]);
    const mode = await openToOthers(this.#directory);
    if (mode !== undefined)
      this.#options.log?.warn({ path: this.#directory, mode }, 'state directory is accessible to other users');
    for (;;) {
      const before = this.#saved;
      const saved = await this.#read();
      if (this.#saved !== before) continue; // written here meanwhile: what was read is older, and would pass for another's
      this.#saved = saved;
      this.#overtaken = false;
      this.#options.ages?.read(this.current());
      return this.current();
    }
  }

  /**
   * Rejected durable records are not recorded, now or later. Other records are kept in memory while the disk cannot take them and
   * are written with the next ones.
   * @throws {ReconcilerError} E_STATE_UNUSABLE; E_LOCK_LOST; E_REFUSED when another process wrote the ledger: load it before going on
   */
  async record(records: readonly LedgerRecord[], { durable }: { readonly durable: boolean }): Promise<void> {
    this.#options.ages?.recorded(records); // before the write: the clock may be set meanwhile
    if (durable) await this.#queue.save(records);
    else this.#queue.saveSoon(records);
  }

  /** What a process that lost its lock has not written yet is dropped. @throws {ReconcilerError} E_STATE_UNUSABLE, E_REFUSED */
  async flush(): Promise<void> {
    try {
      await this.#queue.save([]);
    } catch (error) {
      if (!isLockLost(error)) throw error;
      this.#giveUp(error);
    }
  }

  current(): Ledger {
    const saved = this.#saved;
    if (saved === undefined) throw new Error('the ledger must be loaded first');
    const unsaved = this.#queue.unsaved();
    if (unsaved.length === 0) return saved.ledger;
    const seen = this.#seen;
    if (seen?.saved === saved && sameRecords(seen.unsaved, unsaved)) return seen.ledger;
    const ledger = recordAll(saved.ledger, unsaved);
    this.#seen = { saved, unsaved, ledger };
    return ledger;
  }

  measured(ledger: Ledger, now: number): Ledger {
    return this.#options.ages?.measured(ledger, now) ?? ledger;
  }

  /** @throws {ReconcilerError} E_STATE_UNUSABLE, E_LOCK_LOST */
  async keepBody(id: ApplicationId, body: JsonObject): Promise<void> {
    await this.#assertHeld();
    await this.assertThere();
    await keepBody(this.#directory, id, body);
  }

  /** The body kept of an application, or undefined. @throws {ReconcilerError} E_STATE_UNUSABLE */
  readBody(id: ApplicationId): Promise<JsonObject | undefined> {
    return readBody(this.#directory, id);
  }

  /** @throws {ReconcilerError} E_STATE_MISSING when this process has seen the ledger and it is gone; E_STATE_UNUSABLE */
  assertThere(): Promise<void> {
    return this.#seenLedgers.assertThere(this.#path);
  }

  /** Adds to the account's history. Entries that leave are added by `record`. @throws {ReconcilerError} E_STATE_UNUSABLE, E_LOCK_LOST */
  async appendHistory(event: JsonObject): Promise<void> {
    await this.#assertHeld();
    await makeAccountDirectory(this.#directory);
    await this.#history.append([event]);
  }

  /** The account's history, newest last. @throws {ReconcilerError} E_STATE_UNUSABLE */
  readHistory(): Promise<readonly JsonObject[]> {
    return this.#history.read();
  }

  async #assertHeld(): Promise<void> {
    await this.#options.guard?.assertHeld();
  }

  async #finishWriting(): Promise<void> {
    try {
      await this.flush();
    } catch (error) {
      // Another process went first. What it wrote holds; what we could not write is found again by the next plan.
      if (!this.#overtaken) throw error;
      this.#giveUp(error);
    }
  }

  #giveUp(error: unknown): void {
    this.#queue.forget();
    this.#options.log?.warn({ path: this.#path, err: error }, 'records discarded in favor of another process');
  }

  async #read(): Promise<Saved> {
    const text = await readIfThere(this.#path);
    if (text !== undefined) {
      const { document, schema } = await this.#parse(text);
      return { text, schema, ...document };
    }
    await this.assertThere();
    // A write never takes the ledger away, not even for a moment: somebody else did. To begin anew would give up all ownership.
    if ((await readIfThere(this.#backup)) !== undefined)
      throw await corruptLedger(this.#path, 'it is missing, but its backup exists');
    this.#warned ||= await warnOfRemains(this.#directory, this.#options.log); // once: a daemon reads the ledger at each pass
    const { apiKey, host } = this.#options;
    return { text, schema: ledgerSchema, account: markAccount(apiKey, host), ledger: emptyLedger };
  }

  async #parse(text: string): Promise<{ readonly document: LedgerDocument; readonly schema: number }> {
    const { parseLedger } = await parser();
    const parsed = parseLedger(text);
    if (parsed.outcome === 'corrupt') throw await corruptLedger(this.#path, parsed.reason);
    if (parsed.outcome === 'newer') {
      throw new ReconcilerError('E_LEDGER_NEWER', { path: this.#path, found: parsed.schema, known: ledgerSchema });
    }
    const { apiKey, host, account: name } = this.#options;
    const { account } = parsed.document;
    if (!isMarkOf(account, apiKey, host)) {
      const details = { path: this.#path, ledgerHost: account.host, host, account: name };
      throw new ReconcilerError('E_LEDGER_OTHER_ACCOUNT', details);
    }
    this.#seenLedgers.note(this.#path);
    return parsed;
  }

  async #write(records: readonly LedgerRecord[]): Promise<void> {
    await parser(); // what is written is read again, and the package may have been replaced by then
    try {
      await this.#assertHeld();
      const saved = this.#saved ?? (await this.#read());
      await this.assertThere(); // its directory is not made again
      await makeAccountDirectory(this.#directory);
      await this.#assertUntouched(saved);
      const ledger = recordAll(saved.ledger, records);
      const text = formatLedger({ account: saved.account, ledger });
      // Before the ledger: a line too many can be told by comparing, a missing one never.
      const leaving = departures(saved.ledger, records);
      if (leaving.length > 0) await this.#history.append(leaving);
      if (saved.text !== undefined) await keepCopy(this.#path, this.#backup);
      if (saved.text !== undefined && saved.schema < ledgerSchema)
        await keepEarlierFormat(this.#directory, { ...saved, text: saved.text }, this.#options);
      await replaceFile(this.#path, text, () => this.#assertHeld());
      this.#seenLedgers.note(this.#path);
      this.#saved = { text, schema: ledgerSchema, account: saved.account, ledger };
    } catch (error) {
      throw stateError(this.#path, error);
    }
  }

  async #assertUntouched(saved: Saved): Promise<void> {
    const text = await readIfThere(this.#path);
    this.#overtaken ||= text !== saved.text;
    if (!this.#overtaken) return;
    const reason = 'another process changed it since it was read; nothing was overwritten. Run the command again';
    throw new ReconcilerError('E_REFUSED', { what: this.#path, reason });
  }
}

/** A run without a ledger starts sooner without it. */
function parser() {
  return import('./parse-ledger.ts');
}
