import type { AccountConfig, Schedule } from '../../src/config/account.ts';
import { configOfEnvironment } from '../../src/config/config.ts';
import { ReconcilerError } from '../../src/core/errors.ts';
import type { JsonObject } from '../../src/core/json.ts';
import type { AccountSpec, AccountStore, HeldLock } from '../../src/pass/account.ts';
import type { Approval, ApprovalStore } from '../../src/pass/approvals.ts';
import type { Pauses } from '../../src/pass/pauses.ts';
import { FakeAccount } from '../reconcile/fake-account.ts';
import { aLog } from './builders.ts';

/** The configuration of an account that makes a pass every 100 seconds. */
export function aConfig(
  name = 'main',
  schedule: Schedule = { kind: 'interval', seconds: 100, jitterPercent: 0 },
): AccountConfig {
  const [account] = configOfEnvironment({ environment: {}, cwd: '/', directory: '.', readFile: () => '' }).accounts;
  if (account === undefined) throw new Error('there is always one account');
  return { ...account, name, schedule };
}

/** What a fake account's life was. */
export interface FakeSpec extends AccountSpec {
  readonly fake: FakeAccount;
  /** Rings as a watch does. */
  touch(): void;
  opened: number;
  closed: number;
}

/** An account in memory for a daemon to open. */
export function aSpec(config = aConfig(), fake = new FakeAccount()): FakeSpec {
  let onChange: () => void = () => undefined;
  const spec: FakeSpec = {
    config,
    fake,
    opened: 0,
    closed: 0,
    touch: () => onChange(),
    open: async () => {
      spec.opened += 1;
      return {
        config,
        get ports() {
          return fake.ports;
        },
        context: { program: '1.0.0', account: config.name, accountHash: 'abcd' },
        log: aLog(),
        movingNames: async () => new Set<string>(),
        otherLedger: async () => undefined,
        firstRun: async () => undefined,
        whileWriting: (signal, work) => work(signal),
        requestsPerSecond: () => 10,
        watch: async (request) => {
          onChange = () => request('files');
          return { close: async () => undefined };
        },
        close: async () => {
          spec.closed += 1;
        },
      };
    },
  };
  return spec;
}

/** Where the last approval is kept, in memory. */
export function approvalsInMemory(): ApprovalStore & { last: Approval | undefined } {
  const store: ApprovalStore & { last: Approval | undefined } = {
    last: undefined,
    load: async () => store.last,
    save: async (approval) => {
      store.last = approval;
    },
    spend: async (approval, used) => {
      store.last = { ...approval, used };
    },
  };
  return store;
}

/** What an account keeps outside, in memory. */
export interface FakeStore extends AccountStore {
  saved: Pauses;
  readonly events: JsonObject[];
  /** Lets the other daemon go. */
  free(): void;
  /** Takes the lock away. */
  steal(): void;
  /** Takes the lock away because its directory was replaced; nobody has it then. */
  move(): void;
  /** Takes the lock away while the process sleeps: it finds out when it looks. */
  stealUnseen(): void;
}

/** A store whose lock is free unless another daemon has it. */
export function aStore(other?: string): FakeStore {
  let owner = other;
  let free: () => void = () => undefined;
  let lost = new AbortController();
  let unseen = false;
  const store: FakeStore = {
    saved: { applications: {} },
    events: [],
    pauses: {
      load: async () => store.saved,
      change: async (change) => {
        store.saved = change(store.saved);
        return store.saved;
      },
    },
    approvals: approvalsInMemory(),
    history: {
      append: async (events) => void store.events.push(...events),
      read: async () => store.events,
    },
    lead: async (signal, onWait): Promise<HeldLock> => {
      if (owner !== undefined) {
        onWait(owner);
        await new Promise<void>((resolve, reject) => {
          free = resolve;
          signal.addEventListener('abort', () => reject(signal.reason));
        });
      }
      lost = new AbortController();
      return {
        lost: lost.signal,
        confirm: async () => {
          if (unseen) store.steal();
          lost.signal.throwIfAborted();
        },
        release: async () => undefined,
      };
    },
    free: () => {
      owner = undefined;
      free();
    },
    steal: () => {
      owner = 'process 8';
      lost.abort(new Error('stolen'));
    },
    move: () => {
      const details = { path: 'daemon.lock', reason: 'its directory was removed or replaced', moved: true };
      lost.abort(new ReconcilerError('E_LOCK_LOST', details));
    },
    stealUnseen: () => {
      unseen = true;
    },
  };
  return store;
}
