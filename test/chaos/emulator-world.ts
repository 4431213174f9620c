import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { fingerprintOf } from '../../src/core/application/key-fingerprint.ts';
import { knownFingerprints } from '../../src/core/ledger/ledger.ts';
import type { Manifest } from '../../src/core/manifest/manifest.ts';
import { defaultPolicy, everything, noOverrides } from '../../src/core/plan/policy.ts';
import type { Emulator } from '../../src/emulator/emulator.ts';
import { LedgerFile } from '../../src/ledger/ledger-file.ts';
import type { PassRules, ReconcilePorts } from '../../src/reconcile/ports.ts';
import { makePlan, reconcile } from '../../src/reconcile/reconcile.ts';
import type { VonageClient } from '../../src/vonage/client.ts';
import { aDesiredState } from '../builders.ts';
import { type FakeClock, FakeLog } from '../reconcile/fake-clock.ts';
import { FakeKeys } from '../reconcile/fake-keys.ts';
import { FakeProcess } from '../reconcile/fake-process.ts';
import { aClient } from '../vonage/support.ts';
import { names } from './chaos-world.ts';

const rules: PassRules = {
  account: { name: 'main', hash: 'of-key-and-host' },
  policy: { ...defaultPolicy, policy: 'sync', deletes: { max: 99, maxPercent: 100, per24h: 999 } },
  selection: everything,
  overrides: { ...noOverrides, allowRemovals: names, healFights: true, allowCreates: 99 },
  whenStale: 'replan',
  keyCustody: 'safe',
  adoptionCustody: 'safe',
  movingNames: new Set(),
  retryNormalised: true,
};

const hourMs = 60 * 60 * 1000;

/** The emulator with the real client and the real ledger on a disk; every run is another process over the same state folder. */
export class EmulatorWorld {
  readonly emulator: Emulator;
  readonly manifests = new Map<string, Manifest>();
  readonly #process = new FakeProcess();
  readonly #keys = new FakeKeys(this.#process);
  readonly #clock: FakeClock;
  readonly #folder: string;
  readonly #client: VonageClient;
  #ledger: LedgerFile;
  births = 0;

