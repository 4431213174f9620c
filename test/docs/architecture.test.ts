import { spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { readPage } from './pages.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const restricted = z.object({
  options: z.object({ patterns: z.tuple([z.object({ group: z.array(z.string()) })]) }),
});
const linterSchema = z.object({ overrides: z.array(z.looseObject({ includes: z.array(z.string()) })) });

/** What the linter lets each folder import, as in the page's table. */
function linterTable(): Readonly<Record<string, readonly string[]>> {
  const { overrides } = linterSchema.parse(JSON.parse(readFileSync(join(root, 'biome.json'), 'utf8')));
  return Object.fromEntries(
    overrides.flatMap(({ includes, ...rest }) => {
      const rule = z
        .object({ linter: z.object({ rules: z.object({ style: z.object({ noRestrictedImports: restricted }) }) }) })
        .safeParse(rest);
      if (!rule.success) return [];
      const [{ group }] = rule.data.linter.rules.style.noRestrictedImports.options.patterns;
      const allowed = group
        .filter((glob) => glob.startsWith('!') && !glob.endsWith('package.json'))
        .map((glob) => glob.replace(/^!(\.\.?\/)+/, '').replace(/\/\*\*$/, ''));
      return [[includes[0]?.replace(/\/\*\.ts$/, '') ?? '', allowed.toSorted()]];
    }),
  );
}

test('the table in docs/architecture.md is what the linter enforces', () => {
  const rows = [...readPage('docs/architecture.md').text.matchAll(/^\| `(src[^`]*)` \| [^|]+ \| ([^|]+) \|$/gm)];
  const table = Object.fromEntries(
    rows.map(([, folder = '', list = '']) => [folder, list === 'nothing' ? [] : list.split(', ').toSorted()]),
  );

  expect(table).toEqual(linterTable());
});

test('every directory of src is in the table, and none has more than 26 files beside each other', () => {
  const files = globSync('src/**/*.ts', { cwd: root });
  const folders = [...new Set(files.map(dirname))].filter((folder) => folder !== 'src');
  const covered = (folder: string) => folder in linterTable() || `${dirname(folder)}/*` in linterTable();

  expect(folders.filter((folder) => !covered(folder))).toEqual([]);
  expect(folders.filter((folder) => files.filter((file) => dirname(file) === folder).length > 26)).toEqual([]);
});

test('the linter catches an import that goes the wrong way, in each directory', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vonage-gitops-arrows-'));
  try {
    cpSync(join(root, 'biome.json'), join(folder, 'biome.json'));
    const rooms = Object.keys(linterTable()).map((room) => room.replace('*', 'plan'));
    const planted = rooms.map((room) => (room.endsWith('.ts') ? room : join(room, 'planted.ts')));
    for (const file of planted) {
      mkdirSync(join(folder, dirname(file)), { recursive: true });
      const up = '../'.repeat(file.split('/').length - 2) || './';
      // Nobody may import the main file, and it nothing but the command line.
      const forbidden = file === 'src/main.ts' ? './core/planted.ts' : `${up}main.ts`;
      writeFileSync(join(folder, file), `import { planted } from '${forbidden}';\n\nexport const used = planted;\n`);
    }
    const biome = createRequire(import.meta.url).resolve('@biomejs/biome/bin/biome');

    const { stdout } = spawnSync(
      process.execPath,
      [
        biome,
        'lint',
        '--vcs-enabled=false',
        '--only=style/noRestrictedImports',
        '--reporter=github',
        '--max-diagnostics=200',
        '.',
      ],
      { cwd: folder, encoding: 'utf8' },
    );

    const caught = [...stdout.matchAll(/noRestrictedImports,file=[^,]*?(src[^,]+),/g)].map(([, file]) => file);
    expect(caught.toSorted()).toEqual(planted.toSorted());
  } finally {
    rmSync(folder, { recursive: true });
  }
});
