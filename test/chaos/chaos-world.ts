import { expect } from 'vitest';
import type { Application, ApplicationId } from '../../src/core/application/application.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { liveFingerprint } from '../../src/core/ledger/intents.ts';
import { emptyLedger, knownFingerprints } from '../../src/core/ledger/ledger.ts';
import type { Manifest } from '../../src/core/manifest/manifest.ts';
import type { Report } from '../../src/core/plan/report.ts';
import { aDesiredState, aManifest } from '../builders.ts';
import { FakeAccount } from '../reconcile/fake-account.ts';

/** How often a pass may find work once nothing goes wrong any more. */
const passesToConverge = 5;

const settleMs = 30_000;

const hourMs = 60 * 60 * 1000;

/** How a process runs: with the waits of the command apply, until a step at which it dies, and how many records survive that. */
export interface ChaosRun {
  readonly wait: boolean;
  readonly crashAt: number | undefined;
  readonly saved: number;
}

/** One account, its manifests, the other people who use it, and what must hold whatever happens. */
export class ChaosWorld {
  readonly account = new FakeAccount();
  readonly manifests = new Map<string, Manifest>();
  /** Names of manifests that cannot be read now. */
  readonly broken = new Set<string>();
  /** What other people last made of applications that are theirs. */
  readonly #foreign = new Map<ApplicationId, JsonObject>();
  readonly #wrongs: string[] = [];
  /** How many manifests were declared so far. */
  births = 0;
  #ledgerLost = false;

  constructor() {
    const { account } = this;
    account.allow({
      policy: 'sync',
      deletes: { max: 99, maxPercent: 100, per24h: 999 },
      updates: { maxPercent: 100 },
    });
    const overrides = { allowRemovals: names, healFights: true, allowCreates: 99 };
    account.rules = { ...account.rules, overrides };
    this.#watch();
  }

  /** Looks over the shoulder of every write. */
  #watch(): void {
    const { account } = this;
    const { create, replace, remove } = account.server;
    account.server.create = (...given) => {
      const { name } = given[0];
      const owned = account.ledger.current().entries;
      const isRival = (other: Application) =>
        other.name === name && this.#foreign.has(other.id) && !owned.has(other.id);
      const rival = account.server.all().find(isRival);
      if (rival !== undefined && given[1] !== 'foreign') this.#wrongs.push(`created "${name}" beside somebody else's`);
      const application = create.apply(account.server, given);
      const fingerprint = liveFingerprint(application);
      const twins = account.server.all().filter((other) => liveFingerprint(other) === fingerprint);
      if (fingerprint !== undefined && twins.length > 1) this.#wrongs.push(`created "${application.name}" twice`);
      return application;
    };
    account.server.replace = (id, body) => {
      if (!this.#mayWrite(id)) this.#wrongs.push(`wrote ${id}, which nobody declared`);
      this.#foreign.delete(id);
      return replace.call(account.server, id, body);
    };
    account.server.remove = (id) => {
      const why = this.#mayNotDelete(id);
      if (why !== undefined) this.#wrongs.push(`deleted ${id}: ${why}`);
      this.#foreign.delete(id);
      return remove.call(account.server, id);
    };
  }