  private constructor(emulator: Emulator, clock: FakeClock, folder: string) {
    this.emulator = emulator;
    this.#clock = clock;
    this.#folder = folder;
    this.#client = aClient({
      clock,
      baseUrl: emulator.url,
      credentials: () => ({ key: emulator.apiKey, secret: emulator.apiSecret }),
    });
    this.#ledger = this.#openLedger();
  }

  /** An empty account. The emulator must have been started with the same clock. */
  static async open(emulator: Emulator, clock: FakeClock): Promise<EmulatorWorld> {
    emulator.admin.reset();
    return new EmulatorWorld(emulator, clock, await mkdtemp(join(tmpdir(), 'vonage-gitops-chaos-')));
  }

  async close(): Promise<void> {
    await this.#client.close();
    await rm(this.#folder, { recursive: true });
  }

  /** A pass that may die at a step, while another process plans. What is on its way to the disk arrives there. */
  async run(crashAt: number | undefined, planned: 'alone' | 'beside a plan'): Promise<void> {
    if (crashAt !== undefined) this.#process.crashAt(crashAt);
    const plan = planned === 'alone' ? Promise.resolve() : this.#planElsewhere();
    try {
      const { results } = await reconcile(this.#ports(), new AbortController().signal);
      const codes = results.flatMap((result) => ('error' in result ? [`${Object(result.error).code}`] : []));
      expect(codes).not.toContain('E_REFUSED');
    } catch (error) {
      if (error instanceof Error && error.name === 'AssertionError') throw error;
      // A listing that failed, or the end of the process: the next run goes on from what is on the disk.
    }
    await plan;
    await this.#ledger.flush().catch(() => undefined);
    this.#process.restart();
    this.#keys.restart();
    this.#ledger = this.#openLedger();
    this.assertNoTwins();
  }

  /** No key pair that was made for one application is live in two. */
  assertNoTwins(): void {
    const keys = this.emulator.admin.applications().map(({ keys: { public_key } }) => public_key);
    expect(new Set(keys).size).toBe(keys.length);
  }

  pass(ms: number): void {
    this.#clock.advance(ms);
  }

  /** From here on nothing goes wrong any more. */
  async converge(): Promise<void> {
    this.emulator.admin.faults([]);
    await this.#passes(5);
    // Another writer who comes back before a read has proved anything looks like a server that rewrites: that is tried again after a day,
    // one application in a pass, and proved in the next.
    this.#clock.advance(24 * hourMs);
    await this.#passes(names.length + 1);
    await this.#ledger.load();
    const { changes, skips } = await makePlan(this.#ports());
    const live = this.emulator.admin.applications();
    const { entries, intents } = this.#ledger.current();
    const known = knownFingerprints(this.#ledger.current());
    expect(changes).toEqual([]);
    expect(skips.filter(({ place, reason }) => place !== undefined && reason !== 'unchanged')).toEqual([]);
    const ids = new Set(live.map(({ id }) => id));
    const isKept = (id: string) => !ids.has(id) && ![...entries.keys()].some((other) => ids.has(other));
    // What is gone stays in the ledger while nothing that is owned is live: that looks like an outage.
    const owned = [...entries.values()].filter(({ id, name }) => this.manifests.has(name) || !isKept(id));
    expect(owned.map(({ name }) => name).toSorted()).toEqual([...this.manifests.keys()].toSorted());
    for (const name of this.manifests.keys()) {
      expect(live.filter((application) => application.name === name)).toHaveLength(1);
    }
    for (const { name, keyFingerprint, keyGenerated } of owned) {
      const pem = live.find((application) => application.name === name)?.keys.public_key ?? '';
      expect(fingerprintOf(pem)).toBe(keyFingerprint);
      if (keyGenerated) expect(this.#keys.folder).toContain(keyFingerprint);
    }
    expect([...this.#keys.folder].filter((fingerprint) => !known.has(fingerprint))).toEqual([]);
    expect(intents.filter(({ name }) => name !== undefined && this.manifests.has(name))).toEqual([]);
  }

  async #passes(count: number): Promise<void> {
    for (let nth = 0; nth < count; nth += 1) {
      this.#clock.advance(2 * hourMs);
      await this.run(undefined, 'alone');
    }
  }

  #openLedger(): LedgerFile {
    const host = new URL(this.emulator.url).host;
    return new LedgerFile({ stateDirectory: this.#folder, account: 'main', apiKey: this.emulator.apiKey, host });
  }

  #ports(): ReconcilePorts {
    const desired = aDesiredState({ manifests: [...this.manifests.values()] });
    return {
      source: { load: async () => desired },
      api: mortal(this.#client, this.#process),
      ledger: mortal(this.#ledger, this.#process),
      keys: this.#keys,
      clock: this.#clock,
      log: new FakeLog(),
      rules: { ...rules, policy: { ...rules.policy, allowEmpty: true } },
    };
  }

  async #planElsewhere(): Promise<void> {
    const ledger = this.#openLedger();
    const source = { load: async () => aDesiredState({ manifests: [...this.manifests.values()] }) };
    await makePlan({ source, api: this.#client, ledger, clock: this.#clock, rules }).catch(() => undefined);
  }
}

/** The port, as long as its process lives. Members that answer at once are no steps. */
function mortal<Port extends object>(port: Port, process: FakeProcess): Port {
  return new Proxy(port, {
    get: (target, member) => {
      const value: unknown = Reflect.get(target, member, target);
      if (typeof value !== 'function') return value;
      if (member === 'current' || member === 'measured') return value.bind(target);
      return (...given: readonly unknown[]) =>
        process.around(String(member), async (): Promise<unknown> => Reflect.apply(value, target, given));
    },
  });
}
