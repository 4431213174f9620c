import fc from 'fast-check';
import type { ApplicationId } from '../../src/core/application/application.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { aManifest, anId } from '../builders.ts';
import type { Fault, FaultyCall } from '../reconcile/fake-account.ts';
import { fakePublicKey } from '../reconcile/fake-keys.ts';
import { withoutKeys } from '../reconcile/fake-server.ts';
import { type ChaosRun, type ChaosWorld, names } from './chaos-world.ts';

/** Something that happens; left out where it cannot happen. */
class Event implements fc.AsyncCommand<{ readonly world: ChaosWorld }, ChaosWorld> {
  readonly #title: string;
  readonly #can: (world: ChaosWorld) => boolean;
  readonly #happen: (world: ChaosWorld) => void | Promise<void>;

  constructor(title: string, can: (world: ChaosWorld) => boolean, happen: (world: ChaosWorld) => void | Promise<void>) {
    this.#title = title;
    this.#can = can;
    this.#happen = happen;
  }

  check({ world }: { readonly world: ChaosWorld }): boolean {
    return this.#can(world);
  }

  async run(_model: unknown, world: ChaosWorld): Promise<void> {
    await this.#happen(world);
  }

  toString(): string {
    return this.#title;
  }
}

const specs: readonly JsonObject[] = [
  {},
  { capabilities: { rtc: {} } },
  { capabilities: { voice: { webhooks: { answer_url: { address: 'https://one.example.com/answer' } } } } },
  { capabilities: { voice: { webhooks: { event_url: { address: 'https://two.example.com/event' } } } } },
  { privacy: { improve_ai: true } },
];

const name = fc.constantFrom(...names);
const spec = fc.constantFrom(...specs);

function isFree(world: ChaosWorld, wanted: string): boolean {
  return [...world.manifests.values()].every(
    ({ name: taken, formerly = [] }) => ![taken, ...formerly].includes(wanted),
  );
}

/** All names under which a manifest that means this name looks for its application. */
function namesakes(world: ChaosWorld, wanted: string): readonly string[] {
  const all = [...world.manifests.values()].map(({ name: own, formerly = [] }): readonly string[] => [
    own,
    ...formerly,
  ]);
  return [wanted, ...all.filter((meant) => meant.includes(wanted)).flat()];
}

/** Whether a create is open for a manifest this name could mean: what appears under it now only a person can decide about. */
function isOpen(world: ChaosWorld, wanted: string): boolean {
  const names = namesakes(world, wanted);
  return world.account.ledger
    .current()
    .intents.some((intent) => intent.name !== undefined && names.includes(intent.name));
}

/** Two people who create one name at once both do so, and nobody can prevent it: where reads lag, or a POST is on its way. */
function isAlone({ account: { server } }: ChaosWorld): boolean {
  return server.readLagMs === 0 && !server.isLate;
}

function isLive(world: ChaosWorld, wanted: string): boolean {
  return world.account.server.all().some((application) => application.name === wanted);
}

const declareWith = (brought: fc.Arbitrary<boolean>) =>
  fc.tuple(name, spec, brought).map(
    ([wanted, body, brings]) =>
      new Event(
        `declare ${wanted} ${JSON.stringify(body)}${brings ? ' with a key' : ''}`,
        (world) => isFree(world, wanted),
        (world) => {
          world.births += 1;
          const keys = brings ? { keys: { public_key: fakePublicKey(90_000 + world.births).pem } } : {};
          world.manifests.set(wanted, aManifest({ name: wanted, formerly: [], spec: { ...body, ...keys } }));
        },
      ),
  );

const edit = fc.tuple(name, spec, fc.constantFrom('delete', 'orphan', 'protect', undefined), fc.boolean()).map(
  ([wanted, body, deletionPolicy, paused]) =>
    new Event(
      `edit ${wanted} ${JSON.stringify(body)} ${deletionPolicy} ${paused ? 'paused' : 'enabled'}`,
      (world) => world.manifests.has(wanted),
      (world) => {
        const { keys, formerly } = {
          keys: undefined,
          ...world.manifests.get(wanted)?.spec,
          ...world.manifests.get(wanted),
        };
        world.manifests.set(
          wanted,
          aManifest({
            name: wanted,
            spec: { ...body, ...(keys === undefined ? {} : { keys }) },
            reconcile: paused ? 'paused' : 'enabled',
            ...(formerly === undefined ? {} : { formerly }),
            ...(deletionPolicy === undefined ? {} : { deletionPolicy }),
          }),
        );
      },
    ),
);

