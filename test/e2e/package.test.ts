import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { publint } from 'publint';
import stringWidth from 'string-width';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const packed = z.array(z.object({ filename: z.string(), size: z.number(), unpackedSize: z.number() })).length(1);
const offline = ['--offline', '--no-audit', '--no-fund'];

let folder: string;
let sizes: { readonly size: number; readonly unpackedSize: number };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vonage-gitops-package-'));
  await run('npm', ['run', 'build'], { cwd: root });
  // The build's own lines are no JSON, so it is not npm that starts it here.
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
    cwd: root,
  });
  const [pack] = packed.parse(JSON.parse(stdout));
  sizes = pack ?? { size: Number.NaN, unpackedSize: Number.NaN };
  await run('npm', ['install', ...offline, join(folder, pack?.filename ?? '')], { cwd: folder });
}, 120_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

async function installed(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<string> {
  const env = { ...process.env, ...environment };
  const { stdout } = await run(process.execPath, [join(folder, 'node_modules/.bin/vonage-gitops'), ...args], {
    cwd: folder,
    env,
  });
  return stdout;
}

async function withEmulator(work: (environment: NodeJS.ProcessEnv) => Promise<void>): Promise<void> {
  const program = join(folder, 'node_modules/.bin/vonage-gitops');
  const started = spawn(process.execPath, [program, 'emulator', '--port', '0', '--api-secret', 'Secret123'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  try {
    const [url] = await once(createInterface(started.stdout), 'line');
    await work({ VONAGE_API_URL: String(url), VONAGE_API_KEY: 'abcd1234', VONAGE_API_SECRET: 'Secret123' });
  } finally {
    started.kill();
    await once(started, 'close');
  }
}

describe('the package as users install it', () => {
  test('is one package, at most 500 kB packed and 2 MB installed, without source maps', async () => {
    expect(await readdir(join(folder, 'node_modules'))).toEqual(['.bin', '.package-lock.json', 'vonage-gitops']);
    expect(sizes.size).toBeLessThanOrEqual(500_000);
    expect(sizes.unpackedSize).toBeLessThanOrEqual(2_000_000);
    const files = await readdir(join(folder, 'node_modules/vonage-gitops'), { recursive: true });
    expect(files.filter((file) => file.endsWith('.map'))).toEqual([]);
  });

  test('has nothing that a linter of packages objects to', async () => {
    const { messages } = await publint({
      pkgDir: join(folder, 'node_modules/vonage-gitops'),
      pack: false,
      strict: true,
    });

    expect(messages).toEqual([]);
  });

  test('says its version, also as a program of its own', async () => {
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    const program = join(folder, 'node_modules/vonage-gitops/dist/main.cjs');

    expect(await installed(['--version'])).toBe(`${version}\n`);
    expect((await stat(program)).mode & 0o777).toBe(0o755);
  });

  test('names what it contains, with licenses, for people and as a bill of materials', async () => {
    const dist = join(folder, 'node_modules/vonage-gitops/dist');
    const bill = JSON.parse(await readFile(join(dist, 'sbom.cdx.json'), 'utf8'));
    const notices = await readFile(join(dist, 'THIRD-PARTY-NOTICES.txt'), 'utf8');
    const names = bill.components.map(({ name }: { readonly name: string }) => name);

    expect(bill).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.6' });
    expect(names).toEqual(expect.arrayContaining(['chokidar', 'commander', 'got', 'node-cron', 'pino', 'yaml', 'zod']));
    for (const { name, version } of bill.components) expect(notices).toContain(`\n${name} ${version}, `);
    expect(new Set(names).size).toBe(names.length);
  });

  test('validates, plans and applies against its own emulator', { timeout: 60_000 }, () =>
    withEmulator(async (environment) => {
      const quickstart = join(folder, 'node_modules/vonage-gitops/examples/quickstart');

      expect(await installed(['validate', quickstart], environment)).toMatch(/valid/);
      expect(await installed(['plan', quickstart, '--state', 'state'], environment)).toMatch(/to create/);
      expect(await installed(['apply', quickstart, '--state', 'state', '--yes'], environment)).toMatch(/applied/);
      expect(await installed(['plan', quickstart, '--state', 'state', '--detailed-exitcode'], environment)).toMatch(
        /No changes/,
      );
    }),
  );

  // The build defers what the library for widths makes at its start, so the bundled one is tried, too.
  test('lines columns up whatever the names are written in', { timeout: 60_000 }, () =>
    withEmulator(async (environment) => {
      await mkdir(join(folder, 'names'));
      const names = ['Support', '客服热线', '☎️ 📞 desk', '🇹🇭 ไทย 한국'];
      for (const [index, name] of names.entries()) {
        const manifest = { apiVersion: 'vonage-gitops/v1', kind: 'Application', metadata: { name }, spec: {} };
        await writeFile(join(folder, 'names', `${index}.json`), JSON.stringify(manifest));
      }
      await installed(['apply', 'names', '--state', 'names-state', '--yes'], environment);

      const table = await installed(['ledger', 'show', '--state', 'names-state'], environment);

      const rows = table.split('\n').filter((line) => names.some((name) => line.includes(name)));
      const beforeId = rows.map((row) => row.replace(/[0-9a-f]{8}-[0-9a-f]{4}-.*$/, ''));
      expect(rows).toHaveLength(names.length);
      expect([...new Set(beforeId.map((text) => stringWidth(text)))]).toHaveLength(1);
    }),
  );
});

describe('a Node.js that is too old', () => {
  // The check reads the version from `process.versions`, so a changed one stands for an old Node.js; it must come before everything else.
  test.each([{ version: '14.21.3' }, { version: '18.20.8' }, { version: '20.20.2' }, { version: '22.21.1' }])(
    '$version: one sentence and exit code 5',
    async ({ version }) => {
      const pretend = `Object.defineProperty(process, 'versions', { value: { node: '${version}' } }); Object.defineProperty(process, 'version', { value: 'v${version}' });`;
      const program = JSON.stringify(join(folder, 'node_modules/vonage-gitops/dist/main.cjs'));

      const ended = await run(process.execPath, ['-e', `${pretend} require(${program})`]).catch((error) => error);

      expect(ended).toMatchObject({
        code: 5,
        stdout: '',
        stderr: `Error: vonage-gitops needs Node.js 22.22 or newer; this is v${version}.\n`,
      });
    },
  );

  test('could read the file that is started: it has no syntax that is newer than 2009', async () => {
    const source = await readFile(join(folder, 'node_modules/vonage-gitops/dist/main.cjs'), 'utf8');
    const code = source.replace(/\/\/.*|'[^']*'/g, '');

    expect(code).not.toMatch(/=>|`|\b(const|let|class|async|await|import|export)\b|\?\.|\?\?|\*\*|\.\.\./);
  });
});
