import type { ApplicationId } from '../../src/core/application/application.ts';
import { ReconcilerError } from '../../src/core/errors.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { emptyLedger, type Ledger, type LedgerRecord } from '../../src/core/ledger/ledger.ts';
import { recordAll } from '../../src/core/ledger/record.ts';
import { StampAges } from '../../src/ledger/stamp-ages.ts';
import type { Clock, LedgerStore } from '../../src/reconcile/ports.ts';
import type { FakeProcess } from './fake-process.ts';

/** A ledger on a disk that outlives the process, with what the process has not written yet. */
export class FakeLedger implements LedgerStore {
  readonly #process: FakeProcess;
  readonly #clock: Clock;
  #ages: StampAges;
  #disk: Ledger = emptyLedger;
  #unsaved: readonly LedgerRecord[] = [];
  /** Everything that was ever recorded, and whether it had to be on the disk at once. */
  readonly history: { readonly record: LedgerRecord; readonly durable: boolean }[] = [];
  readonly bodies = new Map<ApplicationId, JsonObject>();
  /** The disk cannot be written. */
  full = false;
  /** The lock is lost: nothing may be written any more. */
  lost = false;

  constructor(process: FakeProcess, clock: Clock) {
    this.#process = process;
    this.#clock = clock;
    this.#ages = new StampAges(clock);
  }

  /** What survives a crash for sure. */
  get disk(): Ledger {
    return this.#disk;
  }

  /** Replaces the file, as a test's given. */
  put(ledger: Ledger): void {
    this.#disk = ledger;
    this.#unsaved = [];
  }

  /** The process is gone: of what it had not saved, the first `saved` records made it to the disk. */
  restart(saved = 0): void {
    this.#write(this.#unsaved.slice(0, saved));
    this.#unsaved = [];
    this.#ages = new StampAges(this.#clock);
  }

  load(): Promise<Ledger> {
    return this.#process.call('ledger.load', () => {
      this.#write(this.#unsaved);
      this.#ages.read(this.#disk);
      return this.#disk;
    });
  }

  record(records: readonly LedgerRecord[], { durable }: { readonly durable: boolean }): Promise<void> {
    this.#ages.recorded(records);
    const name = `ledger.record ${records.map(({ kind }) => kind).join(' ')}`;
    return this.#process.call(name, () => {
      if (durable && this.full) throw unwritable();
      if (durable && this.lost) throw lockLost();
      this.#unsaved = [...this.#unsaved, ...records];
      for (const record of records) this.history.push({ record, durable });
      if (durable) this.#write(this.#unsaved);
    });
  }

  flush(): Promise<void> {
    return this.#process.call('ledger.flush', () => {
      if (this.full) throw unwritable();
      if (this.lost) this.#unsaved = [];
      this.#write(this.#unsaved);
    });
  }

  current(): Ledger {
    return this.#unsaved.length === 0 ? this.#disk : recordAll(this.#disk, this.#unsaved);
  }

  measured(ledger: Ledger, now: number): Ledger {
    return this.#ages.measured(ledger, now);
  }

  keepBody(id: ApplicationId, body: JsonObject): Promise<void> {
    return this.#process.call('ledger.keepBody', () => {
      if (this.full) throw unwritable();
      this.bodies.set(id, body);
    });
  }

  #write(records: readonly LedgerRecord[]): void {
    if (records.length > 0) this.#disk = recordAll(this.#disk, records);
    this.#unsaved = [];
  }
}

function unwritable(): ReconcilerError {
  return new ReconcilerError('E_STATE_UNUSABLE', { path: 'ledger.json', reason: 'no space left' });
}

/** What everything that would write says once the lock is lost. */
export function lockLost(): ReconcilerError {
  return new ReconcilerError('E_LOCK_LOST', { path: 'writer.lock', reason: 'it was taken over', moved: false });
}
