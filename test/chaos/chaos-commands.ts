import fc from 'fast-check';
import type { JsonObject } from '../../src/core/json.ts';
import { aManifest } from '../builders.ts';
import type { Fault, FaultyCall } from '../reconcile/fake-account.ts';
import { fakePublicKey } from '../reconcile/fake-keys.ts';
import { type ChaosWorld, names } from './chaos-world.ts';

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

/** Whether a create is open for a manifest this name could mean: what appears under it now only a person can decide about. */
function isOpen(world: ChaosWorld, wanted: string): boolean {
  const all = [...world.manifests.values()].map(({ name: own, formerly = [] }): readonly string[] => [
    own,
    ...formerly,
  ]);
  const names = [wanted, ...all.filter((meant) => meant.includes(wanted)).flat()];
  return world.account.ledger
    .current()
    .intents.some((intent) => intent.name !== undefined && names.includes(intent.name));
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
      `break or mend ${wanted}`,
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
      (world) => !isLive(world, wanted) && !isOpen(world, wanted),
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

const pass = fc
  .record({
    wait: fc.boolean(),
    crashAt: fc.option(fc.integer({ min: 1, max: 80 }), { nil: undefined }),
    saved: fc.nat(3),
  })
  .map(
    (how) =>
      new Event(
        `${how.wait ? 'apply' : 'pass'}${how.crashAt === undefined ? '' : ` dies at step ${how.crashAt}, ${how.saved} records saved`}`,
        () => true,
        (world) => world.run(how),
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

const climate = fc.record({ lagMs: fc.nat(14_000), listKeys: fc.boolean() }).map(
  ({ lagMs, listKeys }) =>
    new Event(
      `listings lag ${lagMs} ms and show ${listKeys ? 'keys' : 'no keys'}`,
      () => true,
      ({ account }) => {
        account.server.lagMs = lagMs;
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
  policy,
];

/** Everything that can happen to an account, in any order. */
export const events = [declareWith(fc.boolean()), declareWith(fc.boolean()), ...always];

/** The same, and the ledger may be lost; of a create with a brought key nothing would be left, so there are none. */
export const eventsWithAmnesia = [declareWith(fc.constant(false)), declareWith(fc.constant(false)), ...always, amnesia];