const rename = fc.tuple(name, name).map(
  ([from, to]) =>
    new Event(
      `rename ${from} to ${to}`,
      (world) => world.manifests.has(from) && isFree(world, to) && !isLive(world, to) && !isOpen(world, to),
      (world) => {
        const before = world.manifests.get(from);
        if (before === undefined) return;
        world.manifests.delete(from);
        world.broken.delete(from);
        const { spec: body, formerly = [] } = before;
        world.manifests.set(to, aManifest({ name: to, spec: body, formerly: [from, ...formerly] }));
      },
    ),
);

const withdraw = name.map(
  (wanted) =>
    new Event(
      `withdraw ${wanted}`,
      (world) => world.manifests.has(wanted),
      (world) => {
        world.manifests.delete(wanted);
        world.broken.delete(wanted);
      },
    ),
);

const breakIt = name.map(
  (wanted) =>
    new Event(
      `break or fix ${wanted}`,
      (world) => world.manifests.has(wanted),
      (world) => {
        if (!world.broken.delete(wanted)) world.broken.add(wanted);
      },
    ),
);

const foreignCreate = name.map(
  (wanted) =>
    new Event(
      `somebody creates ${wanted}`,
      (world) =>
        !namesakes(world, wanted).some((name) => isLive(world, name)) && !isOpen(world, wanted) && isAlone(world),
      (world) => world.foreignCreate(wanted),
    ),
);

const foreignChange = fc
  .tuple(fc.nat(9), fc.boolean(), fc.constantFrom<FaultyCall | 'now'>('now', 'get', 'replace', 'remove'))
  .map(
    ([nth, improve, when]) =>
      new Event(
        `somebody changes application ${nth} ${when === 'now' ? 'now' : `before the next ${when}`}`,
        (world) => world.account.server.all()[nth] !== undefined,
        (world) => {
          const application = world.account.server.all()[nth];
          if (application === undefined) return;
          const act = () => world.foreignChange(application, (body) => ({ ...body, privacy: { improve_ai: improve } }));
          if (when === 'now') act();
          else world.account.beforeNext(when, act);
        },
      ),
  );

const foreignRemove = fc.nat(9).map(
  (nth) =>
    new Event(
      `somebody deletes application ${nth}`,
      ({ account }) => {
        const gone = [...account.ledger.disk.entries.keys()].filter((id) => account.server.get(id) === undefined);
        return account.server.all()[nth] !== undefined && gone.length < 3;
      },
      (world) => {
        const application = world.account.server.all()[nth];
        if (application !== undefined) world.foreignRemove(application);
      },
    ),
);

const faultsOf: Readonly<Record<FaultyCall, readonly Fault[]>> = {
  list: ['failing', 'unstable'],
  get: ['failing'],
  create: ['lost-before', 'lost-after', 'late', 'refused', 'not-sent'],
  replace: ['lost-before', 'lost-after', 'refused'],
  remove: ['lost-before', 'lost-after', 'refused'],
};

const faults = fc
  .constantFrom<FaultyCall>('list', 'get', 'create', 'create', 'create', 'replace', 'remove')
  .chain((call) =>
    fc.tuple(fc.constant(call), fc.array(fc.constantFrom(...faultsOf[call]), { minLength: 1, maxLength: 4 })),
  )
  .map(
    ([call, kinds]) =>
      new Event(
        `${call} will be ${kinds.join(', ')}`,
        () => true,
        ({ account }) => account.fail(call, ...kinds),
      ),
  );

const aRun = fc.record({
  wait: fc.boolean(),
  crashAt: fc.option(fc.integer({ min: 1, max: 80 }), { nil: undefined }),
  saved: fc.nat(3),
});

function titleOf({ wait, crashAt, saved }: ChaosRun): string {
  return `${wait ? 'apply' : 'pass'}${crashAt === undefined ? '' : ` dies at step ${crashAt}, ${saved} records saved`}`;
}

const pass = aRun.map(
  (how) =>
    new Event(
      titleOf(how),
      () => true,
      (world) => world.run(how),
    ),
);

