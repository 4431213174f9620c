import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/app/system-clock.ts';
import { acquireLock } from '../../src/lock/lock.ts';
import { withAccount } from './bench-account.ts';
import { type Bench, hurriedClock, manifestYaml, withEmulator } from './world.ts';

async function applied(bench: Bench, ...names: readonly string[]): Promise<void> {
  for (const name of names) await bench.write(`apps/${name}.yaml`, manifestYaml(name));
  await bench.run(['apply', 'apps', '--yes']);
}

const ledgerOf = (bench: Bench) => withAccount(bench, async ({ ledger }) => ledger.current());
const folderOf = ({ state }: Bench) => join(state, 'default');

const isoTime = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;

test('ledger show lists what is owned', () =>
  withEmulator(async (bench) => {
    bench.emulator.admin.seed([{ name: 'Adopted' }]);
    await applied(bench, 'Adopted', 'Created');

    const text = await bench.run(['ledger', 'show']);
    const json = JSON.parse((await bench.run(['ledger', 'show', '--format', 'json'])).stdout);

    expect(text.stdout).toMatch(/Adopted .* adopted [\s\S]*Created .* created .*Created\.yaml\n2 owned, 0 undecided/);
    expect(json).toMatchObject({
      format: 'vonage-gitops.ledger-show/2',
      known: true,
      entries: [{ name: 'Adopted' }, { name: 'Created', appliedAt: expect.stringMatching(isoTime) }],
    });
  }));

test('an account without a ledger says so', () =>
  withEmulator(async ({ run }) => {
    expect((await run(['ledger', 'show'])).stdout).toBe('no ledger: ownership and deletes unknown\n');
    expect(await run(['ledger', 'check'])).toMatchObject({ code: 0 });
  }));

test('a ledger that agrees with the account has no findings', () =>
  withEmulator(async (bench) => {
    await applied(bench, 'Support');

    const ended = await bench.run(['ledger', 'check']);

    expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining('1 owned, serial') });
    expect(ended.stdout).toContain('lock writer: free\n');
  }));

test('ledger check tells who holds a lock', () =>
  withEmulator(async (bench) => {
    await applied(bench, 'Support');
    const lock = await acquireLock({ directory: folderOf(bench), kind: 'daemon', waitMs: 0, clock: systemClock });

    const ended = await bench.run(['ledger', 'check']);
    await lock.release();

    expect(ended.stdout).toContain(`lock daemon: held by process ${process.pid}`);
  }));

type Harm = (bench: Bench) => Promise<unknown>;
const firstId = ({ emulator }: Bench) => emulator.admin.applications()[0]?.id ?? '';
const keyPath = async (bench: Bench) => (await bench.run(['keys', 'path', 'Support'])).stdout.trim();
const deleteIt: Harm = async (bench) => {
  await bench.write('apps/Support.yaml', manifestYaml('Support', '{}', '  deletionPolicy: delete\n'));
  await bench.write('vonage-gitops.yaml', await configuration(bench));
  await applied(bench, 'Sales');
  await rm(join(bench.cwd, 'apps/Support.yaml'));
  await bench.run(['apply', '--yes', '--allow-deletes', '1']);
};

async function configuration({ environment }: Bench): Promise<string> {
  return `apiVersion: vonage-gitops/v1
kind: Config
accounts:
  - name: default
    manifests: apps
    apiUrl: ${environment.VONAGE_API_URL}
    apiKey: { env: VONAGE_API_KEY }
    apiSecret: { env: VONAGE_API_SECRET }
    policy: sync
`;
}

