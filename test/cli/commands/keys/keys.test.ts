import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { withAccount } from '../../bench-account.ts';
import { type Bench, manifestYaml, shiftedClock, withEmulator } from '../../world.ts';

const dayMs = 24 * 60 * 60 * 1000;

async function applied(bench: Bench, ...names: readonly string[]): Promise<void> {
  for (const name of names) await bench.write(`apps/${name}.yaml`, manifestYaml(name));
  await bench.run(['apply', 'apps', '--yes']);
}

async function pathOf(bench: Bench, name: string): Promise<string> {
  return (await bench.run(['keys', 'path', name])).stdout.trim();
}

test('keys list shows every key with its application, its state and its path', () =>
  withEmulator(async (bench) => {
    await applied(bench, 'Support');
    const old = await pathOf(bench, 'Support');
    await bench.run(['rotate-key', 'Support', '--yes']);
    const current = await pathOf(bench, 'Support');

    const text = await bench.run(['keys', 'list']);
    const { keys } = JSON.parse((await bench.run(['keys', 'list', '--format', 'json'])).stdout);

    expect(keys.map(({ path, state, reason, at }: Record<string, string>) => ({ path, state, reason, at }))).toEqual(
      expect.arrayContaining([
        { path: current, state: 'in use', reason: undefined },
        { path: old, state: 'retired', reason: 'rotated', at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) },
      ]),
    );
    expect(text.stdout).toMatch(/Support .* in use .*\.pem/);
    expect(text.stdout).toContain('retired (rotated ');
  }));

test('keys list names a key that should be there and is not, one that is undecided, and one that nothing mentions', () =>
  withEmulator(async (bench) => {
    await applied(bench, 'Support');
    await rm(await pathOf(bench, 'Support'));
    await bench.write(`state/default/keys/${'a'.repeat(64)}.pem`, 'no key at all');
    bench.emulator.admin.faults([{ match: { verb: 'PUT' }, action: { kind: 'status', status: 403 } }]);
    await bench.run(['rotate-key', 'Support', '--yes']);
    await bench.write(`state/default/keys/${'b'.repeat(64)}.pem`, 'no key at all');

    const { keys } = JSON.parse((await bench.run(['keys', 'list', '--format', 'json'])).stdout);

    const states = keys.map(({ state, name }: Record<string, string>) => [state, name]);
    expect(states).toEqual(
      expect.arrayContaining([
        ['missing', 'Support'],
        ['undecided', 'Support'],
        ['undecided', undefined],
        ['stray', undefined],
      ]),
    );
  }));

test('an account without keys says so', () =>
  withEmulator(async ({ run }) => {
    expect(await run(['keys', 'list'])).toMatchObject({ code: 0, stdout: expect.stringContaining('No private keys') });
  }));

test('keys path prints the path alone, by name and by id', () =>
  withEmulator(async (bench) => {
    await applied(bench, 'Support');
    const [application] = bench.emulator.admin.applications();

    const byName = await bench.run(['keys', 'path', 'Support']);
    const byId = await bench.run(['keys', 'path', application?.id ?? '']);

    expect(byName).toEqual(byId);
    expect(await readFile(byName.stdout.trimEnd(), 'utf8')).toContain('PRIVATE KEY');
    expect(byName.stdout.split('\n')).toHaveLength(2);
  }));

test('keys path still knows the key of an application that is no longer owned', () =>
  withEmulator(async (bench) => {
    await applied(bench, 'Support', 'Sales');
    const path = await pathOf(bench, 'Support');
    await rm(`${bench.cwd}/apps/Support.yaml`);
    await bench.run(['release', 'Support', '--yes']);

    expect(await pathOf(bench, 'Support')).toBe(path);
  }));

test('keys path fails without output where there is no key', () =>
  withEmulator(async (bench) => {
    await applied(bench, 'Support');
    await rm(await pathOf(bench, 'Support'));

    const lost = await bench.run(['keys', 'path', 'Support']);
    const unknown = await bench.run(['keys', 'path', 'Nobody']);

    expect([lost, unknown]).toMatchObject([
      { code: 1, stdout: '', stderr: expect.stringContaining('E_KEY_NOT_FOUND') },
      { code: 1, stdout: '', stderr: expect.stringContaining('E_NOT_FOUND') },
    ]);
  }));

test('keys path says which application may be meant, and why an adopted one has no key here', () =>
  withEmulator(async (bench) => {
    bench.emulator.admin.seed(1);
    const [name = ''] = bench.emulator.admin.applications().map((one) => one.name);
    await applied(bench, name, 'Support');

    const typo = await bench.run(['keys', 'path', 'Suport']);
    expect(typo.stderr).toContain('Suport: no application with that name or id is owned (did you mean "Support"?)');
    const adopted = await bench.run(['keys', 'path', name]);
    expect(adopted.stderr).toContain('it was adopted with the key pair it had');
    expect(adopted.stderr).toContain('"rotate-key" gives it a new key pair');
  }));

