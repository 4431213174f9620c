import { expect, test } from 'vitest';
import { type Bench, manifestYaml, withEmulator } from '../world.ts';

const commit = 'c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00';
/** No one listens there. */
const daemon = { VONAGE_GITOPS_DAEMON: 'http://127.0.0.1:9', VONAGE_GITOPS_DAEMON_TOKEN: 'a-token-that-syncs' };

async function withManifest(work: (bench: Bench) => Promise<void>): Promise<void> {
  await withEmulator(async (bench) => {
    await bench.write('apps/one.yaml', manifestYaml('One'));
    await work(bench);
    expect(bench.emulator.admin.counts()).toMatchObject({ writes: 0 });
  });
}

test.each([
  { title: 'by the environment', args: [], environment: daemon },
  {
    title: 'by --daemon',
    args: ['--daemon', 'http://127.0.0.1:9'],
    environment: { ...daemon, VONAGE_GITOPS_DAEMON: '' },
  },
])('where a daemon is named $title it is asked, and nothing is applied here when it is not reachable', (given) =>
  withManifest(async ({ run }) => {
    const { args, environment } = given;

    const { code, stderr } = await run(['apply', '--yes', '--ci', commit, ...args], { environment });

    expect(code).toBe(1);
    expect(stderr).toMatch(/E_DAEMON_UNREACHABLE: http:\/\/127\.0\.0\.1:9/);
  }),
);

test('where daemon.url names one it is asked', () =>
  withManifest(async ({ run, write, emulator }) => {
    const account = `  - { name: main, manifests: apps, apiUrl: '${emulator.url}' }`;
    await write(
      'vonage-gitops.yaml',
      `apiVersion: vonage-gitops/v1\nkind: Config\naccounts:\n${account}\ndaemon: { url: 'http://127.0.0.1:9' }\n`,
    );

    const { code, stderr } = await run(['apply', '--yes', '--ci', commit], {
      environment: { ...daemon, VONAGE_GITOPS_DAEMON: '' },
    });

    expect(code).toBe(1);
    expect(stderr).toMatch(/E_DAEMON_UNREACHABLE: http:\/\/127\.0\.0\.1:9/);
  }));

test.each([
  ['apps'],
  ['--only', 'One'],
  ['--selector', 'a=b'],
  ['--allow-deletes', '1'],
  ['--allow-updates', '1'],
  ['--allow-creates', '1'],
  ['--allow-removals', 'One'],
  ['--plan-hash', 'a'.repeat(64)],
  ['--ignore-pause'],
])('a daemon makes whole passes: %s %s is refused, and not left out', (...part) =>
  withManifest(async ({ run }) => {
    const { code, stderr } = await run(['apply', '--yes', '--ci', commit, ...part.filter(Boolean)], {
      environment: daemon,
    });

    expect(code).toBe(5);
    expect(stderr).toContain('is not for the daemon at http://127.0.0.1:9');
  }),
);

test('a commit that is not a full id is refused, whoever applies', () =>
  withManifest(async ({ run }) => {
    const asked = await run(['apply', '--yes', '--ci', 'main'], { environment: daemon });
    const here = await run(['apply', 'apps', '--yes', '--ci', 'main']);

    for (const { code, stderr } of [asked, here]) {
      expect(code).toBe(5);
      expect(stderr).toContain('expected a full commit id');
    }
  }));

test('apply does not ask a daemon on the sly', () =>
  withManifest(async ({ run }) => {
    const { code, stderr } = await run(['apply', 'apps', '--yes', '--daemon', 'http://127.0.0.1:9']);

    expect(code).toBe(5);
    expect(stderr).toContain('apply asks a daemon only with --ci');
  }));

test('a state directory that no one chose is refused, and so is the disk of a runner of GitHub', () =>
  withManifest(async ({ run, state }) => {
    const line = ['apply', 'apps', '--yes', '--ci', commit];

    const hosted = await run(line, { environment: { RUNNER_ENVIRONMENT: 'github-hosted' } });

    expect(hosted.code).toBe(1);
    expect(hosted.stderr).toContain(
      `E_REFUSED: apply --ci with the state directory ${state}: refused: a runner of GitHub`,
    );
  }));
