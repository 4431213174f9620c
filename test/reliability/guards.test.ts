import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { elsewhere, runHere } from '../cli/elsewhere.ts';
import { type Bench, hurriedClock, manifestYaml, withEmulator } from '../cli/world.ts';
import { aConfig, answering, applicationNamed, keysIn, namesIn, writeAccount } from './account.ts';

const twelve = Array.from({ length: 12 }, (_, index) => `app-${String(index).padStart(2, '0')}`);

/** Applies once, so that everything is owned, and forgets the requests. */
async function owning(bench: Bench, names: readonly string[], ...settings: string[]): Promise<void> {
  await writeAccount(bench, names, ...settings);
  expect(await bench.run(['apply', '--yes'])).toMatchObject({ code: 0 });
  bench.emulator.admin.clearRequests();
}

test('when many applications are missing nothing is created again, unless a person allows it', () =>
  withEmulator(async (bench) => {
    await owning(bench, twelve);
    const keys = await keysIn(bench);
    const clock = hurriedClock();
    clock.advance(3_600_000);
    for (const { id } of bench.emulator.admin.applications().slice(0, 5)) bench.emulator.admin.remove(id);

    // Two of the five are asked for: enough to see that more are missing than may be.
    const applied = await bench.run(['apply', '--yes'], { clock });
    expect(applied).toMatchObject({ code: 3, stdout: expect.stringContaining('2 of 12 managed applications are') });
    const tooFew = await bench.run(['apply', '--yes', '--allow-creates', '2'], { clock });
    expect(tooFew).toMatchObject({ code: 3, stdout: expect.stringContaining('5 of 12 managed applications are') });
    expect(bench.emulator.admin.counts().writes).toBe(0);

    expect(await bench.run(['apply', '--yes', '--allow-creates', '5'], { clock })).toMatchObject({ code: 0 });
    expect([...namesIn(bench)].sort()).toEqual(twelve);
    expect(await keysIn(bench)).toEqual(keys);
  }));

test('a wrong branch that would rewrite every application is stopped, unless a person allows it', () =>
  withEmulator(async (bench) => {
    await owning(bench, twelve);
    for (const name of twelve)
      await bench.write(`apps/${name}.yaml`, manifestYaml(name, answering('https://wrong.example.com/')));

    const applied = await bench.run(['apply', '--yes']);
    expect(applied).toMatchObject({ code: 3, stdout: expect.stringContaining('looks like a wrong branch') });
    expect(bench.emulator.admin.counts().writes).toBe(0);

    expect(await bench.run(['apply', '--yes', '--allow-updates', '12'])).toMatchObject({ code: 0 });
    expect(bench.emulator.admin.counts().PUT).toBe(12);
  }));

test('an adoption that would remove a capability is stopped, and the application is left as it is', () =>
  withEmulator(async (bench) => {
    const messages = { webhooks: { inbound_url: { address: 'https://messages.example.com/', http_method: 'POST' } } };
    bench.emulator.admin.seed([{ name: 'support', capabilities: { messages } }]);
    const before = applicationNamed(bench, 'support');
    await writeAccount(bench, ['support']);

    const applied = await bench.run(['apply', '--yes']);

    expect(applied).toMatchObject({ code: 3, stdout: expect.stringContaining('adopting would remove') });
    expect(applicationNamed(bench, 'support')).toEqual(before);
    expect(bench.emulator.admin.counts().writes).toBe(0);
  }));

test('a private key is not made where it may be lost with the machine', () =>
  withEmulator(async (bench) => {
    await writeAccount(bench, ['support']);
    await elsewhere(bench, async (run) => {
      const applied = await run(['apply', '--yes']);

      expect(applied.code).toBe(3);
      expect(applied.stdout).toContain('or an absolute keys.directory');
      expect(bench.emulator.admin.counts().writes).toBe(0);
    });
  }));

test('a directory for private keys that lies in a state directory nobody chose is no safer', () =>
  withEmulator(async (bench) => {
    await writeAccount(bench, ['support'], 'keys: { directory: keys }');
    await elsewhere(bench, async (run) => {
      const refused = await run(['apply', '--yes']);
      await writeAccount(bench, ['support'], `keys: { directory: ${join(bench.cwd, 'lasting')} }`);
      const done = await run(['apply', '--yes']);

      expect(refused).toMatchObject({ code: 3, stdout: expect.stringContaining('Guard key-custody (1 blocked)') });
      expect(done.code).toBe(0);
      expect(bench.emulator.admin.counts().writes).toBe(1);
    });
  }));

