import { rm } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { type Bench, manifestYaml, withEmulator } from '../../world.ts';

/** Applications of these names, made at the API. */
async function existing({ emulator }: Bench, ...bodies: readonly object[]): Promise<readonly string[]> {
  const authorization = `Basic ${Buffer.from(`${emulator.apiKey}:${emulator.apiSecret}`).toString('base64')}`;
  const ids: string[] = [];
  for (const body of bodies) {
    const response = await fetch(`${emulator.url}/v2/applications`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    ids.push(((await response.json()) as { readonly id: string }).id);
  }
  return ids;
}

test('one of two applications of a name is adopted in the ledger, and nothing is sent to the API', () =>
  withEmulator(async (bench) => {
    const [, second = ''] = await existing(bench, { name: 'Support' }, { name: 'Support' });
    await bench.write('apps/support.yaml', manifestYaml('Support'));
    const conflict = await bench.run(['plan', 'apps']);
    const before = bench.emulator.admin.applications();

    const adopted = await bench.run(['adopt', 'Support', '--id', second.replaceAll('-', ''), '--yes', 'apps']);
    const planned = await bench.run(['plan', 'apps']);

    expect(conflict.code).toBe(3);
    expect(adopted).toMatchObject({ code: 0, stderr: '' });
    expect(adopted.stdout).toBe(
      `adopted "Support" ${second}\n  nothing was changed at Vonage: plan shows what apply would do\n  until an apply has read its manifest it is protected\n  from then on, removing its manifest leaves the application protected: it is not deleted\n`,
    );
    expect(planned.code).toBe(0);
    expect(bench.emulator.admin.applications()).toEqual(before);
  }));

test('adopting again changes nothing, and JSON says so', () =>
  withEmulator(async (bench) => {
    const [id = ''] = await existing(bench, { name: 'Support' });
    await bench.write('apps/support.yaml', manifestYaml('Support', '{}', '  deletionPolicy: delete\n'));
    await bench.run(['adopt', 'Support', '--id', id, '--yes', 'apps']);

    const again = await bench.run(['adopt', 'Support', '--id', id, '--format', 'json', 'apps']);

    expect(again.code).toBe(0);
    expect(JSON.parse(again.stdout)).toEqual({
      format: 'vonage-gitops.adopt/1',
      account: 'default',
      application: 'Support',
      applicationId: id,
      result: 'unchanged',
      onRemoval: 'deletes nothing, because of policy upsert',
    });
  }));

test('an adopted application is not deleted when its manifest goes before an apply', () =>
  withEmulator(async (bench) => {
    const [id = ''] = await existing(bench, { name: 'Support' });
    const file = await bench.write('apps/support.yaml', manifestYaml('Support', '{}', '  deletionPolicy: delete\n'));
    await bench.write('apps/sales.yaml', manifestYaml('Sales'));
    await bench.run(['adopt', 'Support', '--id', id, '--yes', 'apps']);
    await rm(file);

    const applied = await bench.run(['apply', 'apps', '--yes']);

    expect(applied.stdout).toContain('ledger rebuild or adopt protects it until an apply has read its manifest');
    expect(bench.emulator.admin.applications().map((one) => one.id)).toContain(id);
  }));

test('nothing is adopted without a yes', () =>
  withEmulator(async (bench) => {
    const [id = ''] = await existing(bench, { name: 'Old name' });
    await bench.write('apps/support.yaml', manifestYaml('Support'));
    await bench.write('vonage-gitops.yaml', config);

    const refused = await bench.run(['adopt', 'Support', '--id', id], { terminal: ['no'] });

    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('E_NOT_CONFIRMED') });
    expect(refused.stderr).toContain(`Manage ${id}, live "Old name", as "Support" (support.yaml:4)?`);
    expect((await bench.run(['ledger', 'show'])).stdout).not.toContain('Support');
  }));

test.each([
  { title: 'a name that no manifest has', name: 'Suport', id: 'own', said: 'did you mean "Support"' },
  {
    title: 'a manifest that is invalid',
    name: 'Broken',
    id: 'own',
    said: 'its manifest is invalid: fix broken.yaml:4 first',
  },
  {
    title: 'an application that is not there',
    name: 'Support',
    id: '0'.repeat(32),
    said: 'the account has no application 00000000-',
  },
  { title: 'what is no id', name: 'Support', id: 'x', said: '--id x: expected 32 hexadecimal digits' },
  {
    title: 'an application with more than the manifest declares',
    name: 'Sales',
    id: 'rich',
    said: 'its manifest does not declare /capabilities/rtc',
  },
])('$title is refused', ({ name, id, said }) =>
  withEmulator(async (bench) => {
    const [own = '', rich = ''] = await existing(
      bench,
      { name: 'Support' },
      { name: 'Sales', capabilities: { rtc: {} } },
    );
    await bench.write('apps/support.yaml', manifestYaml('Support'));
    await bench.write('apps/sales.yaml', manifestYaml('Sales', '{ capabilities: {} }'));
    await bench.write('apps/broken.yaml', manifestYaml('Broken', '{ nonsense: 1 }'));
    await bench.write('vonage-gitops.yaml', config);

    const ended = await bench.run(['adopt', name, '--id', id === 'own' ? own : id === 'rich' ? rich : id, '--yes']);

    expect(ended.code).toBeGreaterThan(0);
    expect(ended.stderr).toContain(said);
    expect((await bench.run(['ledger', 'show'])).stdout).not.toContain('Support');
  }),
);

const config = JSON.stringify({
  apiVersion: 'vonage-gitops/v1',
  kind: 'Config',
  accounts: [{ name: 'default', manifests: 'apps' }],
});
