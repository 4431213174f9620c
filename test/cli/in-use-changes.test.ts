import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { OwnedNumber } from '../../src/emulator/numbers/owned-number.ts';
import { applicationNamed, namesIn } from '../reliability/account.ts';
import { type Bench, hurriedClock, manifestYaml, withEmulator } from './world.ts';

const voice = '{ capabilities: { voice: {}, rtc: {} } }';

/** Sales and Support as they are declared, and one number, linked to Support by these settings. */
async function applied(bench: Bench, link: (id: string) => Partial<OwnedNumber>, settings = ''): Promise<string> {
  await bench.write('vonage-gitops.yaml', configuration('sync', settings));
  for (const name of ['Sales', 'Support']) await bench.write(`apps/${name}.yaml`, manifestYaml(name, voice));
  expect((await run(bench, 'apply', '--yes')).code).toBe(0);
  const { id } = applicationNamed(bench, 'Support');
  bench.emulator.admin.putNumbers([{ country: 'ES', msisdn: '34600111222', ...link(id) }]);
  bench.emulator.admin.clearRequests();
  return id;
}

function configuration(policy: string, settings = ''): string {
  return `apiVersion: vonage-gitops/v1
kind: Config
accounts:
  - name: main
    manifests: apps
    policy: ${policy}
    requestsPerSecond: 1000
${settings}`;
}

/** Not a rename of what is deleted in the same plan. */
const isNew = '  formerly: []\n';

const byId = (id: string) => ({ app_id: id });

function run(bench: Bench, ...args: readonly string[]) {
  return bench.run(args, { clock: hurriedClock() });
}

function pagesRead({ emulator }: Bench): number {
  return emulator.admin.requests().filter(({ path }) => path.startsWith('/account/numbers')).length;
}

function capabilitiesOf(bench: Bench, name: string): readonly string[] {
  return Object.keys(applicationNamed(bench, name).capabilities);
}

const links: readonly { readonly title: string; readonly link: (id: string) => Partial<OwnedNumber> }[] = [
  { title: 'its application', link: byId },
  { title: 'an id without dashes, in capitals', link: (id) => ({ app_id: id.replaceAll('-', '').toUpperCase() }) },
  { title: 'its voice callback', link: (id) => ({ voiceCallbackType: 'app', voiceCallbackValue: id }) },
  { title: 'its messages callback', link: (id) => ({ messagesCallbackType: 'app', messagesCallbackValue: id }) },
];

test.each(links)('a number is linked by $title', ({ link }) =>
  withEmulator(async (bench) => {
    await applied(bench, link);
    await rm(join(bench.cwd, 'apps/Support.yaml'));

    const refused = await run(bench, 'apply', '--yes');

    expect(refused.code).toBe(3);
    expect(refused.stdout).toContain('has 1 linked number (********222)');
    expect(namesIn(bench)).toContain('Support');
  }),
);

const others: readonly { readonly title: string; readonly link: (id: string) => Partial<OwnedNumber> }[] = [
  { title: 'to nothing', link: () => ({}) },
  { title: 'to another application', link: () => byId('6e9d1b2c-0000-4000-8000-000000000001') },
  { title: 'to an address that is the id', link: (id) => ({ voiceCallbackType: 'sip', voiceCallbackValue: id }) },
];

test.each(others)('a number that is linked $title holds nothing up', ({ link }) =>
  withEmulator(async (bench) => {
    await applied(bench, link);
    await rm(join(bench.cwd, 'apps/Support.yaml'));

    const { code, stdout } = await run(bench, 'apply', '--yes');

    expect(code).toBe(0);
    expect(stdout).toContain('no linked numbers');
    expect(namesIn(bench)).toEqual(['Sales']);
  }),
);

describe('a change that would cut off a number', () => {
  test('the removal of voice waits until it is allowed', () =>
    withEmulator(async (bench) => {
      await applied(bench, byId);
      await bench.write('apps/Support.yaml', manifestYaml('Support', '{ capabilities: { rtc: {} } }'));

      const refused = await run(bench, 'apply', '--yes');
      const before = capabilitiesOf(bench, 'Support');
      const allowed = await run(bench, 'apply', '--yes', '--allow-linked', 'Support');

      expect([refused.code, allowed.code]).toEqual([3, 0]);
      expect(before).toContain('voice');
      expect(capabilitiesOf(bench, 'Support')).toEqual(['rtc']);
    }));

  test('an application that is gone is not made again with a new id while a number uses the old one', () =>
    withEmulator(async (bench) => {
      const id = await applied(bench, byId);
      bench.emulator.admin.remove(id);
      const clock = hurriedClock();
      const apply = (...args: readonly string[]) => bench.run(['apply', '--yes', ...args], { clock });
      await apply(); // one look is not enough to take it for gone
      clock.advance(60_000);

      const refused = await apply();
      const left = namesIn(bench);
      const allowed = await apply('--allow-linked', 'Support');

      expect(refused.stdout).toContain('Guard in-use (1 blocked)');
      expect([refused.code, allowed.code]).toEqual([3, 0]);
      expect(left).toEqual(['Sales']);
      expect(namesIn(bench).toSorted()).toEqual(['Sales', 'Support']);
      expect(bench.emulator.admin.numbers()).toMatchObject([{ app_id: id }]);
    }));

  test('other changes of the same plan are made', () =>
    withEmulator(async (bench) => {
      await applied(bench, byId);
      await rm(join(bench.cwd, 'apps/Support.yaml'));
      await bench.write('apps/New.yaml', manifestYaml('New', voice, isNew));
      await bench.write('apps/Sales.yaml', manifestYaml('Sales', '{ capabilities: { rtc: {} } }'));

      const { code } = await run(bench, 'apply', '--yes');

      expect(code).toBe(3);
      expect(namesIn(bench).toSorted()).toEqual(['New', 'Sales', 'Support']);
      expect(capabilitiesOf(bench, 'Sales')).toEqual(['rtc']);
    }));
});

describe('numbers are not asked for', () => {
  test('by a plan that makes, or changes what no number uses', () =>
    withEmulator(async (bench) => {
      await applied(bench, byId);
      await bench.write('apps/New.yaml', manifestYaml('New', voice, isNew));
      await bench.write('apps/Support.yaml', manifestYaml('Support', '{ capabilities: { voice: {}, vbc: {} } }'));

      const { code } = await run(bench, 'apply', '--yes');

      expect(code).toBe(0);
      expect(pagesRead(bench)).toBe(0);
    }));

  test('for a delete that the policy does not permit', () =>
    withEmulator(async (bench) => {
      await applied(bench, byId);
      await bench.write('vonage-gitops.yaml', configuration('upsert'));
      await rm(join(bench.cwd, 'apps/Support.yaml'));

      await run(bench, 'apply', '--yes');

      expect(pagesRead(bench)).toBe(0);
      expect(namesIn(bench)).toContain('Support');
    }));

  test('for deletes that another guard blocks', () =>
    withEmulator(async (bench) => {
      await applied(bench, byId, '    deletes: { max: 1, maxPercent: 1 }\n');
      await rm(join(bench.cwd, 'apps'), { recursive: true });
      await bench.write('apps/Other.yaml', manifestYaml('Other', voice, isNew));

      const { code, stdout } = await run(bench, 'apply', '--yes');

      expect(code).toBe(3);
      expect(stdout).toContain('deletes');
      expect(pagesRead(bench)).toBe(0);
      expect(namesIn(bench)).toContain('Support');
    }));
});