test('what is made on an emulator need not last: no state directory has to be chosen there', () =>
  withEmulator(async (bench) => {
    await writeAccount(bench, ['support']);

    const applied = await runHere(bench, ['apply', '--yes']);
    const rotated = await runHere(bench, ['rotate-key', 'support', '--yes']);

    expect(applied).toMatchObject({ code: 0, stderr: expect.not.stringContaining('custody') });
    expect(rotated.code).toBe(0);
  }));

test('a rename without formerly is a conflict that says what to write, and nothing is created or deleted', () =>
  withEmulator(async (bench) => {
    await owning(bench, ['support', 'other'], 'policy: sync');
    await bench.write('apps/support.yaml', manifestYaml('helpdesk', answering('https://support.example.com/')));

    const applied = await bench.run(['apply', '--yes']);

    expect(applied).toMatchObject({ code: 3, stdout: expect.stringContaining('add "formerly: ["support"]"') });
    expect(bench.emulator.admin.counts().writes).toBe(0);
    expect([...namesIn(bench)].sort()).toEqual(['other', 'support']);
  }));

const twoAccounts = (first: string, second: string) =>
  `${aConfig('policy: sync').replace('name: main', 'name: left').replace('manifests: apps', 'manifests: left')}
    apiUrl: ${first}
  - name: right
    manifests: right
    policy: sync
    apiUrl: ${second}
    apiKey: { env: RIGHT_KEY }
    apiSecret: { env: RIGHT_SECRET }
    creates: { settleSeconds: 0.3 }
`;

test('an application whose manifest moves to another account is deleted only once it exists there', () =>
  withEmulator(async (bench) => {
    await withEmulator(
      async (right) => {
        const spec = answering('https://support.example.com/');
        await bench.write('vonage-gitops.yaml', twoAccounts(bench.emulator.url, right.emulator.url));
        await bench.write('left/support.yaml', manifestYaml('support', spec));
        await bench.write('left/other.yaml', manifestYaml('other', answering('https://other.example.com/')));
        await bench.write('right/.keep', '');
        const { VONAGE_API_URL: _same, ...credentials } = bench.environment;
        const environment = {
          ...credentials,
          VONAGE_API_URL: '',
          RIGHT_KEY: right.emulator.apiKey,
          RIGHT_SECRET: right.emulator.apiSecret,
        };
        expect(await bench.run(['apply', '--yes'], { environment })).toMatchObject({ code: 0 });
        await rm(join(bench.cwd, 'left/support.yaml'));
        await bench.write('right/support.yaml', manifestYaml('support', spec));
        right.emulator.admin.faults([{ match: { verb: 'POST' }, action: { kind: 'status', status: 400 } }]);

        await bench.run(['apply', '--yes'], { environment });
        const whileRefused = [namesIn(bench), namesIn(right)].map((names) => [...names].sort());
        right.emulator.admin.faults([]);
        await bench.run(['apply', '--yes'], { environment });
        const last = await bench.run(['apply', '--yes'], { environment });

        expect(whileRefused).toEqual([['other', 'support'], []]);
        expect(last).toMatchObject({ code: 0 });
        expect([namesIn(bench), namesIn(right)]).toEqual([['other'], ['support']]);
      },
      { apiKey: 'right123', apiSecret: 'right-secret' },
    );
  }));

test('a fight is left alone after three heals an hour by the daemon, and a person may go on', () =>
  withEmulator(async (bench) => {
    await owning(bench, ['support']);
    const clock = hurriedClock();
    clock.advance(60_000);
    await bench.run(['run', '--once'], { clock }); // a read has shown that what was sent was kept
    const theirs = { capabilities: { voice: { webhooks: { event_url: { address: 'https://theirs.example.com/' } } } } };
    const fight = async (command: readonly string[]) => {
      const { id, name } = applicationNamed(bench, 'support');
      bench.emulator.admin.put(id, { name, ...theirs });
      clock.advance(60_000);
      await bench.run(command, { clock });
      return JSON.stringify(applicationNamed(bench, 'support').capabilities).includes('theirs') ? 'theirs' : 'ours';
    };

    const daemon = [];
    for (let round = 0; round < 5; round += 1) daemon.push(await fight(['run', '--once']));
    const person = await fight(['apply', '--yes']);

    expect(daemon).toEqual(['ours', 'ours', 'ours', 'theirs', 'theirs']);
    expect(person).toBe('ours');
  }));
