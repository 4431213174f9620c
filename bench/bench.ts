/**
 * How fast the product is, as ratios measured in one run. `npm run bench` prints the table and fails when a limit is not kept;
 * `npm run bench -- --write` also puts it into docs/performance.md; names of suites after it run only those.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { applying } from './applying.ts';
import { exporting } from './exporting.ts';
import { loading } from './loading.ts';
import { planning } from './planning.ts';
import { requests } from './requests.ts';
import { isMet, type Result, table } from './result.ts';
import { sources } from './sources.ts';
import { startUp } from './start-up.ts';

const suites: Readonly<Record<string, (directory: string) => Promise<readonly Result[]>>> = {
  loading,
  sources,
  planning,
  'start-up': startUp,
  applying,
  requests,
  exporting,
};

const directory = mkdtempSync(join(tmpdir(), 'vonage-gitops-bench-'));
try {
  const results = await run(process.argv.slice(2).filter((argument) => !argument.startsWith('--')));
  const shown = table(results);
  console.log(`\n${shown}`);
  if (process.argv.includes('--write')) writeTable(shown);
  process.exitCode = results.every(isMet) ? 0 : 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
}

async function run(names: readonly string[]): Promise<readonly Result[]> {
  const unknown = names.filter((name) => !Object.hasOwn(suites, name));
  if (unknown.length > 0) throw new Error(`no such suite: ${unknown}; known suites: ${Object.keys(suites)}`);
  const results: Result[] = [];
  for (const [name, suite] of Object.entries(suites)) {
    if (names.length > 0 && !names.includes(name)) continue;
    console.error(`measuring ${name} ...`);
    results.push(...(await suite(directory)));
  }
  return results;
}

/** Replaces what stands between the two marks of the page. */
function writeTable(shown: string): void {
  const page = join(import.meta.dirname, '..', 'docs', 'performance.md');
  const conditions = `Node ${process.versions.node}, ${process.platform} ${process.arch}, ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), ${new Date().toISOString().slice(0, 10)}.`;
  const marked = /(<!-- bench -->\n)[\s\S]*(\n<!-- \/bench -->)/;
  writeFileSync(
    page,
    readFileSync(page, 'utf8').replace(marked, (_, from, to) => `${from}${conditions}\n\n${shown}${to}`),
  );
}
