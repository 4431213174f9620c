import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runNode } from './command.ts';
import { EmulatorProcess, program } from './emulator-process.ts';
import { writeSmallManifests } from './manifests.ts';
import { median, type Result, spread } from './result.ts';

const runs = 25;

/** Whole processes from start to end, one after another in turn, against an empty script. */
export async function startUp(directory: string): Promise<readonly Result[]> {
  const empty = join(directory, 'empty.mjs');
  writeFileSync(empty, '');
  const manifests = join(directory, 'ten');
  writeSmallManifests(manifests, 10, 1);
  const emulator = await EmulatorProcess.start();
  const { environment } = emulator;
  const common = [manifests, '--state', join(directory, 'ten-state')];
  const emptyMs: number[] = [];
  const helpMs: number[] = [];
  const planMs: number[] = [];
  try {
    for (let run = 0; run < runs; run += 1) {
      emptyMs.push((await runNode([empty])).ms);
      helpMs.push((await runNode([program, '--help'])).ms);
      planMs.push((await runNode([program, 'plan', ...common], { environment })).ms);
    }
  } finally {
    await emulator.stop();
  }
  const result = (what: string, times: readonly number[], limit: number): Result => ({
    what,
    value: median(times) / median(emptyMs),
    limit,
    rule: 'at most',
    measured: `${spread(times)}; empty script ${spread(emptyMs)}`,
  });
  return [result('--help', helpMs, 2), result('plan of ten manifests', planMs, 6)];
}
