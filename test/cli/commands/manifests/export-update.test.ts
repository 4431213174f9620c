import { execFileSync } from 'node:child_process';
import { chmod, cp, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Bench, withEmulator } from '../../world.ts';

const update = ['export', '--out', 'apps', '--update'];

/** The work tree as a git repository, everything in it committed. */
function repository(bench: Bench): { diff(): readonly string[]; commit(): void } {
  const git = (...given: readonly string[]) =>
    execFileSync('git', ['-C', bench.cwd, '-c', 'user.name=Ann', '-c', 'user.email=ann@example.com', ...given], {
      stdio: 'pipe',
    }).toString();
  const commit = () => {
    git('add', '-A');
    git('commit', '-q', '--allow-empty', '-m', 'all');
  };
  git('init', '-q');
  commit();
  return {
    diff: () =>
      git('diff', '-U0')
        .split('\n')
        .filter((line) => /^[-+](?![-+]{2} )/.test(line)),
    commit,
  };
}

/** What somebody changes in the dashboard: a part of the application, as the API shows it. */
function dashboard(bench: Bench, name: string, from: string, to: string): void {
  const found = bench.emulator.admin.applications().find((application) => application.name === name);
  if (found === undefined) throw new Error(`no application ${name}`);
  const { id, ...body } = found;
  const text = JSON.stringify(body);
  expect(text).toContain(from);
  bench.emulator.admin.put(id, JSON.parse(text.replace(from, to)));
}

const answers = (address: string) => ({
  webhooks: { answer_url: { address, http_method: 'GET' }, event_url: { address: 'https://a.example/events' } },
});

