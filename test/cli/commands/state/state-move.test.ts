import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Bench, manifestYaml, withEmulator } from '../../world.ts';

/** Two applications that are owned; then their directory is another one. */
async function moved(bench: Bench): Promise<void> {
  for (const name of ['Sales', 'Support']) await bench.write(`apps/${name}.yaml`, manifestYaml(name));
  await bench.run(['apply', 'apps', '--yes']);
  await rename(join(bench.cwd, 'apps'), join(bench.cwd, 'moved'));
}

const confirmWith = 'nothing is deleted until "vonage-gitops state move" confirms it';

describe('state move', () => {
  test('confirms the move: the next plan says nothing of it, and what is not declared stays kept', () =>
    withEmulator(async (bench) => {
      await moved(bench);
      await rm(join(bench.cwd, 'moved/Sales.yaml'));
      expect((await bench.run(['plan', 'moved'])).stdout).toContain(confirmWith);

      const ended = await bench.run(['state', 'move', 'moved', '--yes']);

      expect(ended).toMatchObject({ code: 0, stderr: '' });
      expect(ended.stdout).toContain(`Manifests moved from ${join(bench.cwd, 'apps')}`);
      expect(ended.stdout).toContain(`to ${join(bench.cwd, 'moved')}`);
      expect(ended.stdout).toContain('not declared there: "Sales"');
      expect(ended.stdout).toContain('1 application stays and is kept');
      const plan = await bench.run(['plan', 'moved']);
      expect(plan.stdout).not.toContain('manifests moved from');
      expect(plan.stdout).toContain('the source that the manifests moved to does not declare it');
    }));

  test('is JSON on demand', () =>
    withEmulator(async (bench) => {
      await moved(bench);

      const ended = await bench.run(['state', 'move', 'moved', '--yes', '--format', 'json']);

      expect(JSON.parse(ended.stdout)).toEqual({
        format: 'vonage-gitops.state-move/1',
        account: 'default',
        from: join(bench.cwd, 'apps'),
        to: join(bench.cwd, 'moved'),
        kept: [],
      });
    }));

  test('does nothing without a yes, and nothing when nothing moved', () =>
    withEmulator(async (bench) => {
      await moved(bench);

      const refused = await bench.run(['state', 'move', 'moved'], { terminal: ['no'] });

      expect(refused.code).toBe(1);
      expect((await bench.run(['plan', 'moved'])).stdout).toContain(confirmWith);
      await bench.run(['state', 'move', 'moved', '--yes']);
      expect(await bench.run(['state', 'move', 'moved'])).toMatchObject({
        code: 0,
        stdout: `Manifests come from ${join(bench.cwd, 'moved')}: nothing to confirm.\n`,
      });
    }));

  test.each([
    { title: 'a manifest is invalid', text: 'kind: Application', message: 'not all valid' },
    { title: 'there are no manifests', text: undefined, message: 'there are no manifests' },
  ])('is refused while $title', ({ text, message }) =>
    withEmulator(async (bench) => {
      await moved(bench);
      for (const name of ['Sales', 'Support']) await rm(join(bench.cwd, `moved/${name}.yaml`));
      if (text !== undefined) await bench.write('moved/x.yaml', text);

      const ended = await bench.run(['state', 'move', 'moved', '--yes']);

      expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining(message) });
    }),
  );

  test('is refused without a ledger', () =>
    withEmulator(async (bench) => {
      await bench.write('apps/Sales.yaml', manifestYaml('Sales'));

      const ended = await bench.run(['state', 'move', 'apps', '--yes']);

      expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('there is no ledger yet') });
    }));
});

describe('while the manifests come from elsewhere', () => {
  test('ledger rebuild does not say that all is well', () =>
    withEmulator(async (bench) => {
      await moved(bench);

      const ended = await bench.run(['ledger', 'rebuild', 'moved', '--yes']);

      expect(ended).toMatchObject({ code: 3, stdout: expect.stringContaining(confirmWith) });
    }));

  test('doctor warns', () =>
    withEmulator(async (bench) => {
      await moved(bench);
      const configuration = `apiVersion: vonage-gitops/v1\nkind: Config\naccounts:\n  - name: default\n    manifests: moved\n    apiKey: { env: VONAGE_API_KEY }\n    apiSecret: { env: VONAGE_API_SECRET }\n`;
      await bench.write('vonage-gitops.yaml', configuration);

      const ended = await bench.run(['doctor']);

      expect(ended.stdout).toContain(`manifests moved from ${join(bench.cwd, 'apps')} to ${join(bench.cwd, 'moved')}`);
    }));
});
