import { createHmac } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { type RunningDaemon, until, withDaemon } from '../daemon/running.ts';
import { type GitHttpServer, startGitHttpServer } from '../git/http-server.ts';
import { aSource } from '../source/git/a-source.ts';
import { type Bench, manifestYaml, withEmulator } from './world.ts';

const secret = 'the secret of the webhook';
const environment = { WEBHOOK_SECRET: secret };
const body = '{"ref":"refs/heads/main","deleted":false}';

/** A repository at a server that counts its requests, and a daemon's configuration; only webhooks have it asked before a day is over. */
async function following(bench: Bench) {
  const repository = await aSource();
  const server = await startGitHttpServer(repository.served.replace(/\/[^/]*$/, ''));
  onTestFinished(() => server.close());
  await repository.commit('apps/support.yaml', manifestYaml('Support'));
  repository.push();
  await bench.write(
    'vonage-gitops.yaml',
    `apiVersion: vonage-gitops/v1
kind: Config
sources:
  - name: voice
    git:
      url: ${server.url}/voice.git
      ref: { branch: main }
      interval: { seconds: 86400 }
    webhook: { kind: github, secret: { env: WEBHOOK_SECRET } }
accounts:
  - name: main
    manifests: { source: voice, path: apps }
    apiUrl: ${bench.emulator.url}
    requestsPerSecond: 1000
daemon:
  listen: 127.0.0.1:0
`,
  );
  return { ...repository, server };
}

/** Posts a webhook; no token is sent. */
async function hook(daemon: RunningDaemon, signedWith: string): Promise<number> {
  const signature = `sha256=${createHmac('sha256', signedWith).update(body).digest('hex')}`;
  const headers = { 'x-github-event': 'push', 'x-hub-signature-256': signature };
  const answer = await fetch(`${await daemon.url()}/hooks/github/voice`, { method: 'POST', headers, body });
  await answer.arrayBuffer();
  return answer.status;
}

const askings = ({ requests }: GitHttpServer) => requests.filter((path) => path.includes('/info/refs')).length;
const live = ({ emulator }: Bench) => emulator.admin.applications().map(({ name }) => name);

test('a push is applied after its webhook, and a thousand of them ask the server no more often than every five seconds', () =>
  withEmulator(async (bench) => {
    const { server, commit, push } = await following(bench);
    await withDaemon(
      bench,
      async (daemon) => {
        await until(() => live(bench).includes('Support'));
        const before = askings(server);
        await commit('apps/sales.yaml', manifestYaml('Sales'));
        push();
        const began = performance.now();

        const statuses: number[] = [];
        while (statuses.length < 1000)
          statuses.push(...(await Promise.all(Array.from({ length: 50 }, () => hook(daemon, secret)))));
        await until(() => live(bench).includes('Sales'));

        expect(new Set(statuses)).toEqual(new Set([202]));
        const most = Math.ceil((performance.now() - began) / 5_000) + 2; // one goes on at the end, and one fetches
        expect(askings(server) - before).toBeLessThanOrEqual(most);
        expect((await daemon.ask('/metrics')).text).toContain(
          'vonage_gitops_webhooks_total{source="voice",result="accepted"} 1000',
        );
        expect(daemon.context.stderr()).not.toContain(secret);
      },
      { environment },
    );
  }));

test('webhooks with a wrong signature ask no server', () =>
  withEmulator(async (bench) => {
    const { server } = await following(bench);
    await withDaemon(
      bench,
      async (daemon) => {
        await until(() => live(bench).includes('Support'));
        const before = askings(server);

        const statuses = [];
        for (let nth = 0; nth < 50; nth += 1) statuses.push(await hook(daemon, 'guessed'));

        expect(statuses).toEqual([...Array(20).fill(401), ...Array(30).fill(429)]);
        const refused = daemon.logs().filter(({ msg }) => msg === 'webhook refused');
        expect(refused).toMatchObject([{ level: 'warn', source: 'voice', kind: 'github' }]);
        const { ended } = daemon;
        await daemon.stop();
        expect(await ended).toBe(0);
        expect(askings(server)).toBe(before);
      },
      { environment },
    );
  }));

test('a daemon does not start without the secret of a webhook', () =>
  withEmulator(async (bench) => {
    await following(bench);

    const { code, stderr } = await bench.run(['run']);

    expect(code).toBe(5);
    expect(stderr).toContain('source voice: no webhook secret. Set WEBHOOK_SECRET, or WEBHOOK_SECRET_FILE');
  }));
