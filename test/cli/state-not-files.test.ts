import { execFile } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { configYaml } from '../daemon/running.ts';
import { type Bench, manifestYaml, withEmulator } from './world.ts';

const run = promisify(execFile);
const environment = { DAEMON_TOKEN: 'x', DAEMON_READ_TOKEN: 'y' };
const formFile = `last-good/${'a'.repeat(64)}.json`;

async function makeFifo({ state }: Bench, name: string): Promise<void> {
  const path = join(state, 'main', name);
  await rm(path, { force: true });
  await mkdir(dirname(path), { recursive: true });
  await run('mkfifo', [path]);
}

test.each([
  { name: 'ledger.json', args: ['run', '--once'] },
  { name: 'writer.lock', args: ['run', '--once'] },
  { name: formFile, args: ['run', '--once'] },
  { name: 'passes.jsonl', args: ['history'] },
  { name: 'keys/index.json', args: ['keys', 'list'] },
])('a FIFO in place of $name ends $args.0 with its name, and nothing waits for it', ({ name, args }) =>
  withEmulator(async (bench) => {
    await bench.write('vonage-gitops.yaml', configYaml());
    await bench.write('apps/support.yaml', manifestYaml('Support'));
    await bench.run(['run', '--once'], { environment });
    await bench.write('apps/sales.yaml', manifestYaml('Sales'));
    await makeFifo(bench, name);

    const { code, stdout, stderr } = await bench.run(args, { environment });

    expect(code).toBe(1);
    expect(stdout + stderr).toContain(join(bench.state, 'main', name));
    expect(stdout + stderr).toContain('a FIFO exists where a file should be');
  }),
);

test('a FIFO in place of the consent to adopt is no consent', () =>
  withEmulator(async (bench) => {
    bench.emulator.admin.seed([{ name: 'Support', capabilities: {} }]);
    await bench.write('vonage-gitops.yaml', configYaml({ account: '    firstRun: ask' }));
    await bench.write('apps/support.yaml', manifestYaml('Support'));
    await makeFifo(bench, 'adopt.json');

    const { code, stdout, stderr } = await bench.run(['run', '--once'], { environment });

    expect(code).toBe(1);
    expect(stdout + stderr).toContain('a FIFO exists where a file should be');
    expect(bench.emulator.admin.counts().writes).toBe(0);
  }));
