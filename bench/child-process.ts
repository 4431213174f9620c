import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { rolldown } from 'rolldown';

/** Bundles the scripts that are measured in processes of their own, libraries as Node.js loads them; answers with where each one is. */
export async function bundleChildren(names: readonly string[], directory: string): Promise<(name: string) => string> {
  const input = Object.fromEntries(names.map((name) => [name, join(import.meta.dirname, `child-${name}.ts`)]));
  const bundle = await rolldown({ input, platform: 'node', logLevel: 'silent' });
  await bundle.write({
    dir: directory,
    format: 'esm',
    entryFileNames: '[name].mjs',
    chunkFileNames: '[name]-[hash].mjs',
  });
  await bundle.close();
  return (name) => join(directory, `${name}.mjs`);
}

/** Runs a script to its end and answers with the figures it prints as JSON. */
export async function runChild(script: string, ...args: readonly string[]): Promise<Readonly<Record<string, number>>> {
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...args], { maxBuffer: 64 * 1024 * 1024 });
  const figures: unknown = JSON.parse(stdout);
  if (typeof figures !== 'object' || figures === null) throw new Error(`${script} printed no figures: ${stdout}`);
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, Number(value)]));
}

/** One figure of several runs. */
export function each(runs: readonly Readonly<Record<string, number>>[], figure: string): readonly number[] {
  return runs.map((run) => run[figure] ?? Number.NaN);
}
