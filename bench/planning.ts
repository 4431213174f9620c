import { join } from 'node:path';
import { bundleChildren, each, runChild } from './child-process.ts';
import { writeManifests } from './manifests.ts';
import { median, type Result, spread } from './result.ts';

const runs = 5;

/** The pure part of a pass: pairing, differences and guards. Its first plan in a new process, as a command makes it. */
export async function planning(directory: string): Promise<readonly Result[]> {
  const child = await bundleChildren(['load-manifests', 'plan-changes'], join(directory, 'children'));
  const manifests = join(directory, 'manifests');
  writeManifests(manifests, 10_000);
  const load: Readonly<Record<string, number>>[] = [];
  const small: Readonly<Record<string, number>>[] = [];
  const large: Readonly<Record<string, number>>[] = [];
  for (let run = 0; run < runs; run += 1) {
    load.push(await runChild(child('load-manifests'), manifests));
    small.push(await runChild(child('plan-changes'), '1000'));
    large.push(await runChild(child('plan-changes'), '10000'));
  }
  const loadMs = each(load, 'loadMs');
  return [
    {
      what: 'plan 10,000 against 10,000, of the time to load them',
      value: median(each(large, 'firstMs')) / median(loadMs),
      limit: 0.1,
      rule: 'at most',
      measured: `${spread(each(large, 'firstMs'))}; loading ${spread(loadMs)}`,
    },
    {
      what: 'plan 10,000, of the time for 1,000',
      value: median(each(large, 'planMs')) / median(each(small, 'planMs')),
      limit: 12,
      rule: 'at most',
      measured: `${spread(each(large, 'planMs'))}; 1,000 in ${spread(each(small, 'planMs'))}`,
    },
  ];
}