const outage = fc.tuple(aRun, fc.integer({ min: 1, max: 4 })).map(
  ([how, passes]) =>
    new Event(
      `an outage, ${passes} times: ${titleOf(how)}`,
      (world) => world.isKnown,
      (world) => world.outage(how, passes),
    ),
);

/** What is owned and was not looked for since it was last seen. */
function unsuspected({ account }: ChaosWorld): readonly ApplicationId[] {
  return [...account.ledger.disk.entries.values()].flatMap(({ id, missingAt }) =>
    missingAt === undefined ? [id] : [],
  );
}

const blink = fc.tuple(aRun, fc.nat(5)).map(
  ([how, nth]) =>
    new Event(
      `nothing shows owned application ${nth} for one time: ${titleOf({ ...how, wait: false })}`,
      (world) => unsuspected(world)[nth] !== undefined,
      async (world) => {
        const id = unsuspected(world)[nth];
        if (id !== undefined) await world.blink(id, { ...how, wait: false });
      },
    ),
);

const silence = fc.array(fc.nat(9), { maxLength: 3 }).map(
  (which) =>
    new Event(
      `no GET brings a verdict about applications ${which.join(', ')}`,
      () => true,
      ({ account }) => {
        const ids = new Set(account.server.all().flatMap(({ id }, nth) => (which.includes(nth) ? [id] : [])));
        account.isSilent = (id) => ids.has(id);
      },
    ),
);

/** What a create is answered with instead of what it created; and whether it took effect. */
const misleadingAnswers = fc
  .tuple(fc.constantFrom('another', 'without a key', 'with another key', 'as a new one'), fc.boolean(), fc.nat(9))
  .map(
    ([how, created, nth]) =>
      new Event(
        `the next create is answered ${how}${created ? '' : ', and takes no effect'}`,
        () => true,
        ({ account }) =>
          account.answerCreates((create) => {
            const mine = created || how === 'without a key' ? create() : undefined;
            const answer = (how === 'another' ? undefined : mine) ?? account.server.all()[nth] ?? mine ?? create();
            if (how === 'another') return answer;
            if (how === 'without a key') return withoutKeys(answer);
            const { pem } = fakePublicKey(80_000 + nth);
            const id = how === 'as a new one' ? anId(80_000 + nth) : answer.id;
            return { ...answer, id, body: { ...answer.body, keys: { public_key: pem } } };
          }),
      ),
  );

const time = fc.integer({ min: -60_000, max: 120_000 }).map(
  (ms) =>
    new Event(
      ms < 0 ? `the clock is set back by ${-ms} ms` : `${ms} ms pass`,
      () => true,
      ({ account }) => (ms < 0 ? account.clock.set(ms) : account.clock.advance(ms)),
    ),
);

/** Together with a create that takes effect late, all lag stays below the settle time: what lags for longer is gone. */
const climate = fc
  .record({ lagMs: fc.nat(14_000), what: fc.constantFrom('listings', 'reads'), listKeys: fc.boolean() })
  .map(
    ({ lagMs, what, listKeys }) =>
      new Event(
        `${what} lag ${lagMs} ms and listings show ${listKeys ? 'keys' : 'no keys'}`,
        () => true,
        ({ account }) => {
          account.server.lagMs = what === 'listings' ? lagMs : 0;
          account.server.readLagMs = what === 'reads' ? lagMs : 0;
          account.listKeys = listKeys;
        },
      ),
  );

const policy = fc.constantFrom('sync', 'upsert', 'create-only').map(
  (chosen) =>
    new Event(
      `policy ${chosen}`,
      () => true,
      ({ account }) => account.allow({ policy: chosen }),
    ),
);

const amnesia = fc.constant(
  new Event(
    'the ledger is lost',
    () => true,
    (world) => world.loseLedger(),
  ),
);

const always = [
  edit,
  rename,
  withdraw,
  breakIt,
  foreignCreate,
  foreignChange,
  foreignRemove,
  faults,
  faults,
  pass,
  pass,
  pass,
  time,
  climate,
  blink,
  outage,
  silence,
  misleadingAnswers,
  policy,
];

/** Everything that can happen to an account, in any order. */
export const events = [declareWith(fc.boolean()), declareWith(fc.boolean()), ...always];

/** The same, and the ledger may be lost; of a create with a brought key nothing would be left, so there are none. */
export const eventsWithAmnesia = [declareWith(fc.constant(false)), declareWith(fc.constant(false)), ...always, amnesia];
