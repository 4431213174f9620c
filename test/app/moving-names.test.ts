import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Bench, manifestYaml, withEmulator } from '../cli/world.ts';
import { aConfig, answering, namesIn } from '../reliability/account.ts';

const second = [
  '  - name: second',
  '    manifests: second',
  '    apiKey: { env: SECOND_KEY }',
  '    apiSecret: { env: SECOND_SECRET }',
];
const environment = { SECOND_KEY: 'second-key', SECOND_SECRET: 'second-secret' };

/** Two accounts, the first with two applications that are applied. */
async function writeTwoAccounts({ write, run }: Bench): Promise<void> {
  const settings = ['policy: sync', 'deletes: { max: 3, maxPercent: 100 }'];
  await write('vonage-gitops.yaml', `${aConfig(...settings)}${second.join('\n')}\n`);
  await write('second/.keep', '');
  await write('apps/keep.yaml', manifestYaml('keep', answering('https://keep.example.com/')));
  await write('apps/moving.yaml', manifestYaml('moving', answering('https://moving.example.com/')));
  expect(await run(['apply', '--yes', '--account', 'main'], { environment })).toMatchObject({ code: 0 });
}

test.each([
  { title: 'has no credentials', breakIt: async () => undefined, environment: {} },
  {
    title: 'has no manifests',
    breakIt: ({ cwd }: Bench) => rm(join(cwd, 'second'), { recursive: true }),
    environment,
  },
  {
    title: 'has a ledger that cannot be parsed',
    breakIt: async ({ write }: Bench) => void (await write('state/second/ledger.json', '{')),
    environment,
  },
])('an account is applied although another one $title', ({ breakIt, ...context }) =>
  withEmulator(async (bench) => {
    await writeTwoAccounts(bench);
    await breakIt(bench);
    await bench.write('apps/new.yaml', manifestYaml('new', answering('https://new.example.com/')));

    const applied = await bench.run(['apply', '--yes', '--account', 'main'], context);

    expect(applied).toMatchObject({ code: 0 });
    expect([...namesIn(bench)].sort()).toEqual(['keep', 'moving', 'new']);
  }),
);

test.each([
  {
    title: 'cannot be read as YAML',
    file: 'second/moving.yaml',
    text: 'kind: Application\nmetadata:\n\tname: moving\n',
  },
  { title: 'does not tell its name', file: 'second/moved.yaml', text: 'kind: Application\nmetadata: {}\n' },
])('what may be on its way to another account is not deleted while a new document there $title', ({ file, text }) =>
  withEmulator(async (bench) => {
    await writeTwoAccounts(bench);
    await rm(join(bench.cwd, 'apps/moving.yaml'));
    await bench.write(file, text);

    const applied = await bench.run(['apply', '--yes', '--account', 'main'], { environment });

    expect(applied.code).toBe(3);
    expect(applied.stdout).toContain('guard moved');
    expect([...namesIn(bench)].sort()).toEqual(['keep', 'moving']);
  }),
);
