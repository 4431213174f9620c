import { chmod, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Bench, manifestYaml, withEmulator } from '../../world.ts';

const hook = (address: string, members = {}) => ({ webhooks: { archive_status: { address, ...members } } });

async function textsIn(bench: Bench, directory = 'apps'): Promise<Readonly<Record<string, string>>> {
  const root = join(bench.cwd, directory);
  const names = (await readdir(root)).sort();
  const texts = names.map(async (name) => [name, await readFile(join(root, name), 'utf8')] as const);
  return Object.fromEntries(await Promise.all(texts));
}

describe('export', () => {
  test('writes a manifest for each application, with which plan finds nothing', async () => {
    await withEmulator(async (bench) => {
      bench.emulator.admin.seed(30);

      const ended = await bench.run(['export', '--out', 'apps']);
      const plan = await bench.run(['plan', 'apps', '--detailed-exitcode', '--format', 'json']);

      expect(ended).toMatchObject({ code: 0, stderr: '' });
      expect(ended.stdout).toContain('+ apps/application-1.yaml "Application 1"\n');
      expect(ended.stdout).toContain('30 created, 0 left as they are, 0 skipped.\n');
      const { changes } = JSON.parse(plan.stdout);
      expect(changes).toHaveLength(30);
      expect(changes.flatMap(({ fields }: { fields: unknown[] }) => fields)).toEqual([]);
      expect(bench.emulator.admin.applications()).toHaveLength(30);
    });
  });

  test('leaves a directory that does not exist unmade when there is nothing to write', async () => {
    await withEmulator(async (bench) => {
      bench.emulator.admin.seed(1);

      const ended = await bench.run(['export', '--out', 'apps', '--only', 'none of that name']);

      expect(ended).toMatchObject({ code: 0, stdout: '0 created, 0 left as they are, 0 skipped.\n', stderr: '' });
      expect(await readdir(bench.cwd)).toEqual([]);
    });
  });

  test('writes no state, and sends nothing but GET', async () => {
    await withEmulator(async (bench) => {
      bench.emulator.admin.seed(1);

      await bench.run(['export', '--out', 'apps']);

      expect(await readdir(bench.cwd)).toEqual(['apps']);
      expect(new Set(bench.emulator.admin.requests().map(({ verb }) => verb))).toEqual(new Set(['GET']));
    });
  });

  test('writes fields in the order of the schema, with defaults as comments', async () => {
    await withEmulator(async (bench) => {
      const webhooks = { answer_url: { address: 'https://a.example/${x}', http_method: 'GET' } };
      const [id] = bench.emulator.admin.seed([
        {
          name: 'Support line',
          capabilities: { voice: { webhooks, region: 'eu-west', conversations_ttl: -1 }, vbc: {} },
        },
      ]);

      await bench.run(['export', '--out', 'apps']);

      expect(await textsIn(bench)).toEqual({
        'support-line.yaml': `apiVersion: vonage-gitops/v1
kind: Application
metadata:
  name: Support line
  id: ${id}
spec:
  privacy:
    improve_ai: false
  capabilities:
    voice:
      # conversations_ttl: -1, left as it is (expected a whole number, 0 or more)
      webhooks:
        answer_url:
          address: https://a.example/$\${x}
          # http_method: GET
          # connect_timeout: 1000
          # socket_timeout: 5000
      signed_callbacks: true
      leg_persistence_time: 7
      region: eu-west
    vbc: {}
`,
      });
    });
  });

  test('writes placeholders for secrets, and lists what to set, never the values', async () => {
    await withEmulator(async (bench) => {
      const secret = 'hook-secret-1';
      bench.emulator.admin.seed([
        { name: 'Support', capabilities: { video: hook('https://u:p4ssw0rd@a.example/?token=t0ken&x=1', { secret }) } },
        { name: 'support!', capabilities: { video: hook('https://b.example', { secret: 'hook-secret-2' }) } },
      ]);

      const { stdout, stderr } = await bench.run(['export', '--out', 'apps']);
      const texts = Object.values(await textsIn(bench)).join('\n');

      expect(texts).toContain(
        'address: https://${SUPPORT_VIDEO_ARCHIVE_STATUS_USERINFO}@a.example/?token=${SUPPORT_VIDEO_ARCHIVE_STATUS_TOKEN}&x=1\n',
      );
      expect(texts).toContain('secret: "${SUPPORT_VIDEO_ARCHIVE_STATUS_SECRET}"\n');
      expect(texts).toContain('secret: "${SUPPORT_VIDEO_ARCHIVE_STATUS_SECRET_2}"\n');
      expect(stderr).toContain('  SUPPORT_VIDEO_ARCHIVE_STATUS_SECRET_2  "support!"\n');
      expect(stdout + stderr + texts).not.toMatch(/p4ssw0rd|t0ken|hook-secret/);
    });
  });

  test('leaves manifests that are there alone, and takes none of their variables', async () => {
    await withEmulator(async (bench) => {
      const body = { capabilities: { video: hook('https://b.example', { secret: 'abc' }) } };
      bench.emulator.admin.seed([{ name: 'Support', ...body }, { name: 'Old' }]);
      await bench.run(['export', '--out', 'apps', '--only', 'Support']);
      await mkdir(join(bench.cwd, 'apps/team'));
      const text = await readFile(join(bench.cwd, 'apps/support.yaml'), 'utf8');
      await writeFile(join(bench.cwd, 'apps/team/old.yaml'), manifestYaml('Old'));
      bench.emulator.admin.seed([{ name: 'SUPPORT', ...body }]);

      const ended = await bench.run(['export', '--out', 'apps']);
      const texts = await textsIn(bench, 'apps').catch(() => readFile(join(bench.cwd, 'apps/support-2.yaml'), 'utf8'));

      expect(ended.code).toBe(0);
      expect(ended.stdout).toContain('= apps/support.yaml:4:9 "Support": exists\n');
      expect(ended.stdout).toContain('= apps/team/old.yaml:4:9 "Old": exists\n');
      expect(texts).toContain('"${SUPPORT_VIDEO_ARCHIVE_STATUS_SECRET_2}"');
      expect(await readFile(join(bench.cwd, 'apps/support.yaml'), 'utf8')).toBe(text);
    });
  });

  test('pins applications of one name without being asked, and no others with --no-ids', async () => {
    await withEmulator(async (bench) => {
      const ids = bench.emulator.admin.seed([{ name: 'Twin' }, { name: 'Twin' }, { name: 'Single' }]);

      await bench.run(['export', '--out', 'apps', '--no-ids']);
      const texts = await textsIn(bench);

      expect(Object.keys(texts)).toEqual(['single.yaml', 'twin-2.yaml', 'twin.yaml']);
      expect(texts['single.yaml']).not.toContain('id:');
      expect([texts['twin.yaml'], texts['twin-2.yaml']].join('')).toContain(`id: ${ids[0]}`);
      expect([texts['twin.yaml'], texts['twin-2.yaml']].join('')).toContain(`id: ${ids[1]}`);
      expect(await bench.run(['validate', 'apps'])).toMatchObject({ code: 0 });
    });
  });

  test('needs a person where a manifest without a pin could mean two applications', async () => {
    await withEmulator(async (bench) => {
      bench.emulator.admin.seed([{ name: 'Twin' }, { name: 'Twin' }]);
      await bench.write('apps/twin.yaml', manifestYaml('Twin'));

      const { code, stderr } = await bench.run(['export', '--out', 'apps']);

      expect(code).toBe(3);
      expect(stderr).toContain('the manifest at twin.yaml:4:9 could mean 2 of them: add the "id:" of the one it means');
      expect(Object.keys(await textsIn(bench))).toEqual(['twin.yaml']);
    });
  });

  test('writes nothing where a document cannot be read that may declare an application', async () => {
    await withEmulator(async (bench) => {
      bench.emulator.admin.seed([{ name: 'Support' }]);
      await bench.write('apps/broken.yaml', 'apiVersion: vonage-gitops/v1\nkind: [');

      const { code, stderr } = await bench.run(['export', '--out', 'apps']);

      expect(code).toBe(1);
      expect(stderr).toContain('it is not known which applications 1 invalid document in it declares');
      expect(Object.keys(await textsIn(bench))).toEqual(['broken.yaml']);
    });
  });

  test('names that could lead elsewhere become files in the directory', async () => {
    await withEmulator(async (bench) => {
      const names = ['../x', '.', '/etc/passwd', '😀', 'a'.repeat(300), 'CON', 'Ünï'];
      bench.emulator.admin.seed(names.map((name) => ({ name })));

      const { code } = await bench.run(['export', '--out', 'apps']);
      const files = Object.keys(await textsIn(bench));

      expect(code).toBe(0);
      expect(files).toEqual(
        [
          'app-2.yaml',
          'app-con.yaml',
          'app.yaml',
          'etc-passwd.yaml',
          'n.yaml',
          'x.yaml',
          `${'a'.repeat(60)}.yaml`,
        ].sort(),
      );
      expect(await readdir(bench.cwd)).toEqual(['apps']);
    });
  });

  test('writes through no link that leads out of the manifest directory', async () => {
    await withEmulator(async (bench) => {
      bench.emulator.admin.seed([{ name: 'Support' }]);
      await mkdir(join(bench.cwd, 'elsewhere'));
      await mkdir(join(bench.cwd, 'apps'));
      await symlink(join(bench.cwd, 'elsewhere'), join(bench.cwd, 'apps', 'team'));
      await bench.write('vonage-gitops.yaml', configYaml('manifests: apps, exclude: [team]'));

      const { code, stderr } = await bench.run(['export', '--out', 'apps/team']);

      expect(code).toBe(1);
      expect(stderr).toContain('it leads out of the manifest directory');
      expect(await readdir(join(bench.cwd, 'elsewhere'))).toEqual([]);
    });
  });

  test('says why a directory cannot be written', async () => {
    await withEmulator(async (bench) => {
      bench.emulator.admin.seed([{ name: 'Support' }]);
      await bench.write('apps/x', '');
      await chmod(join(bench.cwd, 'apps/x'), 0o400);

      const { code, stderr } = await bench.run(['export', '--out', 'apps/x/y']);

      expect(code).toBe(1);
      expect(stderr).toContain('Error E_REFUSED');
    });
  });

  test('exports two accounts without a name of a variable that both have', async () => {
    await withEmulator(async (bench) => {
      bench.emulator.admin.seed([
        { name: 'a Support', capabilities: { video: hook('https://b.example', { secret: 'abc' }) } },
        { name: 'b Support', capabilities: { video: hook('https://b.example', { secret: 'abc' }) } },
      ]);
      const accounts = ['a', 'b'].map(
        (name) => `  - {name: ${name}, manifests: ${name}, scope: {names: ["${name} *"]}}`,
      );
      const head = 'apiVersion: vonage-gitops/v1\nkind: Config\naccounts:\n';
      await bench.write('vonage-gitops.yaml', `${head}${accounts.join('\n')}\n`);

      const { code, stdout } = await bench.run(['export']);
      const both = await bench.run(['export', '--out', 'c']);

      expect(code).toBe(0);
      expect(stdout).toContain('Account b: 1 created, 0 left as they are, 0 skipped.\n');
      expect(Object.keys(await textsIn(bench, 'a'))).toEqual(['a-support.yaml']);
      expect(Object.keys(await textsIn(bench, 'b'))).toEqual(['b-support.yaml']);
      expect(both).toMatchObject({ code: 5 });
    });
  });

  test('--check writes nothing, and its exit code says whether a manifest is missing', async () => {
    await withEmulator(async (bench) => {
      bench.emulator.admin.seed(2);

      const before = await bench.run(['export', '--out', 'apps', '--check']);
      const left = await readdir(bench.cwd);
      await bench.run(['export', '--out', 'apps']);
      const after = await bench.run(['export', '--out', 'apps', '--check']);

      expect(before).toMatchObject({ code: 3 });
      expect(before.stdout).toContain('2 to create, 0 left as they are, 0 skipped.\n');
      expect(left).toEqual([]);
      expect(after).toMatchObject({ code: 0 });
    });
  });

  test('declares public keys with --with-keys only', async () => {
    await withEmulator(async (bench) => {
      bench.emulator.admin.seed(1);

      await bench.run(['export', '--out', 'without']);
      await bench.run(['export', '--out', 'with', '--with-keys']);

      expect((await textsIn(bench, 'without'))['application-1.yaml']).not.toContain('keys:');
      expect((await textsIn(bench, 'with'))['application-1.yaml']).toContain('-----BEGIN PUBLIC KEY-----');
      expect(await bench.run(['validate', 'with'])).toMatchObject({ code: 0 });
    });
  });
});

function configYaml(account: string): string {
  return `apiVersion: vonage-gitops/v1\nkind: Config\naccounts:\n  - {name: main, ${account}}\n`;
}
