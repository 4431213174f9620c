// Plans an account of so many applications, most of them as their manifests say, again and again.
import { guardPlan } from '../src/core/guards/guard.ts';
import { planChanges } from '../src/core/plan/plan-changes.ts';
import { defaultPolicy } from '../src/core/plan/policy.ts';
import { aDesiredState, aLedger, aLiveState, aManifest, anApplication, anEntry, anId } from '../test/builders.ts';
import { cpuMs } from './cpu-time.ts';
import { smallApplication } from './manifests.ts';

const [count = '1000', runs = '7'] = process.argv.slice(2);

/** One in a hundred is changed, one in a hundred drifted, one in a hundred is new. */
function anAccount(size: number) {
  const all = Array.from({ length: size }, (_, index) => {
    const { name, capabilities } = smallApplication(index, 1);
    const live = smallApplication(index, index % 100 === 1 ? 2 : 1).capabilities;
    const manifest = aManifest({ name, spec: { capabilities } });
    const before = index % 100 === 2 ? aManifest({ name, spec: { capabilities: live, privacy: {} } }) : manifest;
    const isNew = index % 100 === 3;
    const id = anId(index + 1);
    return {
      manifest,
      entry: anEntry({ id, manifest: before }),
      live: anApplication({ id, name, body: { capabilities: live } }),
      isNew,
    };
  });
  const there = all.filter(({ isNew }) => !isNew);
  return {
    desired: aDesiredState({ manifests: all.map(({ manifest }) => manifest) }),
    live: aLiveState({ applications: there.map(({ live }) => live) }),
    owned: aLedger({ entries: there.map(({ entry }) => entry) }),
  };
}

const facts = {
  ...anAccount(Number(count)),
  policy: defaultPolicy,
  selection: { only: [], labels: {} },
  overrides: { allowRemovals: [], healFights: true },
  now: 0,
  listedAt: 0,
  keyCustody: 'safe',
  adoptionCustody: 'safe',
  movingNames: new Set<string>(),
} as const;
const times: number[] = [];
let changes = 0;
for (let run = 0; run < Number(runs); run += 1) {
  const started = cpuMs();
  changes = guardPlan(planChanges(facts), facts).changes.length;
  times.push(cpuMs() - started);
}
const planMs = times.toSorted((one, other) => one - other)[Math.floor(times.length / 2)];
process.stdout.write(JSON.stringify({ planMs, firstMs: times[0], changes }));