describe('export --update', () => {
  test('leaves an unchanged account with an empty git diff, and writes one line for one change', async () => {
    await withEmulator(async (bench) => {
      bench.emulator.admin.seed(30);
      bench.emulator.admin.seed([{ name: 'Line', capabilities: { voice: answers('https://a.example/1'), vbc: {} } }]);
      await bench.run(['export', '--out', 'apps']);
      const { diff, commit } = repository(bench);

      const unchanged = await bench.run(update);
      expect(unchanged).toMatchObject({ code: 0, stderr: '' });
      expect(unchanged.stdout).toContain('0 created, 0 updated, 31 left as they are, 0 skipped.\n');
      expect(diff()).toEqual([]);

      dashboard(bench, 'Line', 'example/1', 'example/2');
      const changed = await bench.run(update);
      expect(changed.stdout).toContain('~ apps/line.yaml:4:9 "Line": updated\n');
      expect(diff()).toEqual(['-          address: https://a.example/1', '+          address: https://a.example/2']);
      commit();

      dashboard(bench, 'Line', ',"vbc":{}', '');
      await bench.run(update);
      expect(diff()).toEqual(['-    vbc: {}']);
      commit();

      const plan = await bench.run(['plan', 'apps', '--format', 'json']);
      const { changes } = JSON.parse(plan.stdout);
      expect(changes.flatMap(({ fields }: { fields: unknown[] }) => fields)).toEqual([]);
    });
  });

  test('leaves manifests alone that people wrote and that were applied', async () => {
    await withEmulator(async (bench) => {
      await cp(join(import.meta.dirname, '../../../../examples/quickstart'), join(bench.cwd, 'apps'), {
        recursive: true,
        filter: (path) => !/\.(?!ya?ml)[a-z]+$/.test(path),
      });
      const { code } = await bench.run(['apply', 'apps', '--yes']);
      const { diff } = repository(bench);

      const ended = await bench.run(update);

      expect(code).toBe(0);
      expect(ended).toMatchObject({ code: 0, stderr: '' });
      expect(diff()).toEqual([]);
    });
  });

  test('keeps secrets out of the file, and tells which variables to set', async () => {
    await withEmulator(async (bench) => {
      const video = (members: object) => ({
        video: { webhooks: { archive_status: { address: 'https://a.example', ...members } } },
      });
      bench.emulator.admin.seed([{ name: 'Film', capabilities: video({}) }]);
      await bench.run(['export', '--out', 'apps']);
      const { diff } = repository(bench);

      dashboard(bench, 'Film', '"https://a.example"', '"https://a.example","secret":"very-s3cr3t"');
      const ended = await bench.run(update);

      expect(diff()).toEqual(['+          secret: "${FILM_VIDEO_ARCHIVE_STATUS_SECRET}"']);
      expect(ended.stderr).toContain('FILM_VIDEO_ARCHIVE_STATUS_SECRET  "Film"');
      expect(`${ended.stdout}${ended.stderr}`).not.toContain('very-s3cr3t');
    });
  });

  test('names what it leaves alone, with its line, and exits with 3', async () => {
    await withEmulator(async (bench) => {
      bench.emulator.admin.seed([{ name: 'Line', capabilities: { voice: answers('https://b.example/1') } }]);
      await mkdir(join(bench.cwd, 'apps'));
      const text = `apiVersion: vonage-gitops/v1
kind: Application
metadata: { name: Line }
spec:
  capabilities:
    voice:
      signed_callbacks: true
      webhooks:
        answer_url: { address: &x https://a.example/1 }
        event_url: { address: https://a.example/events }
        fallback_answer_url: { address: *x }
`;
      await writeFile(join(bench.cwd, 'apps/line.yaml'), text);

      const ended = await bench.run(update);

      expect(ended.code).toBe(3);
      expect(ended.stderr).toContain('! apps/line.yaml:9:35: spec.capabilities.voice.webhooks.answer_url.address: ');
      expect(await readFile(join(bench.cwd, 'apps/line.yaml'), 'utf8')).toBe(text.replace(/ {8}fallback.*\n/, ''));
    });
  });

  test('keeps the mode of a file, in a directory of its own', async () => {
    await withEmulator(async (bench) => {
      bench.emulator.admin.seed([{ name: 'Line', capabilities: { voice: answers('https://a.example/1') } }]);
      await bench.run(['export', '--out', 'apps/real']);
      const real = join(bench.cwd, 'apps/real/line.yaml');
      await chmod(real, 0o640);
      dashboard(bench, 'Line', 'example/1', 'example/2');

      await bench.run(update);

      expect((await stat(real)).mode & 0o777).toBe(0o640);
      expect(await readFile(real, 'utf8')).toContain('https://a.example/2');
    });
  });

  test('names an invalid manifest, and leaves it', async () => {
    await withEmulator(async (bench) => {
      bench.emulator.admin.seed([{ name: 'Line' }]);
      await mkdir(join(bench.cwd, 'apps'));
      const text = 'apiVersion: vonage-gitops/v1\nkind: Application\nmetadata: { name: Line }\nspec: { odd: 1 }\n';
      await writeFile(join(bench.cwd, 'apps/line.yaml'), text);

      const ended = await bench.run(update);

      expect(ended).toMatchObject({ code: 3, stderr: expect.stringContaining('this manifest is invalid') });
      expect(await readFile(join(bench.cwd, 'apps/line.yaml'), 'utf8')).toBe(text);
    });
  });
});

test('export --update --check writes nothing, and exits with 3 when a manifest differs', async () => {
  await withEmulator(async (bench) => {
    bench.emulator.admin.seed([{ name: 'Line', capabilities: { voice: answers('https://a.example/1') } }]);
    await bench.run(['export', '--out', 'apps']);
    const { diff } = repository(bench);
    const same = await bench.run([...update, '--check']);
    dashboard(bench, 'Line', 'example/1', 'example/2');

    const ended = await bench.run([...update, '--check']);

    expect(same.code).toBe(0);
    expect(ended).toMatchObject({
      code: 3,
      stdout: expect.stringMatching(
        /^~ \S+ "Line": to update\n0 to create, 1 to update, 0 left as they are, 0 skipped\.\n$/,
      ),
    });
    expect(diff()).toEqual([]);
  });
});
