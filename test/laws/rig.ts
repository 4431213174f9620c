import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Application } from '../../src/core/application/application.ts';
import type { JsonObject } from '../../src/core/json.ts';
import type { ParsedManifests } from '../../src/core/manifest/parse.ts';
import type { Plan } from '../../src/core/plan/plan.ts';
import { defaultPolicy, everything, noOverrides, type Policy } from '../../src/core/plan/policy.ts';
import { type Emulator, startEmulator } from '../../src/emulator/emulator.ts';
import { KeyDirectory } from '../../src/keys/key-store.ts';
import { LedgerFile } from '../../src/ledger/ledger-file.ts';
import type { PassRules, ReconcilePorts } from '../../src/reconcile/ports.ts';
import { makePlan, reconcile } from '../../src/reconcile/reconcile.ts';
import { aDesiredState } from '../builders.ts';
import { FakeAccount } from '../reconcile/fake-account.ts';
import { FakeClock, FakeLog } from '../reconcile/fake-clock.ts';
import { aClient } from '../vonage/support.ts';
import { nameOf, type Story } from './generators.ts';

/** An account to which laws are put: in memory, or the emulator with the real client, ledger and key folder. */
export interface Rig {
  ports(manifests: ParsedManifests, story: Story, more?: Partial<Policy>): ReconcilePorts;
  /** Somebody else creates an application. */
  foreign(body: JsonObject): void;
  live(): Promise<readonly Application[]>;
  /** How many writes took effect. */
  writes(): number;
  /** Forgets the ledger and the keys. */
  forget(): Promise<void>;
}

/** Opens rigs, one after another, each for one story. */
export interface RigMaker {
  readonly title: string;
  readonly runs: number;
  open(): Promise<void>;
  withRig<Result>(work: (rig: Rig) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

function rulesFor({ policy, undeclaredCapabilities, lives }: Story, more: Partial<Policy>): PassRules {
  const names = lives.flatMap((_, nth) => [nameOf(nth), `Renamed ${nth}`]);
  return {
    account: { name: 'main', hash: 'of-key-and-host' },
    policy: {
      ...defaultPolicy,
      policy,
      undeclaredCapabilities,
      deletes: { max: 99, maxPercent: 100, per24h: 99 },
      ...more,
    },
    selection: everything,
    overrides: { ...noOverrides, allowRemovals: names },
    whenStale: 'replan',
    keyCustody: 'safe',
    adoptionCustody: 'safe',
    movingNames: new Set(),
  };
}

const desiredOf = ({ manifests, broken, complete, problems, emptyFiles }: ParsedManifests) =>
  aDesiredState({ manifests, broken, complete, problems, emptyFiles });

/** The account in memory. */
export const inMemory: RigMaker = {
  title: 'the account in memory',
  runs: 100,
  open: async () => undefined,
  close: async () => undefined,
  withRig: (work) => {
    const account = new FakeAccount();
    return work({
      ports: (manifests, story, more = {}) => {
        account.desired = desiredOf(manifests);
        account.rules = rulesFor(story, more);
        return account.ports;
      },
      foreign: (body) => void account.server.foreignCreate(body),
      live: async () => account.server.all(),
      writes: () => account.server.writes,
      forget: async () => {
        const { ledger } = new FakeAccount();
        account.ledger.put(ledger.disk);
        for (const fingerprint of account.keys.folder) account.keys.lose(fingerprint);
      },
    });
  },
};

let emulator: Emulator | undefined;
const clock = new FakeClock();

/** The emulator over HTTP, with everything of ours that stands between. */
export const emulated: RigMaker = {
  title: 'the emulator',
  runs: 8,
  open: async () => {
    emulator = await startEmulator({ now: () => clock.now() });
  },
  close: async () => {
    await emulator?.close();
  },
  withRig: async (work) => {
    if (emulator === undefined) throw new Error('the emulator is not started');
    const { admin, url, apiKey, apiSecret } = emulator;
    admin.reset();
    const folder = await mkdtemp(join(tmpdir(), 'vonage-gitops-laws-'));
    const log = new FakeLog();
    const credentials = () => ({ key: apiKey, secret: apiSecret });
    const api = aClient({ baseUrl: url, credentials, log });
    let state = 0;
    const store = () => {
      const where = { stateDirectory: join(folder, `${state}`), account: 'main' };
      return { ledger: new LedgerFile({ ...where, apiKey, host: new URL(url).host }), keys: new KeyDirectory(where) };
    };
    let kept = store();
    try {
      return await work({
        ports: (manifests, story, more = {}) => ({
          ...kept,
          api,
          clock,
          log,
          source: { load: async () => desiredOf(manifests) },
          rules: rulesFor(story, more),
        }),
        foreign: (body) => void admin.seed([body]),
        live: async () => (await api.list({ confirm: [] })).applications,
        writes: () => admin.counts().writes,
        forget: async () => {
          state += 1;
          kept = store();
        },
      });
    } finally {
      await api.close();
      await rm(folder, { recursive: true });
    }
  },
};

/** One pass, which must succeed in everything. */
export async function passes(ports: ReconcilePorts): Promise<Plan> {
  const { plan, results } = await reconcile(ports, new AbortController().signal);
  const failed = results.filter(({ outcome }) => outcome !== 'applied');
  if (failed.length > 0) throw new Error(`not applied: ${JSON.stringify(failed.map(describeResult))}`);
  return plan;
}

function describeResult(result: { readonly change: { readonly name: string }; readonly outcome: string }): string {
  const why = 'error' in result ? `${result.error}` : '';
  return `${result.change.name}: ${result.outcome} ${why}`;
}

/** Plans and writes nothing. */
export function plans(ports: ReconcilePorts): Promise<Plan> {
  return makePlan(ports);
}
