import { join } from 'node:path';
import { runNode } from './command.ts';
import { writeConfig } from './config-file.ts';
import { EmulatorProcess, program } from './emulator-process.ts';
import { smallApplication, writeSmallManifests } from './manifests.ts';
import type { Result } from './result.ts';

const counts = [0, 1, 100, 101, 1000];

/** How many requests a plan makes that finds nothing to do: the pages of the listing and nothing else. */
export async function requests(directory: string): Promise<readonly Result[]> {
  const emulator = await EmulatorProcess.start();
  try {
    const results: Result[] = [];
    for (const count of counts) results.push(await requestsOf(count, emulator, join(directory, `requests-${count}`)));
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
