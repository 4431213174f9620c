import { createServer } from 'node:http';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { configYaml, until, withDaemon } from '../daemon/running.ts';
import { hurriedClock, manifestYaml, withEmulator } from './world.ts';

const told = z.object({ event: z.string(), message: z.string(), applications: z.array(z.string()) });

/** A server that takes everything, and what it took. */
async function withReceiver(
  work: (url: string, taken: readonly z.infer<typeof told>[]) => Promise<void>,
): Promise<void> {
  const taken: z.infer<typeof told>[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      taken.push(told.parse(JSON.parse(body)));
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  try {
    await work(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/secret-path`, taken);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

test('a first run that waits for approval is told once, and being in sync after it', () =>
  withEmulator((bench) =>
    withReceiver(async (hook, taken) => {
      const account = '    firstRun: ask';
      const daemonPart = '  notifications: [{ kind: webhook, url: { env: HOOK } }]';
      await bench.write('vonage-gitops.yaml', configYaml({ account, daemon: daemonPart }));
      await bench.write('apps/support.yaml', manifestYaml('Support', '{ capabilities: { vbc: {} } }'));
      bench.emulator.admin.seed([{ name: 'Support', capabilities: { vbc: {} } }]);
      const environment = { HOOK: hook, DAEMON_TOKEN: 'a-token-that-acts', DAEMON_READ_TOKEN: 'a-token-that-reads' };
      await withDaemon(
        bench,
        async (daemon) => {
          await until(() => taken.some(({ event }) => event === 'waiting'));
          await daemon.ask('/api/v1/sync?wait=true', { method: 'POST' });
          const planHash = /approve main ([0-9a-f]{64})/.exec(String(taken[0]?.message))?.[1] ?? '';
          await bench.run(['approve', 'main', planHash, '--reason', 'first run'], { environment });
          await until(() => taken.some(({ event }) => event === 'synced'));

          expect(taken.map(({ event }) => event)).toEqual(['waiting', 'synced']);
          expect(taken[0]?.message).toContain('1 application would be adopted');
        },
        { environment },
      );
    }),
  ));

test('transitions are told once each, and the address stays secret', () =>
  withEmulator((bench) =>
    withReceiver(async (hook, taken) => {
      await bench.write(
        'vonage-gitops.yaml',
        configYaml({ daemon: '  notifications: [{ kind: webhook, url: { env: HOOK } }]' }),
      );
      await bench.write('apps/support.yaml', manifestYaml('Support', '{ capabilities: { vbc: {} } }'));
      const environment = { HOOK: hook };
      const clock = hurriedClock();
      clock.advance(-3_600_000);
      await bench.run(['apply', '--yes'], { environment, clock });
      await bench.run(['apply', '--yes'], { environment }); // reads it long after the create: from now on a difference is drift
      await withDaemon(
        bench,
        async (daemon) => {
          const sync = () => daemon.ask('/api/v1/sync?wait=true', { method: 'POST' });
          await until(() => bench.emulator.admin.applications().length === 1);
          const [application] = bench.emulator.admin.applications();

          bench.emulator.admin.put(String(application?.id), { name: 'Support', capabilities: {} });
          await sync();
          await until(() => taken.some(({ event }) => event === 'drifted'));
          await bench.write('apps/support.yaml', 'kind: Nonsense');
          await sync();
          await sync();
          await until(() => taken.some(({ event }) => event === 'invalid-revision'));

          expect(taken.map(({ event }) => event)).toEqual(['drifted', 'invalid-revision']);
          expect(taken[0]?.applications).toEqual(['Support']);
          expect(daemon.context.stderr()).not.toContain('secret-path');
          expect((await daemon.ask('/metrics')).text).toContain('notifications_total{kind="webhook",result="sent"} 2');
        },
        { environment },
      );
    }),
  ));
