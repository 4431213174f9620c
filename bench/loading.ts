import { join } from 'node:path';
import { bundleChildren, each, runChild } from './child-process.ts';
import { writeManifests } from './manifests.ts';
import { median, type Result, spread } from './result.ts';

/** Loading and validating, against what the YAML parser alone takes for the same files; each run in a process of its own. */
export async function loading(directory: string): Promise<readonly Result[]> {
  const child = await bundleChildren(['parse-yaml', 'load-manifests'], join(directory, 'children'));
  const manifests = join(directory, 'manifests');
  const results: Result[] = [];
  for (const { count, runs } of [
    { count: 1000, runs: 7 },
    { count: 10_000, runs: 5 },
  ]) {
    writeManifests(manifests, count);
    results.push(...(await loadingOf(manifests, child, { count, runs })));
  }
  return results;
}

async function loadingOf(
  manifests: string,
  child: (name: string) => string,
  { count, runs }: { readonly count: number; readonly runs: number },
): Promise<readonly Result[]> {
  const alone: Readonly<Record<string, number>>[] = [];
  const ours: Readonly<Record<string, number>>[] = [];
  for (let run = 0; run < runs; run += 1) {
    alone.push(await runChild(child('parse-yaml'), manifests));
    ours.push(await runChild(child('load-manifests'), manifests));
  }
  const yamlMs = median(each(alone, 'loadMs'));
  const yamlKb = median(each(alone, 'peakKb'));
  const kb = median(each(ours, 'peakKb'));
  const what = `load ${count.toLocaleString('en')} manifests`;
  return [
    {
      what,
      value: median(each(ours, 'loadMs')) / yamlMs,
      limit: 1.5,
      rule: 'at most',
      measured: `${spread(each(ours, 'loadMs'))}; yaml alone ${spread(each(alone, 'loadMs'))}`,
    },
    {
      what: `${what} again, nothing changed`,
      value: median(each(ours, 'againMs')) / yamlMs,
      limit: 0.1,
      rule: 'at most',
      measured: spread(each(ours, 'againMs')),
    },
    {
      what: `${what}: peak memory`,
      value: kb / yamlKb,
      limit: 2,
      rule: 'at most',
      measured: `${Math.round(kb / 1024)} MB; yaml alone ${Math.round(yamlKb / 1024)} MB`,
    },
  ];
}
