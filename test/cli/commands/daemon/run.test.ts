import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startEmulator } from '../../../../src/emulator/emulator.ts';
import { statusSchema } from '../../../../src/status/documents.ts';
import { configYaml, fastClock, until, withDaemon } from '../../../daemon/running.ts';
import { type Bench, manifestYaml, withEmulator } from '../../world.ts';

const voice = (seconds: number) =>
  `{ capabilities: { voice: { webhooks: { answer_url: { address: "https://a.example.com/", http_method: GET, socket_timeout: ${seconds}000 } } } } }`;

const names = ({ emulator }: Bench) =>
  emulator.admin
    .applications()
    .map(({ name }) => name)
    .sort();

async function prepared(bench: Bench, config: Parameters<typeof configYaml>[0] = {}): Promise<void> {
  await bench.write('vonage-gitops.yaml', configYaml(config));
  await bench.write('apps/support.yaml', manifestYaml('Support', voice(3)));
}

function socketTimeout({ emulator }: Bench): unknown {
  return JSON.stringify(emulator.admin.applications()).match(/"socket_timeout":(\d+)/)?.[1];
}

test('a saved manifest is applied without anybody asking', () =>
  withEmulator(async (bench) => {
    await prepared(bench);

    await withDaemon(bench, async () => {
      await until(() => names(bench).includes('Support'));
      await bench.write('apps/sales.yaml', manifestYaml('Sales'));
      await bench.write('apps/support.yaml', manifestYaml('Support', voice(4)));

      await until(() => names(bench).includes('Sales') && socketTimeout(bench) === '4000');
    });
  }));

test('an invalid manifest is reported and what it said before stays enforced, across a restart', () =>
  withEmulator(async (bench) => {
    await prepared(bench);
    await withDaemon(bench, async (daemon) => {
      await until(() => names(bench).includes('Support'));
      await bench.write('apps/support.yaml', 'apiVersion: vonage-gitops/v1\nkind: Application\nmetadata: { name: [');

      const answer = await until(async () => {
        const synced = await daemon.ask('/api/v1/sync?wait=true', { method: 'POST' });
        return synced.status === 409 && synced;
      });

      expect(answer.json).toHaveProperty('exitCode', 5);
      expect(answer.json).toHaveProperty(['results', 0, 'problems', 0, 'place', 'file'], 'support.yaml');
      expect(daemon.logs().some(({ msg, file }) => msg === 'manifest invalid' && file === 'support.yaml')).toBe(true);
    });

    await withDaemon(bench, async (daemon) => {
      await until(async () => (await daemon.ask('/readyz')).status === 200);
      const [application] = bench.emulator.admin.applications();
      bench.emulator.admin.put(String(application?.id), { name: 'Support', capabilities: {} });
      await daemon.ask('/api/v1/sync?wait=true', { method: 'POST' });

      expect(socketTimeout(bench)).toBe('3000');
      const { json } = await daemon.ask('/api/v1/status');
      expect(json).toHaveProperty(['accounts', 0, 'state'], 'attention');
      const { revision } = statusSchema.parse(json).accounts[0] ?? {};
      expect(revision?.enforced).not.toBe(revision?.seen);
    });
  }));

test('drift is healed at the next interval', () =>
  withEmulator(async (bench) => {
    await prepared(bench, { account: '    interval: { seconds: 10 }' });
    await withDaemon(
      bench,
      async () => {
        await until(() => socketTimeout(bench) === '3000');
        const [application] = bench.emulator.admin.applications();

        bench.emulator.admin.put(String(application?.id), { name: 'Support', capabilities: {} });

        await until(() => socketTimeout(bench) === '3000');
      },
      { clock: fastClock(20) },
    );
  }));

test('with onDrift report drift is told and left alone', () =>
  withEmulator(async (bench) => {
    await prepared(bench, { account: '    onDrift: report' });
    await withDaemon(bench, async (daemon) => {
      await until(() => socketTimeout(bench) === '3000');
      const [application] = bench.emulator.admin.applications();
      bench.emulator.admin.put(String(application?.id), { name: 'Support', capabilities: {} });

      await daemon.ask('/api/v1/sync?wait=true', { method: 'POST' });

      const { json } = await daemon.ask('/api/v1/status');
      expect(json).toHaveProperty(['accounts', 0, 'state'], 'drifted');
      expect(json).toHaveProperty(['accounts', 0, 'drifted'], ['Support']);
      expect(socketTimeout(bench)).toBeUndefined();
    });
  }));

