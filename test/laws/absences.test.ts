import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ApplicationId } from '../../src/core/application/application.ts';
import type { Report } from '../../src/core/plan/report.ts';
import { aManifest } from '../builders.ts';
import { FakeAccount } from '../reconcile/fake-account.ts';

const settleMs = 30_000;
const dayMs = 24 * 60 * 60 * 1000;

/** How reads show an application. */
type Sight = 'there' | 'absent' | 'no verdict';

/** Some applications are seen otherwise from now on, time passes, and there is a pass. */
interface Step {
  readonly sights: readonly { readonly nth: number; readonly sight: Sight }[];
  readonly ms: number;
  readonly how: 'pass' | 'apply' | 'plan';
}

const aStep: fc.Arbitrary<Step> = fc.record({
  sights: fc.array(
    fc.record({ nth: fc.nat(24), sight: fc.constantFrom<Sight>('there', 'absent', 'absent', 'no verdict') }),
    { maxLength: 3 },
  ),
  ms: fc.oneof(fc.nat(2 * settleMs), fc.constantFrom(settleMs - 1, settleMs, dayMs, dayMs + settleMs)),
  how: fc.constantFrom('pass', 'pass', 'apply', 'plan'),
});

/** An account whose applications are all there, and whose reads say otherwise. */
class Doubtful {
  readonly account = new FakeAccount();
  readonly #sights = new Map<ApplicationId, Sight>();
  /** For each application since when it was found missing, as a witness of its own sees it. */
  readonly #looks = new Map<ApplicationId, number>();
  readonly #count: number;

  constructor(count: number) {
    this.#count = count;
    const { account } = this;
    account.declare(
      ...Array.from({ length: count }, (_, nth) => aManifest({ name: `application ${nth}`, formerly: [] })),
    );
    const listed = account.server.listed.bind(account.server);
    const shown = account.server.shown.bind(account.server);
    account.server.listed = () => listed().filter(({ id }) => this.#sight(id) === 'there');
    account.server.shown = (id) => (this.#sight(id) === 'there' ? shown(id) : undefined);
    account.isSilent = (id) => this.#sight(id) === 'no verdict';
  }

  async step({ sights, ms, how }: Step): Promise<void> {
    const { account } = this;
    const ids = [...account.ledger.disk.entries.keys()];
    for (const { nth, sight } of sights) {
      const id = ids[nth % ids.length];
      if (id !== undefined) this.#sights.set(id, sight);
    }
    account.clock.advance(ms);
    const looked = how === 'apply' ? [account.clock.now(), account.clock.now() + settleMs] : [account.clock.now()];
    const entries = new Map(account.ledger.disk.entries);
    const report = how === 'plan' ? { plan: await account.plan(), results: [] } : await account[how]();
    this.#judge(report, looked.slice(0, account.clock.slept.splice(0).length + 1), new Set(entries.keys()));
    if (how !== 'plan') this.#remember(looked, new Set(entries.keys()));
  }

  /** What was created again was found missing twice, far enough apart, and was not seen between; and it was not too much of all. */
  #judge({ plan }: Report, times: readonly number[], owned: ReadonlySet<ApplicationId>): void {
    const again = plan.changes.flatMap((change) => (change.action === 'create' ? (change.replaces ?? []) : []));
    const now = times.at(-1) ?? 0;
    for (const id of again) {
      expect(owned).toContain(id);
      expect(this.#sight(id)).toBe('absent');
      const first = times.length > 1 ? Math.min(times[0] ?? 0, this.#looks.get(id) ?? now) : this.#looks.get(id);
      expect(first).toBeDefined();
      expect(now - (first ?? now)).toBeGreaterThanOrEqual(settleMs);
    }
    expect(again.length).toBeLessThanOrEqual(Math.max(1, Math.floor(this.#count / 10)));
    const isAnyLive = [...owned].some((id) => this.#sight(id) === 'there');
    if (!isAnyLive) expect(plan.changes).toEqual([]);
  }

  #remember(times: readonly number[], owned: ReadonlySet<ApplicationId>): void {
    const [first = 0] = times;
    for (const id of owned) {
      const look = this.#looks.get(id);
      if (this.#sight(id) === 'there') this.#looks.delete(id);
      if (this.#sight(id) === 'absent' && (look === undefined || first - look > dayMs)) this.#looks.set(id, first);
    }
    // What was created again is really gone now: the account has one of each.
    const { account } = this;
    for (const id of owned) if (!account.ledger.disk.entries.has(id)) account.server.foreignRemove(id);
  }

  /** Once reads tell the truth, there is one of each, nothing is left to do, and no look is remembered. */
  async end(): Promise<void> {
    const { account } = this;
    this.#sights.clear();
    account.clock.advance(settleMs);
    await account.pass();

    const { changes, skips, looks } = await account.plan();

    expect([changes, looks, skips.filter(({ reason }) => reason !== 'unchanged')]).toEqual([[], [], []]);
    expect(new Set(account.server.all().map(({ name }) => name)).size).toBe(this.#count);
    expect(account.server.all()).toHaveLength(this.#count);
  }

  #sight(id: ApplicationId): Sight {
    return this.#sights.get(id) ?? 'there';
  }
}

test('whatever reads say of owned applications, nothing is doubled, and nothing is created again but after two checks', async () => {
  const steps = fc.array(aStep, { minLength: 1, maxLength: 12, size: 'max' });
  const property = fc.asyncProperty(fc.integer({ min: 1, max: 25 }), steps, async (count, happening) => {
    const world = new Doubtful(count);
    await world.account.pass();
    world.account.clock.advance(settleMs);
    for (const step of happening) await world.step(step);
    await world.end();
  });
  await fc.assert(property, { numRuns: 60 });
});
