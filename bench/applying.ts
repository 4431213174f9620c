import { join } from 'node:path';
import { runNode } from './command.ts';
import { writeConfig } from './config-file.ts';
import { EmulatorProcess, type LoggedRequest, program } from './emulator-process.ts';
import { smallApplication, writeSmallManifests } from './manifests.ts';
import type { Result } from './result.ts';

/** How close `apply` comes to the rate an account allows, over the phase in which it changes things. */
export async function applying(directory: string): Promise<readonly Result[]> {
  return [...(await updates(join(directory, 'updates'))), ...(await creates(join(directory, 'creates')))];
}

const latency = ['--latency', '20'];

/** 500 updates of 2 requests each: the GET that makes sure, and the PUT. */
async function updates(directory: string): Promise<readonly Result[]> {
  const emulator = await EmulatorProcess.start('--rate-limit', '100/s', ...latency);
  try {
    const apply = prepare(directory, emulator, 100);
    writeSmallManifests(join(directory, 'manifests'), 500, 1);
    await emulator.seed({ applications: Array.from({ length: 500 }, (_, index) => smallApplication(index, 1)) });
    await apply();
    writeSmallManifests(join(directory, 'manifests'), 500, 2);
    await emulator.clearRequests();
    await apply();
    const seen = await emulator.requests();
    const changing = seen.filter(({ verb, path }) => verb === 'PUT' || /\/applications\/[^?]/.test(path));
    const refused = seen.filter(({ status }) => status === 429).length;
    return [
      rateResult('500 updates, 100 requests/s allowed, 20 ms latency', changing, { allowed: 100, limit: 0.95 }),
      {
        what: 'the same: share of requests answered 429',
        value: refused / seen.length,
        limit: 0.01,
        rule: 'at most',
        measured: `${refused} of ${seen.length} requests`,
      },
    ];
  } finally {
    await emulator.stop();
  }
}

/** 100 creates of 1 request each, every one with a key pair made for it. */
async function creates(directory: string): Promise<readonly Result[]> {
  const emulator = await EmulatorProcess.start('--rate-limit', '10/s', ...latency);
  try {
    const apply = prepare(directory, emulator, 10);
    writeSmallManifests(join(directory, 'manifests'), 100, 1);
    await apply();
    const creating = (await emulator.requests()).filter(({ verb }) => verb === 'POST');
    return [rateResult('100 creates with new key pairs, 10 requests/s allowed', creating, { allowed: 10, limit: 0.9 })];
  } finally {
    await emulator.stop();
  }
}

function prepare(
  directory: string,
  { environment }: EmulatorProcess,
  requestsPerSecond: number,
): () => Promise<unknown> {
  const config = join(directory, 'vonage-gitops.yaml');
  writeSmallManifests(join(directory, 'manifests'), 0, 1);
  writeConfig(config, 'manifests', requestsPerSecond);
  const options = ['--yes', '--config', config, '--state', join(directory, 'state')];
  return () => runNode([program, 'apply', ...options], { environment });
}

function rateResult(
  what: string,
  requests: readonly LoggedRequest[],
  { allowed, limit }: { readonly allowed: number; readonly limit: number },
): Result {
  const seconds = ((requests.at(-1)?.at ?? Number.NaN) - (requests[0]?.at ?? Number.NaN)) / 1000;
  const rate = (requests.length - 1) / seconds;
  return {
    what,
    value: rate / allowed,
    limit,
    rule: 'at least',
    measured: `${requests.length} requests in ${seconds.toFixed(1)} s, ${rate.toFixed(1)} per second`,
  };
}
