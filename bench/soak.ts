/**
 * Ten thousand passes over five hundred applications: memory must be flat. `npm run test:soak`; SOAK_PASSES and SOAK_APPLICATIONS
 * choose a shorter one. Now and then a manifest changes, so that writing is part of it.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DaemonProcess } from './daemon-process.ts';
import { EmulatorProcess } from './emulator-process.ts';
import { smallApplication, writeSmallManifests } from './manifests.ts';
import { median } from './result.ts';

const passes = Number(process.env.SOAK_PASSES ?? 10_000);
const applications = Number(process.env.SOAK_APPLICATIONS ?? 500);
/** A manifest changes every so many passes. */
const changeEvery = 100;
/** Memory at the end may be this much of what it was once the program had warmed up. */
const mostGrowth = 1.1;

const directory = mkdtempSync(join(tmpdir(), 'vonage-gitops-soak-'));
const emulator = await EmulatorProcess.start();
try {
  process.exitCode = await soak();
} finally {
  await emulator.stop();
  rmSync(directory, { recursive: true, force: true });
}

async function soak(): Promise<number> {
  const manifests = join(directory, 'apps');
  mkdirSync(manifests);
  writeSmallManifests(manifests, applications, 0);
  await emulator.seed({ applications: Array.from({ length: applications }, (_, index) => smallApplication(index, 0)) });
  const daemon = await DaemonProcess.start({ directory, intervalSeconds: 3600 }, emulator);
  const began = performance.now();
  const samples: number[] = [];
  for (let pass = 1; pass <= passes; pass += 1) {
    if (pass % changeEvery === 0) changeOne(manifests, pass);
    await daemon.pass();
    samples.push(daemon.residentMiB());
    if (pass % Math.ceil(passes / 20) === 0) console.log(progress(pass, samples, began));
  }
  await daemon.stop();
  return verdict(samples, (performance.now() - began) / 1000);
}

function changeOne(manifests: string, pass: number): void {
  const { name, capabilities } = smallApplication(0, pass);
  const document = { apiVersion: 'vonage-gitops/v1', kind: 'Application', metadata: { name }, spec: { capabilities } };
  writeFileSync(join(manifests, 'application-0.json'), JSON.stringify(document));
}

function progress(pass: number, samples: readonly number[], began: number): string {
  const seconds = (performance.now() - began) / 1000;
  const recent = median(samples.slice(-Math.ceil(passes / 20)));
  return `${pass} passes, ${seconds.toFixed(0)} s, ${((seconds / pass) * 1000).toFixed(1)} ms each, ${recent.toFixed(0)} MiB`;
}

function verdict(samples: readonly number[], seconds: number): number {
  const tenth = Math.ceil(samples.length / 10);
  const warm = median(samples.slice(3 * tenth, 4 * tenth));
  const end = median(samples.slice(-tenth));
  const growth = end / warm;
  console.log(
    `${passes} passes over ${applications} applications in ${seconds.toFixed(0)} s: ${warm.toFixed(1)} MiB after three tenths, ${end.toFixed(1)} MiB at the end, ratio ${growth.toFixed(3)} (at most ${mostGrowth})`,
  );
  return growth <= mostGrowth ? 0 : 1;
}
