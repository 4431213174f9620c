import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { runNode } from './command.ts';
import { writeConfig } from './config-file.ts';
import { EmulatorProcess, program } from './emulator-process.ts';
import { smallApplication, writeSmallManifests } from './manifests.ts';
import type { Result } from './result.ts';

const counts = [0, 1, 100, 101, 1000];

/**
 * How many requests a plan makes that finds nothing to do: the pages of the listing and nothing else. And how often phone numbers are
 * listed for three deletes, each of which could cut one off.
 */
export async function requests(directory: string): Promise<readonly Result[]> {
  const emulator = await EmulatorProcess.start();
  try {
    const results: Result[] = [];
    for (const count of counts) results.push(await requestsOf(count, emulator, join(directory, `requests-${count}`)));
    results.push(...(await numbersOf(emulator, join(directory, 'requests-numbers'))));
    return results;
  } finally {
    await emulator.stop();
  }
}

async function requestsOf(count: number, emulator: EmulatorProcess, directory: string): Promise<Result> {
  const manifests = join(directory, 'manifests');
  writeSmallManifests(manifests, count, 1);
  await emulator.reset();
  await emulator.seed({ applications: Array.from({ length: count }, (_, index) => smallApplication(index, 1)) });
  const config = join(directory, 'vonage-gitops.yaml');
  writeConfig(config, manifests, 1000);
  const common = ['--config', config, '--state', join(directory, 'state')];
  const { environment } = emulator;
  await runNode([program, 'apply', '--yes', ...common], { environment });
  await emulator.clearRequests();
  await runNode([program, 'plan', '--detailed-exitcode', ...common], { environment });
  const seen = await emulator.requests();
  return {
    what: `requests of a plan without changes, ${count.toLocaleString('en')} applications`,
    value: seen.length,
    limit: Math.max(1, Math.ceil(count / 100)),
    rule: 'exactly',
    measured: seen.every(({ verb }) => verb === 'GET') ? 'all of them GET' : 'writes among them',
  };
}

async function numbersOf(emulator: EmulatorProcess, directory: string): Promise<readonly Result[]> {
  const manifests = join(directory, 'manifests');
  const config = join(directory, 'vonage-gitops.yaml');
  const common = ['--config', config, '--state', join(directory, 'state')];
  const { environment } = emulator;
  await emulator.reset();
  writeSmallManifests(manifests, 4, 1);
  writeConfig(config, manifests, 1000, { policy: 'sync', deletes: { max: 3, maxPercent: 100 } });
  await runNode([program, 'apply', '--yes', ...common], { environment });
  for (const index of [1, 2, 3]) rmSync(join(manifests, `application-${index}.json`));
  const results: Result[] = [];
  for (const { command, what, limit } of [
    { command: ['plan'], what: 'a plan that deletes 3', limit: 1 },
    { command: ['apply', '--yes'], what: 'deleting 3: for the plan, and right before the first', limit: 2 },
  ]) {
    await emulator.clearRequests();
    await runNode([program, ...command, ...common], { environment });
    const seen = await emulator.requests();
    results.push({
      what: `listings of phone numbers, ${what}`,
      value: seen.filter(({ path }) => path.startsWith('/account/numbers')).length,
      limit,
      rule: 'exactly',
      measured: `${seen.filter(({ verb }) => verb === 'DELETE').length} deletes`,
    });
  }
  return results;
}
