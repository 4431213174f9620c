import { expect, test } from 'vitest';
import { historyText } from '../../../../src/cli/commands/daemon/history-text.ts';
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

      const { code, stdout } = await bench.run(['history', '--daemon', url], { environment });
      expect(code).toBe(0);
      expect(stdout).toMatch(
        /^main:\n {2}\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ {2}start: 1 change \(revision \w+, exit code 0\)\n/,
      );
      expect(stdout).toContain('      applied create "Support"\n');

      const json = await bench.run(['history', '--daemon', url, '--format', 'json'], { environment });
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

      const same = await bench.run(['sync', '--daemon', url], { environment });
      expect(same.code).toBe(0);
      expect(same.stdout).toMatch(/^main: pass \d+ at revision \w+ \(exit code 0\)\n {2}nothing to change\n$/);

      await bench.write('apps/broken.yaml', 'kind: Nonsense');
      const broken = await bench.run(['sync', '--daemon', url], { environment });
      expect(broken.code).toBeGreaterThan(0);
      expect(broken.stdout).toContain('broken.yaml:1:1: apiVersion: not a manifest');

      const asked = await bench.run(['sync', '--daemon', url, '--no-wait', '--format', 'json'], { environment });
      expect(asked.code).toBe(0);
      expect(JSON.parse(asked.stdout)).toMatchObject({ format: 'vonage-gitops.sync/1', waited: false });
    });
  }));

test('a history tells failures, what guards blocked, and what it does not know, whatever is in the file', () => {
  const guards = [{ guard: 'deletes', message: '7 deletes, 3 allowed' }];
  const failed = {
    at: '2026-11-27T08:01:00Z',
    event: 'pass',
    reasons: ['retry'],
    error: { code: 'E_X', message: 'down' },
  };
  const events = [
    { at: '2026-11-27T08:00:00.123Z', event: 'pass', reasons: [], problems: 2, guards, revision: 'abc', exitCode: 3 },
    failed,
    { at: '2026-11-27T08:02:00Z', event: 'same', passes: 1 },
    { at: '2026-11-27T08:03:00Z', event: 'a newer kind' },
    'nonsense',
  ];

  expect(historyText([{ account: 'main', events }])).toBe(`main:
  2026-11-27T08:00:00Z  apply: nothing changed, 2 manifest problems, 1 guard (revision abc, exit code 3)
      deletes: 7 deletes, 3 allowed
  2026-11-27T08:01:00Z  retry: failed: E_X: down
  2026-11-27T08:02:00Z  1 pass like this one
  2026-11-27T08:03:00Z  a newer kind
`);
});

test('a history tells the commit that removed a manifest', () => {
  const at = '2026-11-27T08:00:00Z';
  const removedIn = {
    id: 'c0ffee'.repeat(7).slice(0, 40),
    author: 'Ann',
    signer: 'ann@example.com',
    subject: 'Retire IVR',
  };
  const results = [{ action: 'delete', name: 'IVR', outcome: 'failed', message: 'refused', removedIn }];

  const text = historyText([{ account: 'main', events: [{ at, event: 'pass', exitCode: 1, results }] }]);

  expect(text).toContain(
    '      failed delete "IVR", its manifest was removed in c0ffeec0ffee by ann@example.com: "Retire IVR": refused\n',
  );
});

test('a history tells the commit that a pass was about', () => {
  const at = '2026-11-27T08:00:00Z';
  const commit = { id: 'c0ffee'.repeat(7).slice(0, 40), author: 'Ann', subject: 'Retire IVR', at };
  const pass = { at, event: 'pass', reasons: ['source'], revision: commit.id, exitCode: 0 };

  const text = historyText([
    {
      account: 'main',
      events: [
        { ...pass, commit },
        { ...pass, commit: { ...commit, signer: 'ann@example.com' } },
      ],
    },
  ]);

  expect(text).toContain('nothing changed (commit c0ffeec0ffee by Ann (unverified): "Retire IVR", exit code 0)');
  expect(text).toContain('nothing changed (commit c0ffeec0ffee by ann@example.com: "Retire IVR", exit code 0)');
});

test('sync says that a person is needed', () =>
  withEmulator(async (bench) => {
    await prepared(bench);
    await withDaemon(bench, async (daemon) => {
      await until(async () => (await daemon.ask('/readyz')).status === 200);
      const url = await daemon.url();
      await bench.write('apps/other.yaml', manifestYaml('Twin'));
      bench.emulator.admin.seed([{ name: 'Twin' }, { name: 'Twin' }]);

      const { code, stdout } = await bench.run(['sync', '--daemon', url], { environment });

      expect(code).toBe(3);
      expect(stdout).toContain('  manual action required: status says what\n');
    });
  }));

test('sync without a daemon says what to do', () =>
  withEmulator(async (bench) => {
    await prepared(bench);

    const { code, stderr } = await bench.run(['sync'], { environment });

    expect(code).toBe(1);
    expect(stderr).toMatch(/E_DAEMON_UNREACHABLE.*Start it with run, or make a pass here with apply/);
  }));