const harms: readonly { readonly what: string; readonly harm: Harm; readonly kind: string; readonly code: number }[] = [
  {
    what: 'an application is missing',
    kind: 'missing',
    code: 3,
    harm: async (bench) => bench.emulator.admin.remove(firstId(bench)),
  },
  {
    what: 'an application was renamed',
    kind: 'renamed',
    code: 3,
    harm: async ({ emulator }) => {
      const { id, ...body } = emulator.admin.applications()[0] ?? { id: '' };
      emulator.admin.put(id, { ...body, name: 'Renamed' });
    },
  },
  {
    what: 'a key was changed at Vonage',
    kind: 'key-mismatch',
    code: 3,
    harm: async (bench) => {
      const { pem } = await withAccount(bench, ({ keys }) => keys.generate());
      const { id, ...body } = bench.emulator.admin.applications()[0] ?? { id: '' };
      bench.emulator.admin.put(id, { ...body, keys: { public_key: pem } });
    },
  },
  { what: 'a private key is gone', kind: 'key-missing', code: 1, harm: async (bench) => rm(await keyPath(bench)) },
  {
    what: 'nothing mentions a private key',
    kind: 'key-stray',
    code: 3,
    harm: (bench) => bench.write(`state/default/keys/${'a'.repeat(64)}.pem`, 'no key at all'),
  },
  {
    what: 'a rotation was cut short',
    kind: 'rotation-open',
    code: 3,
    harm: async (bench) => {
      bench.emulator.admin.faults([{ match: { verb: 'PUT' }, action: { kind: 'status', status: 403 } }]);
      await bench.run(['rotate-key', 'Support', '--yes']);
    },
  },
  {
    what: 'a create is undecided',
    kind: 'create-undecided',
    code: 3,
    harm: async (bench) => {
      bench.emulator.admin.faults([{ match: { verb: 'POST' }, action: { kind: 'reset-before' } }]);
      await bench.write('apps/Sales.yaml', manifestYaml('Sales'));
      await bench.run(['apply', 'apps', '--yes', '--no-wait'], { clock: hurriedClock() });
    },
  },
  {
    what: 'the body of a deleted application is gone',
    kind: 'body-missing',
    code: 1,
    harm: async (bench) => {
      const id = firstId(bench);
      await deleteIt(bench);
      await rm(join(folderOf(bench), 'bodies', `${id}.json`));
    },
  },
  {
    what: 'the body of a deleted application is cut short',
    kind: 'body-unreadable',
    code: 1,
    harm: async (bench) => {
      const id = firstId(bench);
      await deleteIt(bench);
      await writeFile(join(folderOf(bench), 'bodies', `${id}.json`), '{ "na');
    },
  },
];

test.each(harms)('ledger check finds that $what, and writes nothing', ({ harm, kind, code }) =>
  withEmulator(async (bench) => {
    await applied(bench, 'Support');
    await harm(bench);
    const before = await readFile(join(folderOf(bench), 'ledger.json'), 'utf8');

    const ended = await bench.run(['ledger', 'check', '--format', 'json']);

    expect(ended.code).toBe(code);
    expect(JSON.parse(ended.stdout).findings).toMatchObject([{ kind }]);
    expect(await readFile(join(folderOf(bench), 'ledger.json'), 'utf8')).toBe(before);
  }),
);

test('a corrupt ledger is rebuilt from keys, and the corrupt one is kept', () =>
  withEmulator(async (bench) => {
    await applied(bench, 'Support', 'Sales');
    const before = await ledgerOf(bench);
    await writeFile(join(folderOf(bench), 'ledger.json'), '{ "format": "vonage-gi');
    expect((await bench.run(['apply', 'apps', '--yes'])).stderr).toContain('E_LEDGER_CORRUPT');

    const ended = await bench.run(['ledger', 'rebuild', 'apps', '--yes']);

    const { entries, root } = await ledgerOf(bench);
    expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining('2 entries written') });
    expect(ended.stdout).toContain('+ add "Sales"');
    expect(ended.stdout).toMatch(/The copy beside it was renamed to .*ledger\.json\.bak\./);
    expect(ended.stdout).toMatch(/The corrupt ledger was renamed to .*ledger\.json\.\d/);
    expect([...entries.keys()].sort()).toEqual([...before.entries.keys()].sort());
    expect([...entries.values()]).toMatchObject([
      { origin: 'created', keyGenerated: true, deletionPolicy: 'protect', file: 'Sales.yaml' },
      { origin: 'created', keyGenerated: true, deletionPolicy: 'protect', file: 'Support.yaml' },
    ]);
    expect(root).toBe(join(bench.cwd, 'apps'));
    const aside = (await readdir(folderOf(bench))).filter((name) => /^ledger\.json(\.bak)?\.\d/.test(name));
    expect(aside).toHaveLength(2);
    expect(await readFile(join(folderOf(bench), aside.find((name) => !name.includes('bak')) ?? ''), 'utf8')).toBe(
      '{ "format": "vonage-gi',
    );
  }));

