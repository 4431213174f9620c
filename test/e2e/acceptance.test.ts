import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startEmulator } from '../../src/emulator/emulator.ts';
import { type Bench, manifestYaml, withEmulator } from '../cli/world.ts';

const answering = (address: string) =>
  `{ capabilities: { voice: { webhooks: { answer_url: { address: "${address}" } } } } }`;

function accountFile(url: string, settings: string): string {
  return `apiVersion: vonage-gitops/v1
kind: Config
accounts:
  - name: main
    manifests: apps
    apiUrl: ${url}
    apiKey: { env: VONAGE_API_KEY }
    apiSecret: { env: VONAGE_API_SECRET }
    requestsPerSecond: 1000
${settings}`;
}

async function writeApplications({ write }: Bench, prefix: string, count: number, path: string): Promise<void> {
  for (let index = 1; index <= count; index += 1) {
    const address = `https://${prefix.toLowerCase()}${index}.example.com/${path}`;
    await write(`apps/${prefix}${index}.yaml`, manifestYaml(`${prefix} ${index}`, answering(address)));
  }
}

test('a plan over 250 applications reads three pages and writes nothing', async () => {
  await withEmulator(async ({ emulator, run, write }) => {
    await write('apps/one.yaml', manifestYaml('One', answering('https://one.example.com/')));
    emulator.admin.seed(250);

    const { code } = await run(['plan', 'apps']);

    expect(code).toBe(0);
    expect(emulator.admin.counts()).toMatchObject({ GET: 3, writes: 0 });
  });
});

test('twenty creates, ten updates and five deletes are 35 writes, and then there are no changes', async () => {
  await withEmulator(async (bench) => {
    const { cwd, emulator, run, write } = bench;
    const sync = '    policy: sync\n    deletes: { max: 5, maxPercent: 50 }\n    updates: { maxPercent: 100 }\n';
    await write('vonage-gitops.yaml', accountFile(emulator.url, sync));
    await writeApplications(bench, 'Own', 15, 'before');
    expect(await run(['apply', '--yes'])).toMatchObject({ code: 0 });
    emulator.admin.seed(235);

    for (const gone of [1, 2, 3, 4, 5]) await rm(join(cwd, `apps/Own${gone}.yaml`));
    for (let index = 6; index <= 15; index += 1) {
      await write(
        `apps/Own${index}.yaml`,
        manifestYaml(`Own ${index}`, answering(`https://own${index}.example.com/after`)),
      );
    }
    await writeApplications(bench, 'New', 20, 'first');
    emulator.admin.clearRequests();
    const applied = await run(['apply', '--yes']);

    expect(applied.stdout).toContain('Done: 35 applied (20 created, 10 updated, 5 deleted).');
    expect(applied.code).toBe(0);
    expect(emulator.admin.counts()).toMatchObject({ POST: 20, PUT: 10, DELETE: 5, writes: 35 });
    expect(emulator.admin.applications()).toHaveLength(265);
    expect(await run(['plan', '--detailed-exitcode'])).toMatchObject({ code: 0 });
  });
});

test.each([0, 1, 100, 101, 1000])(
  'a pass that finds nothing to do over %i applications costs one request a page',
  async (count) => {
    await withEmulator(async ({ emulator, run, write }) => {
      await write('apps/.keep', '');
      emulator.admin.seed(count);

      expect(await run(['plan', 'apps'])).toMatchObject({ code: 0 });

      expect(emulator.admin.counts()).toMatchObject({ GET: Math.max(1, Math.ceil(count / 100)), writes: 0 });
    });
  },
);

test.each(['both', 'live', 'documented'] as const)(
  'every capability and field survives apply, plan and a restart in the %s dialect',
  async (dialect) => {
    const everything = await readFile(join(import.meta.dirname, '../fixtures/manifests/every-member.yaml'), 'utf8');
    await withEmulator(async ({ cwd, run, write }) => {
      const dataFile = join(cwd, 'account.json');
      const first = await startEmulator({ dialect, dataFile });
      const environment = { VONAGE_API_URL: first.url };
      await write('apps/every-member.yaml', everything);

      const applied = await run(['apply', 'apps', '--yes'], { environment });
      const planned = await run(['plan', 'apps', '--detailed-exitcode'], { environment });
      await first.close();
      const second = await startEmulator({ dialect, dataFile, port: first.port });
      const again = await run(['plan', 'apps', '--detailed-exitcode'], { environment });
      await second.close();

      expect(`${applied.stdout}${applied.stderr}`).not.toMatch(/payment-gateway-credential|video-hook-secret/);
      expect(applied.code).toBe(0);
      expect(planned.stdout).toContain('No changes. The account matches the manifests. 3 unchanged.');
      expect(planned.code).toBe(0);
      expect(again.stdout).toContain('No changes. The account matches the manifests. 3 unchanged.');
      expect(again.code).toBe(0);
    });
  },
);

