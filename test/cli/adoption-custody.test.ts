import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { elsewhere, runHere } from './elsewhere.ts';
import { type Bench, manifestYaml, withEmulator } from './world.ts';

const configuration = `apiVersion: vonage-gitops/v1
kind: Config
accounts:
  - name: main
    manifests: apps
    apiKey: { env: VONAGE_API_KEY }
    apiSecret: { env: VONAGE_API_SECRET }
`;

async function existing(bench: Bench, ...names: readonly string[]): Promise<void> {
  await bench.write('vonage-gitops.yaml', configuration);
  for (const name of names) {
    bench.emulator.admin.seed([{ name, capabilities: {} }]);
    await bench.write(`apps/${name}.yaml`, manifestYaml(name));
  }
}

describe('applications that exist and no ledger that knows them', () => {
  test('are not adopted by a job whose state directory was not chosen', () =>
    withEmulator(async (bench) => {
      await existing(bench, 'Sales', 'Support');
      await elsewhere(bench, async (run) => {
        const applied = await run(['apply', '--yes']);
        const planned = await run(['plan', '--detailed-exitcode']);

        expect(applied.code).toBe(3);
        expect(applied.stdout).toContain('Guard adoption-custody (2 blocked)');
        expect(planned.code).toBe(2);
        expect(planned.stdout).toContain('2 to adopt');
        expect(planned.stdout).toContain('apply blocks 2 adoptions (guard adoption-custody) here');
        expect((await run(['ledger', 'show'])).stdout).toContain('no ledger');
      });
    }));

  test('are not adopted by the next run either: nothing else begins the ledger beside them', () =>
    withEmulator(async (bench) => {
      await existing(bench, 'Support');
      const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      const keys = { public_key: publicKey.export({ type: 'spki', format: 'pem' }) };
      await bench.write('apps/New.yaml', manifestYaml('New', JSON.stringify({ keys, capabilities: { rtc: {} } })));
      await elsewhere(bench, async (run) => {
        const first = await run(['apply', '--yes']);
        const narrowed = await run(['apply', '--yes', '--only', 'New']);
        const next = await run(['apply', '--yes']);

        expect([first.code, narrowed.code, next.code]).toEqual([3, 3, 3]);
        expect(next.stdout).toContain('Guard adoption-custody (2 blocked)');
        expect(bench.emulator.admin.counts().writes).toBe(0);
      });
    }));

  test.each([
    { title: 'an option', args: (state: string) => ['--state', state], environment: {} },
    { title: 'the environment', args: () => [], environment: { VONAGE_GITOPS_STATE: 'chosen' } },
  ])('are adopted where $title names it', ({ args, environment }) =>
    withEmulator(async (bench) => {
      await existing(bench, 'Support');
      await elsewhere(bench, async (run) => {
        const ended = await run(['apply', '--yes', ...args(join(bench.cwd, 'chosen'))], { environment });

        expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining('applied adopt "Support"') });
      });
    }),
  );

  test('are adopted from an emulator without more ado', () =>
    withEmulator(async (bench) => {
      await existing(bench, 'Support');

      const ended = await runHere(bench, ['apply', '--yes']);

      expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining('applied adopt "Support"') });
    }));

  test('are counted in the question at a terminal', () =>
    withEmulator(async (bench) => {
      await existing(bench, 'Sales', 'Support');
      await elsewhere(bench, async (run) => {
        const refused = await run(['apply'], { terminal: ['no'] });
        const agreed = await run(['apply'], { terminal: ['yes'] });

        expect(refused.code).toBe(1);
        expect(refused.stderr).toContain(
          'There is no ledger here yet: 2 applications will be adopted.\nAccount main at ',
        );
        expect(agreed.code).toBe(0);
      });
    }));
});
