import { writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSession } from '../../../src/app/session.ts';
import { SharedReadings } from '../../../src/app/source/shared-readings.ts';
import { manifestYaml, testWorld } from '../../cli/world.ts';
import { configYaml } from '../../daemon/running.ts';

let cwd: string;

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'vonage-gitops-readings-'));
});

afterEach(() => rm(cwd, { recursive: true }));

/** Readings of an account with one manifest. */
async function opened() {
  await mkdir(join(cwd, 'apps'));
  await writeFile(join(cwd, 'apps/sales.yaml'), manifestYaml('Sales'));
  await writeFile(join(cwd, 'vonage-gitops.yaml'), configYaml());
  const environment = { VONAGE_API_KEY: 'key', VONAGE_API_SECRET: 'secret' };
  const session = await openSession({ context: testWorld({ cwd, environment }).context, options: { color: 'never' } });
  const [account] = session.accounts;
  if (account === undefined) throw new Error('there is no account');
  return { readings: new SharedReadings(session), account };
}

test('who asks for manifests or a ledger at the same time gets one reading of them', async () => {
  const { readings, account } = await opened();

  const [one, other] = await Promise.all([readings.manifestsOf(account), readings.manifestsOf(account)]);
  const [ledger, same] = await Promise.all([readings.ledgerOf(account), readings.ledgerOf(account)]);

  expect(other).toBe(one);
  expect(same).toBe(ledger);
  expect(one.manifests.map(({ name }) => name)).toEqual(['Sales']);
});

test('who asks while a reading is in progress is told what has changed since it began', async () => {
  const { readings, account } = await opened();
  void readings.manifestsOf(account);
  await setImmediate();
  writeFileSync(join(cwd, 'apps/support.yaml'), manifestYaml('Support'));

  const after = await readings.manifestsOf(account);

  expect(after.manifests.map(({ name }) => name)).toEqual(['Sales', 'Support']);
});

test('a reading that fails is not kept', async () => {
  const { readings, account } = await opened();
  await rm(join(cwd, 'apps'), { recursive: true });

  await expect(readings.manifestsOf(account)).rejects.toThrow('apps');
  await mkdir(join(cwd, 'apps'));

  await expect(readings.manifestsOf(account)).resolves.toMatchObject({ manifests: [] });
});
