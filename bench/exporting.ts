import { join } from 'node:path';
import { runNode } from './command.ts';
import { EmulatorProcess, program } from './emulator-process.ts';
import { smallApplication } from './manifests.ts';
import { median, type Result, spread } from './result.ts';

const count = 5_000;
const runs = 5;

/** Whole exports of an account, against the same command with nothing to export: it lists the account and that is all. */
export async function exporting(directory: string): Promise<readonly Result[]> {
  const emulator = await EmulatorProcess.start();
  const { environment } = emulator;
  const listMs: number[] = [];
  const exportMs: number[] = [];
  try {
    await emulator.seed({ applications: Array.from({ length: count }, (_, index) => smallApplication(index, 1)) });
    // Each into a directory of its own: ext4 takes its time to find room for files where others were deleted within the last minute.
    for (let run = 0; run < runs; run += 1) {
      const out = join(directory, `exported-${run}`);
      const command = [program, 'export', '--out', out, '--state', join(directory, 'exported-state')];
      listMs.push((await runNode([...command, '--only', 'no application'], { environment })).ms);
      exportMs.push((await runNode(command, { environment })).ms);
    }
  } finally {
    await emulator.stop();
  }
  return [
    {
      what: 'export 5,000 applications, of the time to list them',
      value: median(exportMs) / median(listMs),
      limit: 1.3,
      rule: 'at most',
      measured: `${spread(exportMs)}; listing ${spread(listMs)}`,
    },
  ];
}