test('keys check proves every key, or the one that is asked for', () =>
  withEmulator(async (bench) => {
    await applied(bench, 'Support', 'Sales');

    const all = await bench.run(['keys', 'check']);
    const one = await bench.run(['keys', 'check', 'Sales', '--format', 'json']);

    expect(all).toMatchObject({ code: 0, stdout: expect.stringContaining('2 of 2 keys match.') });
    expect(JSON.parse(one.stdout).keys).toMatchObject([{ name: 'Sales', outcome: 'matches' }]);
  }));

test('keys check proves keys that the listing does not show', () =>
  withEmulator(
    async (bench) => {
      await applied(bench, 'Support');

      expect((await bench.run(['keys', 'check'])).code).toBe(0);
    },
    { switches: { listKeys: false } },
  ));

type Harm = (bench: Bench) => Promise<void>;
const harms: readonly { readonly what: string; readonly harm: Harm; readonly outcome: string }[] = [
  { what: 'the private key is gone', outcome: 'missing', harm: async (bench) => rm(await pathOf(bench, 'Support')) },
  {
    what: 'the private key is cut short',
    outcome: 'differs',
    harm: async (bench) => writeFile(await pathOf(bench, 'Support'), '-----BEGIN PRIVATE KEY-----\n'),
  },
  {
    what: 'the key was changed at Vonage',
    outcome: 'differs',
    harm: async (bench) => {
      const { pem } = await withAccount(bench, ({ keys }) => keys.generate());
      const { id, ...body } = bench.emulator.admin.applications()[0] ?? { id: '' };
      bench.emulator.admin.put(id, { ...body, keys: { public_key: pem } });
    },
  },
  {
    what: 'the application is not to be seen',
    outcome: 'unseen',
    harm: async ({ emulator }) => void emulator.admin.remove(emulator.admin.applications()[0]?.id ?? ''),
  },
];

test.each(harms)('keys check fails when $what', ({ harm, outcome }) =>
  withEmulator(async (bench) => {
    await applied(bench, 'Support');
    await harm(bench);

    const ended = await bench.run(['keys', 'check']);

    expect(ended).toMatchObject({ code: 1, stdout: expect.stringMatching(`^${outcome} "Support" .*: .+\n0 of 1`) });
    expect(ended.stdout).not.toContain('PRIVATE');
  }),
);

test('a key that is not ours is not checked', () =>
  withEmulator(async (bench) => {
    bench.emulator.admin.seed([{ name: 'Support' }]);
    await applied(bench, 'Support');

    expect(await bench.run(['keys', 'check'])).toMatchObject({ code: 0, stdout: '0 of 0 keys match.\n' });
    expect(await bench.run(['keys', 'check', 'Support'])).toMatchObject({ code: 1, stdout: '' });
  }));

test('keys prune removes a rotated key once it is old enough, after a yes', () =>
  withEmulator(async (bench) => {
    await applied(bench, 'Support');
    const old = await pathOf(bench, 'Support');
    await bench.run(['rotate-key', 'Support', '--yes']);
    const clock = shiftedClock();

    const young = await bench.run(['keys', 'prune', '--yes'], { clock });
    clock.advance(31 * dayMs);
    const declined = await bench.run(['keys', 'prune'], { clock, terminal: ['no'] });
    expect([young.code, declined.code, existsSync(old)]).toEqual([0, 1, true]);
    const pruned = await bench.run(['keys', 'prune', '--format', 'json', '--yes'], { clock });

    expect(JSON.parse(pruned.stdout).removed).toHaveLength(1);
    expect(existsSync(old)).toBe(false);
    expect((await bench.run(['keys', 'check'])).code).toBe(0);
    expect(await withAccount(bench, async ({ ledger }) => ledger.current().retired)).toEqual([]);
  }));

test('keys prune never removes a key that is live at Vonage, whatever the ledger says', () =>
  withEmulator(async (bench) => {
    await applied(bench, 'Support');
    const path = await pathOf(bench, 'Support');
    const { entry, fingerprint } = await withAccount(bench, async ({ ledger }) => {
      const [found] = [...ledger.current().entries.values()];
      return { entry: found, fingerprint: found?.keyFingerprint ?? '' };
    });
    if (entry === undefined) throw new Error('nothing is owned');
    const { keyFingerprint: _key, ...others } = entry;
    await withAccount(bench, ({ ledger }) =>
      ledger.record(
        [
          { kind: 'entry', entry: { ...others, keyGenerated: false } },
          { kind: 'key-retired', key: { fingerprint, at: 0, reason: 'rotated' } },
        ],
        { durable: true },
      ),
    );

    const ended = await bench.run(['keys', 'prune', '--older-than', '0d', '--yes']);

    expect(ended).toMatchObject({ code: 0, stdout: 'No private key to remove.\n' });
    expect(existsSync(path)).toBe(true);
  }));

test('an age that is none is refused', () =>
  withEmulator(async ({ run }) => {
    expect(await run(['keys', 'prune', '--older-than', 'long'])).toMatchObject({ code: 5 });
  }));
