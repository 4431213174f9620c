import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { explanationSchema } from '../../../../src/status/documents.ts';
import { configYaml, until, withDaemon } from '../../../daemon/running.ts';
import { type Bench, manifestYaml, withEmulator } from '../../world.ts';

const environment = { DAEMON_TOKEN: 'a-token-that-acts', DAEMON_READ_TOKEN: 'a-token-that-reads' };
const spec = (host: string) =>
  `{ capabilities: { messages: { webhooks: { inbound_url: { address: "https://${host}/in", http_method: POST }, status_url: { address: "https://${host}/st", http_method: POST } } } } }`;

async function applied(bench: Bench, host = 'a.example.com'): Promise<void> {
  await bench.write('vonage-gitops.yaml', configYaml({ account: '    environment: [HOOKS]' }));
  await bench.write('apps/support.yaml', manifestYaml('Support', spec(host), '  labels: { team: support }\n'));
  await bench.run(['apply', '--yes'], { environment: { ...environment, HOOKS: 'hidden.example.com' } });
}

test('everything about an application: manifest, difference, ledger, live state, what is next', () =>
  withEmulator(async (bench) => {
    await applied(bench);
    await bench.write('apps/support.yaml', manifestYaml('Support', spec('b.example.com')));

    const { code, stdout } = await bench.run(['explain', 'Support'], { environment });

    expect(code).toBe(0);
    expect(stdout).toContain('update: the next pass will update it: the manifest changed');
    expect(stdout).toContain('Manifest: support.yaml:4:9 at revision');
    expect(stdout).toMatch(/inbound_url\.address +"https:\/\/a\.example\.com\/in" +-> "https:\/\/b\.example\.com\/in"/);
    expect(stdout).toContain('Ledger: created, applied ');
    expect(stdout).toContain('At Vonage:');
    expect(bench.emulator.admin.counts()).toMatchObject({ writes: 1 });
  }));

test.each([
  { title: 'of an owned application', first: manifestYaml('Support'), state: '1 held' },
  { title: 'of an application that does not exist yet', first: undefined, state: 'none that can be read' },
])('a broken manifest $title is shown with its place and error, here and in status', ({ first, state }) =>
  withEmulator(async (bench) => {
    await bench.write('vonage-gitops.yaml', configYaml());
    if (first !== undefined) {
      await bench.write('apps/support.yaml', first);
      await bench.run(['apply', '--yes'], { environment });
    }
    await bench.write('apps/support.yaml', manifestYaml('Support', '{ capabilites: {} }'));

    const explained = await bench.run(['explain', 'Support'], { environment });
    const status = await bench.run(['status'], { environment });

    expect(explained.stdout).toMatch(/^held: .*invalid/m);
    expect(explained.stdout).toMatch(/error support\.yaml:\d+: unknown field "capabilites"/);
    expect(explained.stdout).not.toContain('in sync');
    expect(status.stdout).toContain('main: attention');
    expect(status.stdout).toMatch(new RegExp(`applications +${state}`));
  }),
);

test('of what was restored without a manifest the ledger has no blanks, and restore is what protects it', () =>
  withEmulator(async (bench) => {
    await bench.write('vonage-gitops.yaml', configYaml({ account: '    policy: sync' }));
    await bench.write('apps/support.yaml', manifestYaml('Support'));
    await bench.run(['apply', '--yes'], { environment });
    await rm(join(bench.cwd, 'apps/support.yaml'));
    await bench.write('apps/other.yaml', manifestYaml('Other', spec('a.example.com')));
    await bench.run(['apply', '--yes', '--allow-deletes', '1'], { environment });
    await bench.run(['restore', 'Support', '--yes'], { environment });

    const { stdout } = await bench.run(['explain', 'Support'], { environment });
    const plan = await bench.run(['plan'], { environment });

    expect(stdout).toMatch(/^Ledger: created, applied \S+, not from a manifest, key /m);
    expect(stdout).toMatch(
      /^protected: restore protects it until a manifest declares it: add one, or release "Support"/m,
    );
    expect(plan.stdout).toMatch(/^ +restore protects it until a manifest declares it: add one/m);
  }));

