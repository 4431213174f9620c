import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { git } from '../git-checkout.ts';
import { type Bench, manifestYaml, withEmulator } from './world.ts';

const voice = '{ capabilities: { voice: {} } }';
const hashLine = /^Plan hash: ([0-9a-f]{64})$/m;

/** The hash at the end of the plan that these options make. */
async function hashOf(bench: Bench, ...options: readonly string[]): Promise<string> {
  const { stdout } = await bench.run(['plan', 'apps', ...options]);
  return hashLine.exec(stdout)?.[1] ?? 'none';
}

function live({ emulator }: Bench): readonly string[] {
  return emulator.admin
    .applications()
    .map(({ name }) => String(name))
    .toSorted();
}

describe('a plan hash', () => {
  test('is in the text, the JSON and the Markdown of a plan, and in none where nothing is to be approved', () =>
    withEmulator(async (bench) => {
      await bench.write('apps/Sales.yaml', manifestYaml('Sales'));

      const [hash, json, markdown] = [
        await hashOf(bench),
        await bench.run(['plan', 'apps', '--format', 'json']),
        await bench.run(['plan', 'apps', '--format', 'markdown']),
      ];
      await bench.run(['apply', 'apps', '--yes']);

      expect(JSON.parse(json.stdout)).toHaveProperty('planHash', hash);
      expect(markdown.stdout).toContain(`Plan hash <code>${hash}</code>`);
      expect(await hashOf(bench)).toBe('none');
    }));

  test('applies what was approved without a question', () =>
    withEmulator(async (bench) => {
      await bench.write('apps/Sales.yaml', manifestYaml('Sales'));

      const applied = await bench.run(['apply', 'apps', '--plan-hash', (await hashOf(bench)).toUpperCase()]);

      expect(applied).toMatchObject({ code: 0, stdout: expect.stringContaining('Done: 1 applied') });
      expect(live(bench)).toEqual(['Sales']);
    }));

  test('applies nothing else: the new plan is shown, with its hash', () =>
    withEmulator(async (bench) => {
      await bench.write('apps/Sales.yaml', manifestYaml('Sales'));
      const hash = await hashOf(bench);
      await bench.write('apps/Support.yaml', manifestYaml('Support'));

      const refused = await bench.run(['apply', 'apps', '--plan-hash', hash, '--quiet']);
      const asJson = await bench.run(['apply', 'apps', '--plan-hash', hash, '--format', 'json']);

      const now = await hashOf(bench);
      expect(refused).toMatchObject({
        code: 3,
        stdout: expect.stringContaining(`Plan hash: ${now}`),
        stderr: expect.stringContaining(`its hash is now ${now}`),
      });
      expect(asJson.code).toBe(3);
      expect(JSON.parse(asJson.stdout)).toMatchObject({ results: [], plan: { planHash: now } });
      expect(live(bench)).toEqual([]);
    }));

  test('does not hold once the application was changed outside', () =>
    withEmulator(async (bench) => {
      await bench.write('apps/Sales.yaml', manifestYaml('Sales'));
      await bench.run(['apply', 'apps', '--yes']);
      await bench.write('apps/Sales.yaml', manifestYaml('Sales', voice));
      const hash = await hashOf(bench);
      const [sales] = bench.emulator.admin.applications();
      bench.emulator.admin.put(String(sales?.id), { name: 'Sales', capabilities: { messages: {} } });

      const refused = await bench.run(['apply', 'apps', '--plan-hash', hash]);

      expect(refused).toMatchObject({ code: 3, stderr: expect.stringContaining('the plan is not the approved one') });
    }));

  test('does not hold a second time: there is nothing to approve then', () =>
    withEmulator(async (bench) => {
      await bench.write('apps/Sales.yaml', manifestYaml('Sales'));
      const hash = await hashOf(bench);
      await bench.run(['apply', 'apps', '--plan-hash', hash]);

      const again = await bench.run(['apply', 'apps', '--plan-hash', hash]);

      expect(again).toMatchObject({ code: 3, stderr: expect.stringContaining('now there is nothing to approve') });
      expect(live(bench)).toEqual(['Sales']);
    }));

  test('lets nothing through a guard by itself, and is the same with the option that does', () =>
    withEmulator(async (bench) => {
      const names = ['A', 'B', 'C', 'D', 'E'];
      for (const name of names) await bench.write(`apps/${name}.yaml`, manifestYaml(name));
      await bench.run(['apply', 'apps', '--yes']);
      await bench.write('vonage-gitops.yaml', configYaml);
      for (const name of names.slice(0, 4)) await rm(join(bench.cwd, 'apps', `${name}.yaml`));
      const [hash, hashAllowed] = [await hashOf(bench), await hashOf(bench, '--allow-deletes', '4')];

      const blocked = await bench.run(['apply', 'apps', '--plan-hash', hash]);
      const before = live(bench);
      const allowed = await bench.run(['apply', 'apps', '--plan-hash', hash, '--allow-deletes', '4']);

      expect(hashAllowed).toBe(hash);
      expect(blocked.code).toBe(3);
      expect(before).toEqual(names);
      expect(allowed.code).toBe(0);
      expect(live(bench)).toEqual(['E']);
    }));

  test('is the same for a branch and for the commit that its squash merge makes', () =>
    withEmulator(async (bench) => {
      await bench.write('apps/Sales.yaml', manifestYaml('Sales'));
      await git(bench.cwd, 'init', '-q');
      await git(bench.cwd, 'add', 'apps');
      await git(bench.cwd, 'commit', '-qm', 'Add Sales');
      await bench.run(['apply', 'apps', '--yes']);
      await git(bench.cwd, 'checkout', '-qb', 'topic');
      await bench.write('apps/Sales.yaml', manifestYaml('Sales', voice));
      await git(bench.cwd, 'commit', '-qam', 'Let Sales speak');
      await bench.write('apps/Support.yaml', manifestYaml('Support'));
      await git(bench.cwd, 'add', 'apps');
      await git(bench.cwd, 'commit', '-qm', 'Add Support');
      const ofBranch = await bench.run(['plan', 'apps']);
      await git(bench.cwd, 'checkout', '-q', 'main');
      await git(bench.cwd, 'merge', '-q', '--squash', 'topic');
      await git(bench.cwd, 'commit', '-qm', 'Sales and Support');

      const ofMerge = await bench.run(['plan', 'apps']);

      expect(ofMerge.stdout.split('\n')[0]).not.toBe(ofBranch.stdout.split('\n')[0]);
      expect(hashLine.exec(ofMerge.stdout)?.[1]).toBe(hashLine.exec(ofBranch.stdout)?.[1]);
      expect(hashLine.test(ofMerge.stdout)).toBe(true);
    }));

  test.each([
    { title: 'a part of a hash', args: ['apps', '--plan-hash', '0123456789ab'], said: 'all 64 digits of it' },
    {
      title: 'a saved plan beside it',
      args: ['plan.json', '--plan-hash', '0'.repeat(64)],
      said: 'leave out --plan-hash',
    },
  ])('refuses $title', ({ args, said }) =>
    withEmulator(async (bench) => {
      await bench.write('apps/Sales.yaml', manifestYaml('Sales'));
      await bench.run(['plan', 'apps', '--out', 'plan.json']);

      const refused = await bench.run(['apply', ...args]);

      expect(refused).toMatchObject({ code: 5, stderr: expect.stringContaining(said) });
      expect(live(bench)).toEqual([]);
    }),
  );
});

const configYaml = `apiVersion: vonage-gitops/v1
kind: Config
accounts:
  - name: default
    manifests: apps
    policy: sync
`;
