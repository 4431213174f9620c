import { cp, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../../../src/app/system-clock.ts';
import { acquireLock } from '../../../../src/lock/lock.ts';
import { type Bench, manifestYaml, withEmulator } from '../../world.ts';

const configuration =
  'apiVersion: vonage-gitops/v1\nkind: Config\nstate: state\naccounts:\n  - name: main\n    manifests: apps\n';

async function appliedAsMain(bench: Bench): Promise<void> {
  await bench.write('vonage-gitops.yaml', configuration);
  for (const name of ['Support', 'Sales']) await bench.write(`apps/${name}.yaml`, manifestYaml(name));
  await bench.run(['apply', '--yes']);
}

test('state show tells where the state is, what named it, and whose, how old and how large each part is', () =>
  withEmulator(async (bench) => {
    await appliedAsMain(bench);
    const formats = join(import.meta.dirname, '../../../fixtures/formats');
    await bench.write('state/former/bodies/.keep', '');
    await cp(join(formats, 'ledger.v1.json'), join(bench.state, 'former/ledger.json'));
    const lock = await acquireLock({
      directory: join(bench.state, 'main'),
      kind: 'daemon',
      waitMs: 0,
      clock: systemClock,
    });

    const { size } = await stat(join(formats, 'ledger.v1.json'));

    const text = await bench.run(['state', 'show']);
    const json = JSON.parse((await bench.run(['state', 'show', '--format', 'json'])).stdout);
    await lock.release();

    expect(text).toMatchObject({ code: 0, stderr: '' });
    expect(text.stdout).toContain(`State directory: ${bench.state} (named by --state)\n`);
    const host = new URL(bench.emulator.url).host;
    expect(text.stdout).toMatch(
      new RegExp(`^main +yes +${host} +2 +2 +\\d+ KiB +[\\d-]+ +[\\dT:Z-]+ +format \\d+ +runs$`, 'm'),
    );
    expect(text.stdout).toMatch(/^former +no +\S+ +2 +0 .* format 1 +-$/m);
    expect(text.stdout).toContain('Back up the whole directory');
    expect(json).toMatchObject({
      format: 'vonage-gitops.state-show/1',
      directory: bench.state,
      source: '--state',
      chosen: true,
      accounts: [
        { account: 'former', configured: false, ledgerFormat: 1, needs: 'any version of vonage-gitops', bytes: size },
        {
          account: 'main',
          configured: true,
          owned: 2,
          privateKeys: 2,
          host,
          daemon: expect.stringContaining('process'),
        },
      ],
    });
  }));

test('state show without any state says what would be used, and why', () =>
  withEmulator(async (bench) => {
    const ended = await bench.run(['state', 'show', '--state', 'none']);

    expect(ended.code).toBe(0);
    expect(ended.stdout).toMatch(
      /^State directory: \S+\/none \(named by --state\)\n\nACCOUNT .*\ndefault +yes +- +- +0 /,
    );
  }));

test.each([
  {
    title: 'a corrupt ledger',
    harm: (ledger: string) => writeFile(ledger, '{ "format":'),
    shown: 'yes +- +- +2 .* corrupt',
  },
  {
    title: 'a ledger of which only the copy exists',
    harm: (ledger: string) => rm(ledger),
    shown: 'yes +- +- +2 .* none',
  },
])('state show fails for $title, after the table', ({ harm, shown }) =>
  withEmulator(async (bench) => {
    await appliedAsMain(bench);
    await harm(join(bench.state, 'main/ledger.json'));

    const ended = await bench.run(['state', 'show']);

    expect(ended.code).toBe(1);
    expect(ended.stdout).toMatch(new RegExp(`^main +${shown} +-$`, 'm'));
    expect(ended.stderr).toMatch(/^Error E_LEDGER_CORRUPT \(account main\): .*main\/ledger\.json: /);
  }),
);