test.each(['name', 'id'] as const)('of what was deleted, by its %s, it is told when, and how it comes back', (by) =>
  withEmulator(async (bench) => {
    await bench.write('vonage-gitops.yaml', configYaml({ account: '    policy: sync' }));
    await bench.write('apps/support.yaml', manifestYaml('Support'));
    await bench.write('apps/other.yaml', manifestYaml('Other', spec('a.example.com')));
    await bench.run(['apply', '--yes'], { environment });
    const id = bench.emulator.admin.applications().find(({ name }) => name === 'Support')?.id ?? '';
    await rm(join(bench.cwd, 'apps/support.yaml'));
    await bench.run(['apply', '--yes', '--allow-deletes', '1'], { environment });

    const { code, stdout } = await bench.run(['explain', by === 'id' ? id : 'Support'], { environment });

    expect(code).toBe(0);
    expect(stdout).toContain(`"Support"  ${id}  account main\n`);
    expect(stdout).toMatch(/^gone: it was deleted at 20\d\d-/m);
    expect(stdout).toContain(`"vonage-gitops restore ${id}" creates it again, with a new id`);
  }),
);

test('by a running daemon the last events are told as well', () =>
  withEmulator(async (bench) => {
    await bench.write('vonage-gitops.yaml', configYaml());
    await bench.write('apps/support.yaml', manifestYaml('Support'));
    await withDaemon(bench, async (daemon) => {
      await until(async () => (await daemon.ask('/readyz')).status === 200);
      const url = await daemon.url();

      const text = await bench.run(['explain', 'Support', '--daemon', url], { environment });
      expect(text.stdout).toMatch(/state: synced since .*; last change: create applied/);
      expect(text.stdout).toMatch(/Events:\n {2}\S+ create \(new\) applied/);

      const json = await bench.run(['explain', 'Support', '--daemon', url, '--format', 'json'], { environment });
      expect(explanationSchema.parse(JSON.parse(json.stdout))).toMatchObject({ decision: 'unchanged' });

      const none = await bench.run(['explain', 'Nobody', '--daemon', url], { environment });
      expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining('E_NOT_FOUND') });
    });
  }));

test('of an application that is gone the daemon still tells what happened to it', () =>
  withEmulator(async (bench) => {
    await bench.write('vonage-gitops.yaml', configYaml());
    await bench.write('apps/support.yaml', manifestYaml('Support'));
    await bench.write('apps/sales.yaml', manifestYaml('Sales'));
    await withDaemon(bench, async (daemon) => {
      await until(async () => (await daemon.ask('/readyz')).status === 200);
      const url = await daemon.url();
      await bench.write('apps/support.yaml', manifestYaml('Support line', '{}', '  formerly: [Support]\n'));
      await daemon.ask('/api/v1/sync?wait=true', { method: 'POST' });

      const { code, stdout } = await bench.run(['explain', 'Support', '--daemon', url], { environment });
      expect(code).toBe(0);
      expect(stdout).toContain('gone: it is no longer in the manifests');
      expect(stdout).toMatch(/Events:\n {2}\S+ create \(new\) applied/);
    });
  }));

test('the live application is shown as the API returns it, in text, JSON and YAML', () =>
  withEmulator(async (bench) => {
    const voice = '{ webhooks: { answer_url: { address: "https://a.example.com", http_method: GET } } }';
    await bench.write('apps/support.yaml', manifestYaml('Support', `{ capabilities: { voice: ${voice} } }`));
    await bench.run(['apply', 'apps', '--yes']);
    const [{ id = '', ...live } = {}] = bench.emulator.admin.applications();

    const [text, json, yaml] = await Promise.all(
      ['text', 'json', 'yaml'].map((format) => bench.run(['explain', 'Support', '--format', format])),
    );

    expect(text?.stdout).toContain('        answer_url:\n          address: https://a.example.com\n');
    expect(text?.stdout).toContain('          connect_timeout: 1000\n');
    expect(text?.stdout).toContain('    -----BEGIN PUBLIC KEY-----\n');
    expect(JSON.parse(json?.stdout ?? '')).toMatchObject({ id, live });
    expect(parse(yaml?.stdout ?? '')).toMatchObject({ format: 'vonage-gitops.explanation/3', id, live });
  }));

