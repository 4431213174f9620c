import { ReconcilerError } from '../../src/core/errors.ts';
import type { DeliveryContext, KeyFacts, KeyTarget } from '../../src/reconcile/ports.ts';
import type { FakeProcess } from './fake-process.ts';

/** What a target holds for one application. */
interface HeldKeys {
  readonly active?: string;
  readonly next?: string;
  readonly id?: string;
}

/** A target in memory: one slot for each name, with the key in use and the one beside it. It survives the death of the process. */
export class FakeTarget implements KeyTarget {
  readonly name: string;
  readonly slots = new Map<string, HeldKeys>();
  /** What it was told of each key last. */
  readonly told: KeyFacts[] = [];
  /** What the ledger said at each call. */
  readonly contexts: DeliveryContext[] = [];
  /** Called before a call takes effect: it may throw. */
  onCall: (phase: 'prepared' | 'active', key: KeyFacts) => void = () => undefined;
  readonly #process: FakeProcess;

  constructor(process: FakeProcess, name = 'directory /srv/keys') {
    this.#process = process;
    this.name = name;
  }

  fileFor({ name }: KeyFacts): string | undefined {
    return this.name.startsWith('exec') ? undefined : `${this.name.split(' ')[1]}/${name}.pem`;
  }

  prepared(key: KeyFacts, context: DeliveryContext): Promise<void> {
    return this.#process.call('target.prepared', () => {
      this.#note('prepared', key, context);
      const { next: _old, ...held } = this.slots.get(key.name) ?? {};
      if (held.active !== key.fingerprint) this.slots.set(key.name, { ...held, next: key.fingerprint });
    });
  }

  active(key: KeyFacts, context: DeliveryContext): Promise<void> {
    return this.#process.call('target.active', () => {
      this.#note('active', key, context);
      const { active, next } = this.slots.get(key.name) ?? {};
      if (![active, next].includes(key.fingerprint)) throw refusal(this.name, key, 'the key was never put in place');
      this.slots.set(key.name, { active: key.fingerprint, ...(key.id === undefined ? {} : { id: key.id }) });
    });
  }

  /** The next `times` calls of that phase fail. */
  refuse(phase: 'prepared' | 'active', reason = 'the disk is full', times = Number.POSITIVE_INFINITY): void {
    let left = times;
    this.onCall = (called, key) => {
      if (called !== phase || left === 0) return;
      left -= 1;
      throw refusal(this.name, key, reason);
    };
  }

  heal(): void {
    this.onCall = () => undefined;
  }

  #note(phase: 'prepared' | 'active', key: KeyFacts, context: DeliveryContext): void {
    this.onCall(phase, key);
    this.told.push(key);
    this.contexts.push(context);
  }
}

function refusal(target: string, { name: application }: KeyFacts, reason: string): ReconcilerError {
  return new ReconcilerError('E_KEY_DELIVERY', { application, target, reason });
}
