import { expect, test } from 'vitest';
import type { EmulatorOptions } from '../../../../src/emulator/emulator.ts';
import { withEmulator } from '../../world.ts';

const address = 'https://a.example/x';
const voice = {
  webhooks: { answer_url: { address, http_method: 'GET' }, event_url: { address } },
  region: 'eu-west',
};
const bodies = [
  { name: 'Voice', capabilities: { voice } },
  { name: 'Voice', capabilities: { voice: {}, vbc: {}, rtc: { webhooks: { event_url: { address } } } } },
  { name: 'Video', capabilities: { video: { webhooks: { archive_status: { address, active: true } } } } },
  { name: 'Empty' },
];

test.each<{ title: string; options: EmulatorOptions }>([
  { title: 'that spells timeouts as the API', options: { dialect: 'live' } },
  { title: 'that spells timeouts as its documents', options: { dialect: 'documented' } },
  { title: 'that fills in empty webhooks', options: { switches: { emptyFallback: true } } },
  { title: 'that fills in nothing', options: { switches: { voiceDefaults: false, timeoutDefaults: false } } },
  { title: 'whose listing has no keys', options: { switches: { listKeys: false } } },
  { title: 'that refuses what it added', options: { switches: { videoExtras: 'readonly' } } },
])('export, plan and apply change nothing at an API $title', async ({ options }) => {
  await withEmulator(async (bench) => {
    bench.emulator.admin.seed(bodies);
    const before = bench.emulator.admin.applications();

    const exported = await bench.run(['export', '--out', 'apps']);
    const plan = await bench.run(['plan', 'apps', '--format', 'json']);
    const applied = await bench.run(['apply', 'apps', '--yes']);
    const owned = await bench.run(['plan', 'apps', '--format', 'json', '--detailed-exitcode']);

    expect(exported).toMatchObject({ code: 0 });
    const { changes } = JSON.parse(plan.stdout);
    expect(changes.map(({ action, fields }: { action: string; fields: unknown[] }) => [action, fields])).toEqual(
      bodies.map(() => ['adopt', []]),
    );
    expect(applied).toMatchObject({ code: 0 });
    expect(owned).toMatchObject({ code: 0 });
    expect(bench.emulator.admin.applications()).toEqual(before);
  }, options);
});