test('a saved plan is applied exactly, and what changed since is refused by name', async () => {
  await withEmulator(async (bench) => {
    const { cwd, emulator, run, write } = bench;
    await writeApplications(bench, 'App', 3, 'before');
    await run(['apply', 'apps', '--yes']);
    await writeApplications(bench, 'App', 3, 'after');
    expect(await run(['plan', 'apps', '--out', 'plan.json'])).toMatchObject({ code: 0 });
    const [first] = emulator.admin.applications().filter(({ name }) => name === 'App 1');

    emulator.admin.put(first?.id ?? '', { name: 'App 1', capabilities: { rtc: {} } });
    await write('apps/App4.yaml', manifestYaml('App 4', answering('https://app4.example.com/')));
    const applied = await run(['apply', 'plan.json', '--yes']);

    expect(applied.stdout).toContain(`Refused: update "App 1" ${first?.id}`);
    expect(applied.stdout).toContain('Done: 2 applied (2 updated).');
    expect(applied.code).toBe(4);
    expect(emulator.admin.applications().map(({ name }) => name)).not.toContain('App 4');
    expect(await readFile(join(cwd, 'plan.json'), 'utf8')).not.toContain('emulator-secret');
  });
});

test('a selection changes what it selects and never deletes', async () => {
  await withEmulator(async (bench) => {
    const { cwd, emulator, run, write } = bench;
    await write(
      'vonage-gitops.yaml',
      accountFile(emulator.url, '    policy: sync\n    updates: { maxPercent: 100 }\n'),
    );
    await writeApplications(bench, 'App', 3, 'before');
    await run(['apply', '--yes']);
    await writeApplications(bench, 'App', 2, 'after');
    await rm(join(cwd, 'apps/App3.yaml'));

    const one = await run(['apply', '--yes', '--only', 'App 1']);
    const all = await run(['apply', '--yes']);

    expect(one.stdout).toContain('Done: 1 applied (1 updated).');
    expect(one.code).toBe(0);
    expect(all.stdout).toContain('Done: 2 applied (1 updated, 1 deleted).');
    expect(
      emulator.admin
        .applications()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['App 1', 'App 2']);
  });
});

test('apply asks at a terminal, and only yes is a yes', async () => {
  await withEmulator(async ({ emulator, run, write }) => {
    await write('apps/one.yaml', manifestYaml('One', answering('https://one.example.com/')));

    const refused = await run(['apply', 'apps'], { terminal: ['sure'] });
    const unasked = await run(['apply', 'apps']);
    const confirmed = await run(['apply', 'apps'], { terminal: ['yes'] });

    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('E_NOT_CONFIRMED') });
    expect(unasked).toMatchObject({ code: 1, stderr: expect.stringContaining('pass --yes') });
    expect(confirmed.code).toBe(0);
    expect(emulator.admin.counts().writes).toBe(1);
  });
});

test('a create whose response is lost is found again in the same run', async () => {
  await withEmulator(
    async ({ emulator, run, write }) => {
      await write('vonage-gitops.yaml', accountFile(emulator.url, '    creates: { settleSeconds: 1 }\n'));
      await write('apps/one.yaml', manifestYaml('One', answering('https://one.example.com/')));

      const { code, stdout, stderr } = await run(['apply', '--yes']);

      expect(stderr).toContain('to check whether "One" was created');
      expect(stdout).toContain('Done: 1 applied (1 created).');
      expect(code).toBe(0);
      expect(emulator.admin.counts().POST).toBe(1);
      expect(emulator.admin.applications()).toHaveLength(1);
    },
    { faults: [{ match: { verb: 'POST', times: 1 }, action: { kind: 'reset-after' } }] },
  );
});