test('after a rebuild one clean pass changes nothing at Vonage and lifts the protection', () =>
  withEmulator(async (bench) => {
    await applied(bench, 'Support');
    await rm(join(folderOf(bench), 'ledger.json'));
    await bench.run(['ledger', 'rebuild', 'apps', '--yes']);
    bench.emulator.admin.clearRequests();

    const ended = await bench.run(['apply', 'apps', '--yes']);

    const [entry] = [...(await ledgerOf(bench)).entries.values()];
    expect(ended.code).toBe(0);
    expect(bench.emulator.admin.counts().writes).toBe(0);
    expect(entry).toMatchObject({ name: 'Support', origin: 'created' });
    expect(entry).not.toHaveProperty('deletionPolicy');
    expect((await bench.run(['ledger', 'check'])).code).toBe(0);
  }));

test('without a yes a rebuild touches nothing, not even the corrupt ledger', () =>
  withEmulator(async (bench) => {
    await applied(bench, 'Support');
    await writeFile(join(folderOf(bench), 'ledger.json'), 'x');

    const ended = await bench.run(['ledger', 'rebuild', 'apps'], { terminal: ['no'] });

    expect(ended.code).toBe(1);
    expect(await readFile(join(folderOf(bench), 'ledger.json'), 'utf8')).toBe('x');
  }));

test('a healthy ledger gains what is surely ours, keeps the rest, and what was adopted is kept as it was found', () =>
  withEmulator(async (bench) => {
    await applied(bench, 'Support');
    const [id = ''] = bench.emulator.admin.seed([{ name: 'Sales', capabilities: { rtc: {} } }]);
    await bench.write('apps/Sales.yaml', manifestYaml('Sales'));

    const ended = await bench.run(['ledger', 'rebuild', '--yes', '--format', 'json']);

    expect(JSON.parse(ended.stdout)).toMatchObject({
      entries: [{ id, origin: 'adopted', evidence: 'same name' }],
      putAside: [],
    });
    expect((await ledgerOf(bench)).entries.size).toBe(2);
    expect(await readFile(join(folderOf(bench), 'bodies', `${id}.json`), 'utf8')).toContain('rtc');
  }));

test('what only a person can decide is left out, with exit code 3', () =>
  withEmulator(async (bench) => {
    bench.emulator.admin.seed([{ name: 'Support' }, { name: 'Support' }]);
    await bench.write('apps/Support.yaml', manifestYaml('Support'));

    const ended = await bench.run(['ledger', 'rebuild', 'apps', '--yes']);

    expect(ended).toMatchObject({ code: 3, stdout: expect.stringContaining('! "Support"') });
    expect(ended.stdout).toContain('No changes to the ledger.');
  }));

test("another account's ledger is not rebuilt into this one's", () =>
  withEmulator(async (bench) => {
    await applied(bench, 'Support');

    const ended = await bench.run(['ledger', 'rebuild', 'apps', '--yes'], {
      environment: { VONAGE_API_KEY: 'another1' },
    });

    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('E_LEDGER_OTHER_ACCOUNT') });
  }));

test('a directory beside a configuration file is refused', () =>
  withEmulator(async (bench) => {
    await bench.write('vonage-gitops.yaml', await configuration(bench));
    await bench.write('apps/Support.yaml', manifestYaml('Support'));

    expect(await bench.run(['ledger', 'rebuild', 'apps', '--yes'])).toMatchObject({ code: 5 });
  }));

test('a command that writes waits for another writer no longer than it is told', () =>
  withEmulator(async (bench) => {
    await applied(bench, 'Support');
    const lock = await acquireLock({ directory: folderOf(bench), kind: 'writer', waitMs: 0, clock: systemClock });

    const ended = await bench.run(['ledger', 'rebuild', 'apps', '--yes', '--lock-timeout', '0']);
    await lock.release();

    expect(ended).toMatchObject({ code: 6, stderr: expect.stringContaining('E_LOCK_HELD') });
  }));