  #mayWrite(id: ApplicationId): boolean {
    const application = this.account.server.get(id);
    const entry = this.account.ledger.current().entries.get(id);
    const wanted = [...this.manifests.values()].flatMap(({ name, formerly = [] }) => [name, ...formerly]);
    return application === undefined || wanted.includes(application.name) || wanted.includes(entry?.name ?? '');
  }

  #mayNotDelete(id: ApplicationId): string | undefined {
    const { ledger, rules } = this.account;
    const entry = ledger.current().entries.get(id);
    if (entry === undefined) return 'not owned';
    if (rules.policy.policy !== 'sync') return `policy ${rules.policy.policy}`;
    if (this.broken.size > 0) return 'incomplete';
    if (this.manifests.has(entry.name)) return 'declared';
    if (entry.deletionPolicy !== undefined && entry.deletionPolicy !== 'delete') return entry.deletionPolicy;
    if (entry.origin === 'adopted' && entry.deletionPolicy === undefined) return 'adopted';
    return undefined;
  }

  /** What is declared is what the next pass loads. */
  publish(): void {
    const healthy = [...this.manifests.values()].filter(({ name }) => !this.broken.has(name));
    const broken = [...this.broken].map((name) => ({ name, place: aManifest({ name }).place }));
    this.account.desired = aDesiredState({ manifests: healthy, broken, complete: broken.length === 0 });
  }

  /** Somebody else's application. */
  foreignCreate(name: string): void {
    const { id, body } = this.account.server.foreignCreate({ name, capabilities: { rtc: {} } });
    this.#foreign.set(id, body);
  }

  /** Somebody else changes an application, whoever owns it. */
  foreignChange(application: Application, change: (body: JsonObject) => JsonObject): void {
    const { server } = this.account;
    server.foreignChange(application.id, change);
    const after = server.get(application.id);
    if (after !== undefined && this.#foreign.has(application.id)) this.#foreign.set(application.id, after.body);
  }

  foreignRemove(application: Application): void {
    this.account.server.foreignRemove(application.id);
    this.#foreign.delete(application.id);
  }

  /** The ledger file is lost; the key folder is not. */
  loseLedger(): void {
    this.#ledgerLost = true;
    this.account.ledger.put(emptyLedger);
  }

  /** A pass, or the command apply, that may die at a step; a new process follows. */
  async run(how: ChaosRun): Promise<void> {
    const { account } = this;
    this.publish();
    if (how.crashAt !== undefined) account.process.crashAt(how.crashAt);
    try {
      await (how.wait ? account.apply() : account.pass());
    } catch {
      // A listing that failed, or the end of the process: the next run goes on from what is on the disk.
    }
    account.restart(how.saved);
    this.assertNothingWrong();
  }

  /** Whether an outage can be told from an empty account: something we have owned for the settle time is live. */
  get isKnown(): boolean {
    const { clock, ledger, server } = this.account;
    return [...ledger.disk.entries.values()].some(
      ({ id, boundAt = 0 }) =>
        clock.now() - boundAt >= settleMs && boundAt <= clock.now() && server.get(id) !== undefined,
    );
  }

  /** Passes while reads find an empty account, the settle time apart, and no person allows a create: they write nothing at all. */
  async outage(how: ChaosRun, passes: number): Promise<void> {
    const { account } = this;
    const { rules } = account;
    const { allowCreates: _nobody, ...overrides } = rules.overrides;
    account.rules = { ...rules, overrides };
    account.server.outage = true;
    const sent = () => [account.requests.create, account.requests.replace, account.requests.remove];
    const before = sent();
    const owned = new Set(account.ledger.disk.entries.keys());
    for (let nth = 0; nth < passes; nth += 1) {
      await this.run(how);
      account.clock.advance(settleMs);
    }
    account.server.outage = false;
    account.rules = rules;
    expect(sent(), 'creates, updates and deletes sent in an outage').toEqual(before);
    expect(
      [...owned].filter((id) => !account.ledger.disk.entries.has(id)),
      'released in an outage',
    ).toEqual([]);
  }

  /** One pass that reads a replica without this application; the next one may find it again. */
  async blink(id: ApplicationId, how: ChaosRun): Promise<void> {
    const { server } = this.account;
    const { listed, shown } = server;
    server.listed = () => listed.call(server).filter((application) => application.id !== id);
    server.shown = (asked) => (asked === id ? undefined : shown.call(server, asked));
    await this.run(how);
    server.listed = listed;
    server.shown = shown;
  }

  /** No write so far was one that must not be. */
  assertNothingWrong(): void {
    expect(this.#wrongs).toEqual([]);
    for (const [id, body] of this.#foreign) expect(this.account.server.get(id)?.body).toEqual(body);
  }

  /** From here on nothing goes wrong any more: passes must come to rest, and everything must be as declared. */
  async converge(): Promise<void> {
    const { account } = this;
    account.heal();
    account.server.lagMs = 0;
    if (account.rules.policy.policy === 'create-only') account.allow({ policy: 'upsert' });
    for (const [name, manifest] of this.manifests) this.manifests.set(name, { ...manifest, reconcile: 'enabled' });
    this.broken.clear();
    this.publish();
    account.clock.advance(2 * hourMs);
    let passes = 0;
    for (let changes = -1; changes !== 0; passes += 1) {
      expect(passes, 'passes until nothing was left to do').toBeLessThan(passesToConverge);
      const { plan, results } = await account.pass();
      const asked = plan.skips.filter(({ message }) => message.startsWith('looks like a rename'));
      for (const { name } of asked) this.#answer(name);
      await this.#release({ plan, results });
      const open = plan.skips.filter(({ reason }) => reason === 'undecided' || reason === 'missing');
      changes = results.length + asked.length + open.length;
      account.clock.advance(hourMs);
    }
    this.assertNothingWrong();
    await this.#assertLawSix();
  }

  /** A person is asked whether a manifest is new or a rename, and says that it is new. */
  #answer(name: string): void {
    const manifest = this.manifests.get(name);
    if (manifest !== undefined) this.manifests.set(name, { ...manifest, formerly: [] });
    this.publish();
  }

  /** A person is told that the last of what is owned is gone and has no manifest, and releases it. */
  async #release({ plan, results }: Report): Promise<void> {
    const { clock, ledger, server } = this.account;
    const asked = plan.skips.filter(({ reason, message }) => reason === 'missing' && /: release "/.test(message));
    const arrived = new Set(results.flatMap((result) => (result.outcome === 'applied' ? [result.id] : [])));
    const owned = [...ledger.disk.entries.keys()].filter((id) => !arrived.has(id));
    for (const { name, id } of asked) {
      expect(this.manifests.has(name)).toBe(false);
      expect(owned.filter((one) => server.get(one) !== undefined)).toEqual([]);
      if (id !== undefined) await ledger.record([{ kind: 'released', id, at: clock.now() }], { durable: true });
    }
  }

  async #assertLawSix(): Promise<void> {
    const { account } = this;
    const plan = await account.plan();
    const { entries, intents } = account.ledger.disk;
    expect(plan.changes).toEqual([]);
    expect(plan.looks).toEqual([]);
    const looked = [...entries.values()].filter(({ missingAt }) => missingAt !== undefined);
    if (this.manifests.size > 0) expect(looked).toEqual([]); // without a manifest nothing is concluded
    expect(plan.notices.filter(({ kind, message }) => kind === 'twin' && message.includes('public key'))).toEqual([]);
    const open = plan.skips.filter(({ place, reason }) => place !== undefined && reason !== 'unchanged');
    expect(open.map(({ reason, message }) => `${reason}: ${message}`)).toEqual([]);
    const live = account.server.all();
    const ours = live.filter(({ id, madeBy }) => madeBy === 'reconciler' || entries.has(id));
    for (const name of this.manifests.keys()) {
      expect(ours.filter((application) => application.name === name).map((application) => application.name)).toEqual([
        name,
      ]);
      expect([...entries.values()].filter((entry) => entry.name === name)).toHaveLength(1);
    }
    for (const { id, keyGenerated, keyFingerprint } of entries.values()) {
      const application = account.server.get(id);
      if (!keyGenerated || application === undefined) continue;
      expect(liveFingerprint(application)).toBe(keyFingerprint);
      expect(account.keys.folder).toContain(keyFingerprint);
    }
    const released = new Set(
      account.ledger.history.flatMap(({ record }) => (record.kind === 'released' ? [record.id] : [])),
    );
    const forgotten = live.filter(({ id, madeBy }) => madeBy === 'reconciler' && !entries.has(id) && !released.has(id));
    if (!this.#ledgerLost) expect(forgotten).toEqual([]);
    const known = knownFingerprints(account.ledger.disk);
    expect([...account.keys.folder].filter((fingerprint) => !known.has(fingerprint))).toEqual([]);
    expect(intents.filter(({ name }) => name !== undefined && this.manifests.has(name))).toEqual([]);
  }
}

/** Every name that manifests and other people use. */
export const names: readonly string[] = ['Alpha', 'Bravo', 'Charlie', 'Delta', 'Echo', 'Foxtrot'];
