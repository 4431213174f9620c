import { chmod, cp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Bench, manifestYaml, withEmulator } from '../../world.ts';

const configuration =
  'apiVersion: vonage-gitops/v1\nkind: Config\naccounts:\n  - name: main\n    manifests: apps\n    policy: sync\n';
const formats = join(import.meta.dirname, '../../../fixtures/formats');

/** One application owned, and one deleted with its body kept. */
async function applied(bench: Bench): Promise<void> {
  await bench.write('vonage-gitops.yaml', configuration);
  for (const name of ['Support', 'Sales']) await bench.write(`apps/${name}.yaml`, manifestYaml(name));
  await bench.run(['apply', '--yes']);
  await rm(join(bench.cwd, 'apps/Sales.yaml'));
  await bench.run(['apply', '--yes']);
}

const inMain = ({ state }: Bench, path: string) => join(state, 'main', path);
const ledgerOf = (bench: Bench) => inMain(bench, 'ledger.json');
const ledgerWith = async (bench: Bench, change: (text: string) => string) =>
  writeFile(ledgerOf(bench), change(await readFile(ledgerOf(bench), 'utf8')));
const keyInUse = async (bench: Bench) => (await bench.run(['keys', 'path', 'Support'])).stdout.trim();

test('a state that is whole has no problems, and tells which version it needs, without credentials', () =>
  withEmulator(async (bench) => {
    await applied(bench);
    const environment = { VONAGE_API_KEY: '', VONAGE_API_SECRET: '' };
    await cp(join(formats, 'ledger.v1.json'), inMain(bench, 'ledger.v1.json'));

    const ended = await bench.run(['state', 'check'], { environment });
    const json = JSON.parse((await bench.run(['state', 'check', '--format', 'json'], { environment })).stdout);

    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toMatch(/^main: ledger format \d+ needs this version of vonage-gitops or a newer one\.\n/);
    expect(ended.stdout).toContain('ledger.v1.json is kept for a way back');
    expect(ended.stdout).toContain('no problems found.\n');
    expect(json).toMatchObject({
      format: 'vonage-gitops.state-check/1',
      needs: [{ account: 'main', program: 'this version of vonage-gitops or a newer one' }],
      findings: [],
    });
  }));

test('a copy is checked by naming it', () =>
  withEmulator(async (bench) => {
    await applied(bench);
    const copy = join(bench.cwd, 'copy');
    await cp(bench.state, copy, { recursive: true });
    await rm(join(copy, 'main/keys'), { recursive: true });

    const ended = await bench.run(['state', 'check', '--state', copy]);

    expect(ended).toMatchObject({ code: 1 });
    expect(ended.stdout).toMatch(
      /^error: main: the private key of "Support" \(\S+\) is not in \S+\/copy\/main\/keys: restore it/,
    );
    expect((await bench.run(['state', 'check'])).code).toBe(0);
  }));

interface Harm {
  readonly title: string;
  readonly harm: (bench: Bench) => Promise<unknown>;
  readonly code: number;
  readonly said: string | RegExp;
}

test.each<Harm>([
  {
    title: 'a ledger that is cut short',
    harm: (bench) => ledgerWith(bench, (text) => text.slice(0, 300)),
    code: 1,
    said: 'the ledger cannot be parsed',
  },
  {
    title: 'a ledger of a later version',
    harm: (bench) => ledgerWith(bench, (text) => text.replace(/"schema": \d+/, '"schema": 99')),
    code: 1,
    said: 'format 99 needs a newer version of vonage-gitops',
  },
  {
    title: 'a ledger that is missing beside its backup',
    harm: (bench) => rm(ledgerOf(bench)),
    code: 1,
    said: 'it is missing, but its backup exists',
  },
  {
    title: 'a private key that is something else',
    harm: async (bench) => writeFile(await keyInUse(bench), 'no key'),
    code: 1,
    said: 'the private key cannot be used',
  },
  {
    title: 'the body of a deleted application that is missing',
    harm: async (bench) => {
      for (const name of await readdir(inMain(bench, 'bodies'))) await rm(inMain(bench, `bodies/${name}`));
    },
    code: 1,
    said: 'no body is stored for the deleted "Sales"',
  },
  {
    title: 'a second ledger',
    harm: (bench) => cp(inMain(bench, ''), join(bench.state, 'copied'), { recursive: true }),
    code: 1,
    said: /main: \S+\/main and \S+\/copied are two ledgers of one API key and host/,
  },
  {
    title: 'a link in the place of a directory',
    harm: async (bench) => {
      await rm(inMain(bench, 'last-good'), { recursive: true, force: true });
      await mkdir(join(bench.cwd, 'elsewhere'));
      await symlink(join(bench.cwd, 'elsewhere'), inMain(bench, 'last-good'));
    },
    code: 1,
    said: 'a symbolic link is where a state directory should be',
  },
  {
    title: 'keys without any ledger',
    harm: async (bench) => {
      for (const name of ['ledger.json', 'ledger.json.bak']) await rm(inMain(bench, name));
    },
    code: 3,
    said: /attention: main: no ledger, but 2 private keys in /,
  },
  {
    title: 'a directory that others may read',
    harm: (bench) => chmod(inMain(bench, ''), 0o755),
    code: 3,
    said: 'is accessible to other users (0755)',
  },
  {
    title: 'a PAUSE file that cannot be parsed',
    harm: (bench) => writeFile(inMain(bench, 'PAUSE'), 'what?'),
    code: 3,
    said: 'the whole account is paused: the file',
  },
])('$title is found', ({ harm, code, said }) =>
  withEmulator(async (bench) => {
    await applied(bench);
    await harm(bench);

    const ended = await bench.run(['state', 'check']);

    expect(ended.code).toBe(code);
    expect(ended.stdout).toMatch(said instanceof RegExp ? said : new RegExp(said.replaceAll(/[()]/g, '\\$&')));
  }),
);
