import { expect, test } from 'vitest';
import { runCli } from '../../../../src/cli/program.ts';
import { configYaml, until, withDaemon } from '../../../daemon/running.ts';
import { type Bench, hurriedClock, manifestYaml, testWorld, withEmulator } from '../../world.ts';

const environment = { DAEMON_TOKEN: 'a-token-that-acts', DAEMON_READ_TOKEN: 'a-token-that-reads' };

async function prepared({ write }: Bench): Promise<void> {
  await write('vonage-gitops.yaml', configYaml());
  await write('apps/support.yaml', manifestYaml('Support'));
}

test('a running daemon is asked', () =>
  withEmulator(async (bench) => {
    await prepared(bench);
    await withDaemon(bench, async (daemon) => {
      await until(async () => (await daemon.ask('/readyz')).status === 200);

      const { code, stdout } = await bench.run(['status', '--daemon', await daemon.url()], { environment });

      expect(code).toBe(0);
      expect(stdout).toMatch(/^main: synced\n/);
      expect(stdout).toContain('1 synced');
      expect(stdout).toContain('next pass');
    });
  }));

test('a revision that a pause holds back is told apart from an invalid one', () =>
  withEmulator(async (bench) => {
    await prepared(bench);
    await withDaemon(bench, async (daemon) => {
      const url = await daemon.url();
      const revision = async () => {
        await daemon.ask('/api/v1/sync?wait=true', { method: 'POST' });
        const { stdout } = await bench.run(['status', '--daemon', url], { environment });
        return /^ {2}revision +(.*)$/m.exec(stdout)?.[1];
      };
      await until(async () => /^\w+$/.test((await revision()) ?? ''));
      await daemon.ask('/api/v1/pause', { method: 'POST', body: {} });
      await bench.write('apps/sales.yaml', manifestYaml('Sales'));
      expect(await revision()).toMatch(/^\w+; last applied: \w+$/);

      await daemon.ask('/api/v1/resume', { method: 'POST', body: {} });
      await bench.write('apps/support.yaml', 'kind: Application\nmetadata: {}\n');
      await until(async () => /^\w+; enforced where that is invalid: \w+$/.test((await revision()) ?? ''));
    });
  }));

test('without a daemon ledger and a fresh plan answer, and nothing is written', () =>
  withEmulator(async (bench) => {
    await prepared(bench);

    const before = await bench.run(['status'], { environment });
    expect(before.stdout).toContain('Daemon not reachable; this is from the ledger and a fresh plan.');
    expect(before.stdout).toMatch(/pending +"Support" +support\.yaml:4/);
    expect(bench.emulator.admin.counts().writes).toBe(0);

    await bench.run(['apply', '--yes'], { environment });
    const after = await bench.run(['status', '--format', 'json'], { environment });
    expect(JSON.parse(after.stdout)).toMatchObject({
      format: 'vonage-gitops.status-report/2',
      from: 'plan',
      accounts: [{ account: 'main', state: 'synced', counts: { synced: 1 }, owned: 1 }],
    });
  }));

test('without a configuration file manifests are where the ledger says', () =>
  withEmulator(async (bench) => {
    await bench.write('apps/support.yaml', manifestYaml('Support'));
    await bench.run(['apply', 'apps', '--yes']);

    const { code, stdout } = await bench.run(['status']);

    expect(code).toBe(0);
    expect(stdout).toContain('default: synced');
  }));

test.each([
  { title: 'something waits for a person', manifest: 'kind: Nonsense', code: 3, state: 'attention' },
  { title: 'drift', manifest: manifestYaml('Support'), code: 0, state: 'drifted' },
])('$title is seen in the exit code', ({ manifest, code, state }) =>
  withEmulator(async (bench) => {
    await prepared(bench);
    await bench.write('apps/support.yaml', manifestYaml('Support', '{ capabilities: { vbc: {} } }'));
    const clock = hurriedClock();
    clock.advance(-3_600_000);
    await bench.run(['apply', '--yes'], { environment, clock });
    await bench.run(['apply', '--yes'], { environment }); // reads it long after the create: from now on a difference is drift
    await bench.write(
      'apps/support.yaml',
      manifest === manifestYaml('Support') ? manifestYaml('Support', '{ capabilities: { vbc: {} } }') : manifest,
    );
    const [application] = bench.emulator.admin.applications();
    bench.emulator.admin.put(String(application?.id), { name: 'Support', capabilities: {} });

    const ended = await bench.run(['status'], { environment });

    expect(ended).toMatchObject({ code, stdout: expect.stringContaining(`main: ${state}`) });
  }),
);

test('an account that cannot be asked is a failure with its reason', () =>
  withEmulator(async (bench) => {
    await prepared(bench);

    const ended = await bench.run(['status'], { environment: { ...environment, VONAGE_API_SECRET: 'wrong' } });

    expect(ended.code).toBe(1);
    expect(ended.stdout).toContain('main: failed');
    expect(ended.stdout).toContain('refused the API key or secret');
  }));

test('a named daemon that does not answer is an error', () =>
  withEmulator(async (bench) => {
    await prepared(bench);

    const ended = await bench.run(['status', '--daemon', 'http://127.0.0.1:1'], { environment });

    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain('E_DAEMON_UNREACHABLE');
  }));

test('something else behind the address is no daemon', () =>
  withEmulator(async (bench) => {
    await prepared(bench);

    const ended = await bench.run(['status', '--daemon', bench.emulator.url], { environment });

    expect(ended.stderr).toContain('it is not a vonage-gitops daemon');
  }));

test('--watch shows it again until stopped', () =>
  withEmulator(async (bench) => {
    await prepared(bench);
    const stop = new AbortController();
    const { context, stdout } = testWorld({
      cwd: bench.cwd,
      environment: { ...bench.environment, ...environment },
      stop: stop.signal,
      clock: { now: () => Date.now(), monotonic: () => performance.now(), sleep: () => Promise.resolve() },
    });

    const ended = runCli(['status', '--watch', '--state', bench.state], context);
    await until(() => stdout().split('main: ').length > 3);
    stop.abort();

    expect(await ended).toBe(0);
  }));

test('a daemon whose API is off is not taken for none: status and doctor say that it runs', () =>
  withEmulator(async (bench) => {
    await bench.write('vonage-gitops.yaml', configYaml().replace(/^ {2}(token|readToken):.*\n/gm, ''));
    await bench.write('apps/support.yaml', manifestYaml('Support'));
    const said = new RegExp(
      `The daemon runs \\(process ${process.pid} on .*\\), and its API is off: no token is configured`,
    );

    await withDaemon(bench, async (daemon) => {
      await until(async () => (await daemon.ask('/readyz')).status === 200);

      const text = await bench.run(['status']);
      const json = JSON.parse((await bench.run(['status', '--format', 'json'])).stdout);
      const doctor = await bench.run(['doctor']);

      expect(text.stdout).toMatch(said);
      expect(text.stdout).toContain('; this is from the ledger and a fresh plan.\n');
      expect(json).toMatchObject({ from: 'plan', daemon: expect.stringMatching(said) });
      expect(doctor.stdout).toMatch(said);
    });

    expect((await bench.run(['status'])).stdout).toMatch(/^Daemon not reachable; /);
  }));
