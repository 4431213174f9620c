import { idsAtStake } from '../core/in-use/ids-at-stake.ts';
import { inUseMessage, isInUse } from '../core/in-use/in-use.ts';
import type { NumbersReading } from '../core/in-use/numbers-reading.ts';
import type { Change } from '../core/plan/plan.ts';
import type { Outcome } from '../core/plan/report.ts';
import { isNamedIn } from '../core/plan/selection.ts';
import type { ReconcilePorts } from './ports.ts';

/** The account's phone numbers as they are when changes of one plan are made: read once, right before the first that could cut one off. */
export class LinkedNumbers {
  readonly #ports: ReconcilePorts;
  readonly #signal: AbortSignal;
  /** Of the run: for an approved plan what was allowed with it. */
  readonly #allowed: readonly string[];
  #reading: Promise<NumbersReading> | undefined;

  constructor(ports: ReconcilePorts, approved: boolean, signal: AbortSignal) {
    const { approval, overrides } = ports.rules;
    this.#ports = ports;
    this.#signal = signal;
    this.#allowed = (approved ? approval?.overrides : overrides)?.allowLinked ?? [];
  }

  /** Why a change must not be made now, though its plan says so; undefined when it may. */
  async refuse(change: Change): Promise<Outcome | undefined> {
    const { numbers: reader, log, rules } = this.#ports;
    if (reader === undefined || idsAtStake(change).length === 0 || isNamedIn(this.#allowed, change)) return undefined;
    this.#reading ??= reader.readAfresh(this.#signal);
    const numbers = await this.#reading;
    if (this.#signal.aborted) return { outcome: 'skipped', reason: 'stopped before it started' };
    const facts = { numbers, policy: rules.policy };
    const reason = isInUse(change, facts) ? inUseMessage([change], facts) : undefined;
    if (reason !== undefined) return { outcome: 'stale', reason };
    if (numbers.outcome === 'unknown')
      log.warn({ application: change.name, problem: numbers.reason }, 'linked numbers not checked');
    return undefined;
  }
}