test('a value from the environment is hidden on both sides', () =>
  withEmulator(async (bench) => {
    await applied(bench, '$' + '{HOOKS}');

    const { stdout } = await bench.run(['explain', 'Support'], {
      environment: { ...environment, HOOKS: 'hidden.example.com' },
    });

    expect(stdout).toContain('At Vonage:');
    expect(stdout).not.toContain('hidden.example.com');
  }));

test.each([
  { title: 'nobody declares', name: 'Stranger', said: 'unmanaged: no manifest declares it' },
  { title: 'whose manifest is broken', name: 'Support', said: 'fix the manifest' },
])('an application $title is explained, too', ({ name, said }) =>
  withEmulator(async (bench) => {
    await applied(bench);
    bench.emulator.admin.seed([{ name: 'Stranger', capabilities: {} }]);
    await bench.write('apps/support.yaml', manifestYaml('Support', '{ capabilitys: {} }'));

    const { stdout } = await bench.run(['explain', name], { environment });

    expect(stdout).toContain(said);
  }),
);

test('an application nobody knows is an error', () =>
  withEmulator(async (bench) => {
    await applied(bench);

    const ended = await bench.run(['explain', 'Nobody'], { environment });

    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('E_NOT_FOUND') });
  }));

test('a create whose response was lost and that was found is among the events', () =>
  withEmulator(async (bench) => {
    await bench.write('vonage-gitops.yaml', configYaml({ account: '    creates: { settleSeconds: 0.3 }' }));
    await bench.write('apps/support.yaml', manifestYaml('Support'));
    bench.emulator.admin.faults([{ match: { verb: 'POST', times: 1 }, action: { kind: 'reset-after' } }]);
    await withDaemon(bench, async (daemon) => {
      const url = await daemon.url();
      await until(() => daemon.logs().some(({ msg }) => msg === 'lost create found'));
      await daemon.ask('/api/v1/sync?wait=true', { method: 'POST' });

      const { stdout } = await bench.run(['explain', 'Support', '--daemon', url], { environment });

      expect(stdout).toMatch(
        /Events:\n {2}\S+ create \(new\) unknown.*\n {2}\S+ create found: its response had been lost\n/,
      );
    });
  }));

test('an account without a secret keeps no other one from being explained, and is named', () =>
  withEmulator(async (bench) => {
    const accounts = [
      '  - { name: main, manifests: apps }',
      '  - { name: other, manifests: others, apiKey: { env: NO_SUCH_KEY }, apiSecret: { env: NO_SUCH_SECRET } }',
    ];
    const head = ['apiVersion: vonage-gitops/v1', 'kind: Config', 'accounts:'];
    await bench.write('vonage-gitops.yaml', `${[...head, ...accounts].join('\n')}\n`);
    await bench.write('apps/support.yaml', manifestYaml('Support'));
    await bench.write('others/sales.yaml', manifestYaml('Sales'));
    await bench.run(['apply', '--yes', '--account', 'main']);

    const { code, stdout, stderr } = await bench.run(['explain', 'Support']);

    expect(stdout).toContain('Manifest: support.yaml');
    expect(stderr).toContain('(account other)');
    expect(code).toBe(1);
  }));

test('linked phone numbers are shown masked, with their time, and by a daemon only what it knows', () =>
  withEmulator(async (bench) => {
    await applied(bench);
    const [{ id } = { id: '' }] = bench.emulator.admin.applications();
    bench.emulator.admin.putNumbers([
      { country: 'GB', msisdn: '447700900123', type: 'mobile-lvn', features: ['SMS'], app_id: String(id) },
    ]);

    const text = await bench.run(['explain', 'Support'], { environment });
    const unread = await bench.run(['explain', 'Support', '--format', 'json'], {
      environment: { ...environment, VONAGE_REST_URL: 'http://127.0.0.1:1' },
    });

    expect(text.stdout).toMatch(/^Phone numbers: 1 linked number \(\*{9}123\); read 20\d\d-/m);
    expect(JSON.parse(unread.stdout)).toMatchObject({
      linkedNumbers: { count: null, message: expect.stringContaining('not checked: ') },
    });
    await withDaemon(bench, async (daemon) => {
      await until(async () => (await daemon.ask('/readyz')).status === 200);
      const url = await daemon.url();

      const asked = await bench.run(['explain', 'Support', '--format', 'json', '--daemon', url], { environment });

      expect(JSON.parse(asked.stdout)).toMatchObject({ linkedNumbers: null });
    });
  }));
