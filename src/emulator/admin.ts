import type { Account } from './applications/account.ts';
import type { Dialect } from './applications/application-shape.ts';
import { type StoredApplication, storedApplication } from './applications/record.ts';
import type { Store } from './applications/store.ts';
import { type FaultRule, faultRuleSchema } from './faults/fault-rule.ts';
import type { FaultBook } from './faults/faults.ts';
import type { JsonObject } from './json.ts';
import type { NumberStore } from './numbers/number-store.ts';
import { type OwnedNumber, ownedNumbersSchema } from './numbers/owned-number.ts';
import type { TokenBucket } from './rate-limit.ts';
import type { RequestCounts, RequestLog, RequestLogEntry } from './request-log.ts';

/** What a test may do to the emulator past its API; the admin prefix offers the same over HTTP. */
export interface EmulatorAdmin {
  /** Forget applications, numbers, fault rules and requests; the rate limit is full again. */
  reset(): void;
  /** Add invented applications, or these bodies unchecked, as if created long ago; returns their ids. A body may bring its id. */
  seed(what: number | readonly JsonObject[]): string[];
  /** Replace all fault rules. @throws {z.ZodError} for a malformed rule */
  faults(rules: readonly FaultRule[]): void;
  /** The rules in force. */
  faultRules(): readonly FaultRule[];
  /** The latest requests to the API, oldest first. */
  requests(): RequestLogEntry[];
  /** Requests by verb, and `writes`. */
  counts(): RequestCounts;
  /** Forget requests and counts. */
  clearRequests(): void;
  /** The applications as a list would show them, oldest first, hidden ones included. */
  applications(): StoredApplication[];
  /** Another writer: store this body unchecked and without defaults; keys stay unless the body names them. */
  put(id: string, body: JsonObject): void;
  /** Another writer: delete. Tells whether it was there. */
  remove(id: string): boolean;
  /** The account's numbers. */
  numbers(): readonly OwnedNumber[];
  /** Another writer: rent numbers, or change their settings. @throws {z.ZodError} for a malformed number */
  putNumbers(numbers: readonly OwnedNumber[]): void;
  /** Another writer: give up a number. Tells whether it was there. */
  removeNumber(msisdn: string): boolean;
}

/** What the admin acts on. */
export interface AdminParts {
  readonly account: Account;
  readonly store: Store;
  readonly numbers: NumberStore;
  readonly dialect: Dialect;
  readonly faults: FaultBook;
  readonly log: RequestLog;
  readonly bucket: TokenBucket | undefined;
}

/** Bind the admin functions to the emulator's parts. */
export function emulatorAdmin({ account, store, numbers, dialect, faults, log, bucket }: AdminParts): EmulatorAdmin {
  return {
    reset: () => {
      account.reset();
      numbers.clear();
      faults.arm([]);
      log.clear();
      bucket?.reset();
    },
    seed: (what) => account.seed(what),
    faults: (rules) => faults.arm(rules.map((rule) => faultRuleSchema.parse(rule))),
    faultRules: () => faults.rules(),
    requests: () => log.entries(),
    counts: () => log.counts(),
    clearRequests: () => log.clear(),
    applications: () => store.all().map((record) => storedApplication(record, dialect)),
    put: (id, body) => account.foreignPut(id, body),
    remove: (id) => store.remove(id),
    numbers: () => numbers.all(),
    putNumbers: (given) => numbers.put(ownedNumbersSchema.parse(given)),
    removeNumber: (msisdn) => numbers.remove(msisdn),
  };
}
