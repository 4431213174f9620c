import { expect, test } from 'vitest';
import { configYaml, until, withDaemon } from '../../../daemon/running.ts';
import { type Bench, manifestYaml, withEmulator } from '../../world.ts';

const environment = { DAEMON_TOKEN: 'a-token-that-acts', DAEMON_READ_TOKEN: 'a-token-that-reads' };

async function prepared({ write }: Bench): Promise<void> {
  await write('vonage-gitops.yaml', configYaml());
  await write('apps/support.yaml', manifestYaml('Support'));
}

test('history is the same from the daemon and from the state directory, with times as text', () =>
  withEmulator(async (bench) => {
    await prepared(bench);
    await withDaemon(bench, async (daemon) => {
      await until(async () => (await daemon.ask('/readyz')).status === 200);
      const url = await daemon.url();

      const { code, stdout } = await bench.run(['history', '--url', url], { environment });
      expect(code).toBe(0);
      expect(stdout).toMatch(
        /^main:\n {2}\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ {2}start: 1 change \(revision \w+, exit code 0\)\n/,
      );
      expect(stdout).toContain('      applied create "Support"\n');

      const json = await bench.run(['history', '--url', url, '--format', 'json'], { environment });
      const document = JSON.parse(json.stdout);
      expect(document).toMatchObject({ format: 'vonage-gitops.history/2', accounts: [{ account: 'main' }] });
      expect(document.accounts[0].events[0].at).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
      expect(document.accounts[0].events[0]).toMatchObject({ event: 'pass', results: [{ name: 'Support' }] });
    });

    const after = await bench.run(['history', '--limit', '1'], { environment });
    expect(after.code).toBe(0);
    expect(after.stdout).toMatch(/^main:\n.*\n( {6}applied create "Support"\n)?$/);
  }));

test('without any pass history says so', () =>
  withEmulator(async (bench) => {
    await prepared(bench);

    const { code, stdout } = await bench.run(['history'], { environment });

    expect({ code, stdout }).toEqual({ code: 0, stdout: 'main:\n  no passes recorded\n' });
  }));

test('sync makes a pass, and ends with its code', () =>
  withEmulator(async (bench) => {
    await prepared(bench);
    await withDaemon(bench, async (daemon) => {
      await until(async () => (await daemon.ask('/readyz')).status === 200);
      const url = await daemon.url();

      const same = await bench.run(['sync', '--url', url], { environment });
      expect(same.code).toBe(0);
      expect(same.stdout).toMatch(/^main: pass \d+ at revision \w+ \(exit code 0\)\n {2}nothing to change\n$/);

      await bench.write('apps/broken.yaml', 'kind: Nonsense');
      const broken = await bench.run(['sync', '--url', url], { environment });
      expect(broken.code).toBeGreaterThan(0);
      expect(broken.stdout).toContain('broken.yaml:1:1: not a manifest');

      const asked = await bench.run(['sync', '--url', url, '--no-wait', '--format', 'json'], { environment });
      expect(asked.code).toBe(0);
      expect(JSON.parse(asked.stdout)).toMatchObject({ format: 'vonage-gitops.sync/1', waited: false });
    });
  }));

test('sync without a daemon says what to do', () =>
  withEmulator(async (bench) => {
    await prepared(bench);

    const { code, stderr } = await bench.run(['sync'], { environment });

    expect(code).toBe(1);
    expect(stderr).toMatch(/E_DAEMON_UNREACHABLE.*Start it with run, or make a pass here with apply/);
  }));