test('an API that is away for a while is tried again, later each time, until it is back', () =>
  withEmulator(async (bench) => {
    await prepared(bench);
    const { port } = bench.emulator;
    await withDaemon(
      bench,
      async (daemon) => {
        await until(() => names(bench).includes('Support'));
        await bench.emulator.close();
        await daemon.ask('/api/v1/sync', { method: 'POST' });
        await until(() => daemon.logs().find(({ msg }) => msg === 'pass failed'));
        const down = await daemon.ask('/api/v1/status');
        expect(down.json).toHaveProperty(['accounts', 0, 'state'], 'failed');
        expect((await daemon.ask('/healthz')).status).toBe(200);

        const again = await startEmulator({ port });
        try {
          await until(() => daemon.logs().find(({ msg }) => msg === 'account recovered'));
          // It came back empty, which looks like an outage.
          expect(again.admin.applications()).toEqual([]);
        } finally {
          await again.close();
        }
      },
      { clock: fastClock(100) },
    );
  }));

test('a rotated secret is picked up from its file without a restart', () =>
  withEmulator(async (bench) => {
    await prepared(bench, { account: '    apiSecret: { file: secret.txt }' });
    await bench.write('secret.txt', 'wrong\n');
    await withDaemon(
      bench,
      async (daemon) => {
        const failed = await until(() => daemon.logs().find(({ msg }) => msg === 'pass failed'));
        expect(failed['code']).toBe('E_API_UNAUTHORIZED');

        await bench.write('secret.txt', `${bench.emulator.apiSecret}\n`);

        await until(() => names(bench).includes('Support'));
        expect(daemon.context.stderr()).not.toContain(bench.emulator.apiSecret);
      },
      { clock: fastClock(20) },
    );
  }));

test('an invalid new configuration is reported and the old one stays; a valid one is used', () =>
  withEmulator(async (bench) => {
    await prepared(bench);
    await withDaemon(bench, async (daemon) => {
      await until(() => names(bench).includes('Support'));
      await bench.write('vonage-gitops.yaml', 'accounts: 3');
      daemon.context.reload();
      await until(() =>
        daemon.logs().find(({ msg }) => msg === 'new configuration is invalid, keeping the previous one'),
      );
      expect((await daemon.ask('/metrics')).text).toContain('vonage_gitops_configuration_valid 0');

      await bench.write('elsewhere/sales.yaml', manifestYaml('Sales'));
      const second = '  - name: second\n    manifests: elsewhere\n    scope: { names: [Sales] }';
      await bench.write('vonage-gitops.yaml', configYaml({ account: `    scope: { names: [Support] }\n${second}` }));
      daemon.context.reload();

      await until(() => names(bench).includes('Sales'));
      expect((await daemon.ask('/metrics')).text).toContain('vonage_gitops_configuration_valid 1');
    });
  }));

test('a new configuration says what it changes, and nothing about accounts that it leaves alone', () =>
  withEmulator(async (bench) => {
    const second = '  - name: second\n    manifests: elsewhere\n    scope: { names: [Sales] }';
    const scoped = (more: string) => configYaml({ account: `    scope: { names: [Support] }\n${more}${second}` });
    await prepared(bench);
    await bench.write('elsewhere/sales.yaml', manifestYaml('Sales'));
    await bench.write('vonage-gitops.yaml', scoped(''));
    await withDaemon(bench, async (daemon) => {
      const said = () => daemon.logs().filter(({ msg }) => msg === 'account configured');
      await until(() => names(bench).includes('Sales'));
      expect(said()).toHaveLength(2);

      await bench.write('vonage-gitops.yaml', scoped('    policy: create-only\n'));
      daemon.context.reload();
      await until(() => daemon.logs().find(({ msg }) => msg === 'configuration read'));

      expect(said().slice(2)).toMatchObject([{ account: 'main', policy: 'create-only' }]);

      await bench.write('vonage-gitops.yaml', configYaml());
      daemon.context.reload();
      await until(() => daemon.logs().find(({ msg, account }) => msg === 'account removed' && account === 'second'));
    });
  }));

