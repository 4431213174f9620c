/**
 * What a daemon costs that has nothing to do, and how soon it does something. `npm run bench:daemon` prints the table and fails when
 * a limit is not kept; BENCH_SECONDS is how long it idles (300); `-- --write` also puts the table into docs/operations.md.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DaemonProcess } from './daemon-process.ts';
import { EmulatorProcess } from './emulator-process.ts';
import { smallApplication, writeSmallManifests } from './manifests.ts';
import { isMet, median, type Result, spread, table } from './result.ts';

const applications = 1_000;
const edits = 20;
const idleSeconds = Number(process.env.BENCH_SECONDS ?? 300);
/** As daemon.watch.quietMs is by default. */
const quietMs = 500;

const load = loadavg()[0] ?? Number.NaN;
const directory = mkdtempSync(join(tmpdir(), 'vonage-gitops-bench-daemon-'));
const emulator = await EmulatorProcess.start();
try {
  const results = await measure();
  const shown = table(results).replace('ratio', 'value');
  console.log(`\n${shown}`);
  if (process.argv.includes('--write')) writeTable(shown);
  process.exitCode = results.every(isMet) ? 0 : 1;
} finally {
  await emulator.stop();
  rmSync(directory, { recursive: true, force: true });
}

/** One daemon with the pace and the interval that it has by default, over manifests that are all in sync. */
async function measure(): Promise<readonly Result[]> {
  const manifests = join(directory, 'apps');
  writeSmallManifests(manifests, applications, 0);
  await emulator.seed({ applications: Array.from({ length: applications }, (_, index) => smallApplication(index, 0)) });
  const first = await DaemonProcess.start({ directory, intervalSeconds: 300 }, emulator); // takes over what it finds
  await first.stop();
  const daemon = await DaemonProcess.start({ directory, intervalSeconds: 300, requestsPerSecond: 10 }, emulator);
  try {
    const requests = await requestsOfPass(daemon);
    const idle = await idling(daemon);
    return [...idle, await editing(manifests, daemon), requests];
  } finally {
    await daemon.stop();
  }
}

async function requestsOfPass(daemon: DaemonProcess): Promise<Result> {
  await emulator.clearRequests();
  await daemon.pass();
  const seen = await emulator.requests();
  return {
    what: 'requests of a pass without changes',
    value: seen.length,
    limit: Math.max(1, Math.ceil(applications / 100)),
    rule: 'exactly',
    measured: seen.every(({ verb }) => verb === 'GET') ? 'all of them GET' : 'writes among them',
  };
}

async function idling(daemon: DaemonProcess): Promise<readonly Result[]> {
  console.error(`idling for ${idleSeconds} s ...`);
  await emulator.clearRequests();
  const memory: number[] = [];
  const [cpu, began] = [daemon.cpuSeconds(), performance.now()];
  while (performance.now() - began < idleSeconds * 1_000) {
    await sleep(Math.min(1_000, idleSeconds * 1_000));
    memory.push(daemon.residentMiB());
  }
  const seconds = (performance.now() - began) / 1_000;
  const used = daemon.cpuSeconds() - cpu;
  const pages = (await emulator.requests()).length;
  const passes = pages / Math.ceil(applications / 100);
  return [
    {
      what: 'idle: percent of one core',
      value: (100 * used) / seconds,
      limit: 2,
      rule: 'at most',
      measured: `${used.toFixed(2)} s in ${seconds.toFixed(0)} s, passes in it: ${passes}`,
    },
    {
      what: 'idle: resident memory, MiB',
      value: median(memory),
      limit: 200,
      rule: 'at most',
      measured: `median of ${memory.length} looks, at most ${Math.max(...memory).toFixed(0)}`,
    },
  ];
}

/** From the moment a file is saved until the API sees the write, without the time the daemon waits for quiet. */
async function editing(manifests: string, daemon: DaemonProcess): Promise<Result> {
  const waits: number[] = [];
  for (let index = 0; index < edits; index += 1) {
    console.error(`edit ${index + 1} of ${edits}`);
    await daemon.pass(); // nothing is in progress
    await emulator.clearRequests();
    const savedAt = edit(manifests, index);
    waits.push((await firstWriteAt()) - savedAt - quietMs);
  }
  return {
    what: 'saved file to first write, beyond the quiet period, s',
    value: median(waits) / 1_000,
    limit: 3,
    rule: 'at most',
    measured: `${spread(waits)}, ${edits} edits`,
  };
}

/** When it was saved, in milliseconds since 1970. */
function edit(manifests: string, index: number): number {
  const { name, capabilities } = smallApplication(index, 1);
  const document = { apiVersion: 'vonage-gitops/v1', kind: 'Application', metadata: { name }, spec: { capabilities } };
  writeFileSync(join(manifests, `application-${index}.json`), JSON.stringify(document));
  return Date.now();
}

async function firstWriteAt(): Promise<number> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    const write = (await emulator.requests()).find(({ verb }) => verb !== 'GET');
    if (write !== undefined) return write.at;
    await sleep(100);
  }
  throw new Error('the edit was not applied within a minute');
}

/** Replaces what stands between the two marks of the page. */
function writeTable(shown: string): void {
  const page = join(import.meta.dirname, '..', 'docs', 'operations.md');
  const machine = `Node ${process.versions.node}, ${process.platform} ${process.arch}, ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'})`;
  const conditions = `${machine}, ${new Date().toISOString().slice(0, 10)}. Load average when it began: ${load.toFixed(1)}.`;
  const marked = /(<!-- bench -->\n)[\s\S]*(\n<!-- \/bench -->)/;
  writeFileSync(
    page,
    readFileSync(page, 'utf8').replace(marked, (_, from, to) => `${from}${conditions}\n\n${shown}${to}`),
  );
}
