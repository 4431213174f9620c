import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { configYaml, startDaemon, until, withDaemon } from '../daemon/running.ts';
import { type Bench, manifestYaml, withEmulator } from './world.ts';

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

test('asked to stop, it starts no new change, finishes the one in flight, records it and ends with 0', () =>
  withEmulator(async (bench) => {
    await prepared(bench);
    bench.emulator.admin.faults([{ match: { verb: 'POST' }, action: { kind: 'latency', ms: 300 } }]);
    for (const name of ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'])
      await bench.write(`apps/${name}.yaml`, manifestYaml(name));
    const daemon = startDaemon(bench);
    await until(() => bench.emulator.admin.requests().some(({ verb }) => verb === 'POST'));

    const code = await daemon.stop();

    expect(code).toBe(0);
    expect(names(bench).length).toBeLessThan(9);
    const ledger = JSON.parse(await readFile(join(bench.state, 'main/ledger.json'), 'utf8'));
    expect(JSON.stringify(ledger)).not.toContain('"postedAt"');
    const shown = await bench.run(['plan', '--config', 'vonage-gitops.yaml', '--format', 'json'], {
      environment: { DAEMON_TOKEN: 'x', DAEMON_READ_TOKEN: 'y' },
    });
    expect(JSON.parse(shown.stdout).changes.every((change: { action: string }) => change.action === 'create')).toBe(
      true,
    );
  }));

test('what does not finish in time is given up, recorded as unknown, and the end is in time', () =>
  withEmulator(async (bench) => {
    await prepared(bench, { daemon: '  shutdownSeconds: 1' });
    bench.emulator.admin.faults([{ match: { verb: 'POST' }, action: { kind: 'latency', ms: 120_000 } }]);
    const daemon = startDaemon(bench);
    await until(() => bench.emulator.admin.requests().length > 0 && daemon.logs().length > 0);
    await until(async () =>
      (await readFile(join(bench.state, 'main/ledger.json'), 'utf8').catch(() => '')).includes('postedAt'),
    );
    const askedAt = Date.now();

    const code = await daemon.stop();

    expect(code).toBe(0);
    expect(Date.now() - askedAt).toBeLessThan(60_000);
    expect(await readFile(join(bench.state, 'main/ledger.json'), 'utf8')).toContain('postedAt');
  }));

test('a second daemon is on standby, ready, and takes over when the first one ends', () =>
  withEmulator(async (bench) => {
    await prepared(bench);
    const first = startDaemon(bench);
    await until(() => names(bench).includes('Support'));

    await withDaemon(bench, async (second) => {
      await until(() => second.logs().find(({ msg }) => msg === 'standby: another daemon is active'));
      expect((await second.ask('/readyz')).status).toBe(200);
      expect((await second.ask('/api/v1/sync?wait=true', { method: 'POST' })).status).toBe(409);
      await bench.write('apps/sales.yaml', manifestYaml('Sales'));
      await until(() => names(bench).includes('Sales'));
      expect(second.logs().some(({ msg }) => msg === 'change applied')).toBe(false);

      expect(await first.stop()).toBe(0);
      await bench.write('apps/third.yaml', manifestYaml('Third'));

      await until(() => names(bench).includes('Third'));
      await until(() => second.logs().find(({ msg }) => msg === 'change applied'));
    });
  }));