test('a paused account is planned and not written, until resumed', () =>
  withEmulator(async (bench) => {
    await prepared(bench);
    await withDaemon(bench, async (daemon) => {
      await until(() => names(bench).includes('Support'));
      const url = await daemon.url();
      const environment = { DAEMON_TOKEN: 'a-token-that-acts' };
      const paused = await bench.run(['pause', '--daemon', url, '--for', '2h', '--reason', 'INC-42'], { environment });
      expect(paused).toMatchObject({ code: 0 });

      await bench.write('apps/sales.yaml', manifestYaml('Sales'));
      const synced = await daemon.ask('/api/v1/sync?wait=true', { method: 'POST' });
      expect(synced.json).toHaveProperty(['results', 0, 'results'], []);
      const { json } = await daemon.ask('/api/v1/accounts/main');
      expect(json).toMatchObject({
        state: 'paused',
        conditions: expect.arrayContaining([expect.stringContaining('INC-42')]),
        applications: expect.arrayContaining([expect.objectContaining({ name: 'Sales', state: 'paused' })]),
      });

      await bench.run(['resume', '--daemon', url], { environment });
      await until(() => names(bench).includes('Sales'));
    });
  }));

test('a paused application is left alone while others are written, and nothing of it is recorded as its manifest’s', () =>
  withEmulator(async (bench) => {
    await prepared(bench, { account: '    policy: sync\n    deletes: { max: 3, maxPercent: 100 }' });
    await bench.write('apps/sales.yaml', manifestYaml('Sales'));
    await withDaemon(bench, async (daemon) => {
      await until(() => names(bench).length === 2);
      await daemon.ask('/api/v1/pause', { method: 'POST', body: { application: 'Support', reason: 'INC-43' } });
      await rm(join(bench.cwd, 'apps/support.yaml'));
      await bench.write('apps/third.yaml', manifestYaml('Third'));
      await until(() => names(bench).includes('Third'));
      await daemon.ask('/api/v1/sync?wait=true', { method: 'POST' });
      expect(names(bench)).toContain('Support');

      await daemon.ask('/api/v1/resume', { method: 'POST', body: { application: 'Support' } });

      await until(() => !names(bench).includes('Support'));
    });
  }));

test('an account in trouble does not stop its neighbor', () =>
  withEmulator(async (bench) => {
    await bench.write('apps/support.yaml', manifestYaml('Support'));
    await bench.write('other/sales.yaml', manifestYaml('Sales'));
    const broken =
      '  - name: broken\n    manifests: missing\n    apiKey: { file: nowhere }\n    apiSecret: { file: nowhere }';
    await bench.write('vonage-gitops.yaml', configYaml({ account: broken }));

    await withDaemon(bench, async (daemon) => {
      await until(async () => {
        const { json } = await daemon.ask('/api/v1/status');
        return (
          statusSchema
            .parse(json)
            .accounts.map(({ state }) => state)
            .join() === 'synced,failed'
        );
      });

      expect(names(bench)).toContain('Support');
      expect((await daemon.ask('/readyz')).json).toHaveProperty('waiting', ['broken']);
    });
  }));

test('run --once makes one pass and ends with the code of apply', () =>
  withEmulator(async (bench) => {
    await prepared(bench);
    const environment = { DAEMON_TOKEN: 'x', DAEMON_READ_TOKEN: 'y' };

    const first = await bench.run(['run', '--once'], { environment });
    expect(first.code).toBe(0);
    expect(names(bench)).toEqual(['Support']);

    await bench.write('apps/broken.yaml', 'kind: Nonsense');
    const second = await bench.run(['run', '--once'], { environment });
    expect(second.code).toBe(5);
    expect(second.stderr).toContain('broken.yaml:1');
  }));

test.each([
  { title: 'is no expression', schedule: '99 * * * *', message: 'is not a valid cron expression' },
  { title: 'is faster than a listing', schedule: '*/5 * * * * *', message: 'runs every 5 s' },
])('a schedule that $title is refused at the start', ({ schedule, message }) =>
  withEmulator(async (bench) => {
    await prepared(bench, { account: `    schedule: "${schedule}"` });

    const ended = await bench.run(['run'], { environment: { DAEMON_TOKEN: 'x', DAEMON_READ_TOKEN: 'y' } });

    expect(ended.code).toBe(5);
    expect(ended.stderr).toContain(message);
  }),
);

test('a manifest renamed by an editor that writes beside and renames over is one pass like any other', () =>
  withEmulator(async (bench) => {
    await prepared(bench);
    await withDaemon(bench, async () => {
      await until(() => socketTimeout(bench) === '3000');
      await writeFile(join(bench.cwd, 'apps/support.yaml~'), manifestYaml('Support', voice(5)));
      await rename(join(bench.cwd, 'apps/support.yaml~'), join(bench.cwd, 'apps/support.yaml'));

      await until(() => socketTimeout(bench) === '5000');
    });
  }));
