import { execFile } from 'node:child_process';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { StopRequest } from '../../src/app/stop-request.ts';
import { manifestYaml, shiftedClock, withEmulator } from './world.ts';

test.each([
  { title: 'a directory that is not there', out: 'nosuch/plan.json', reason: 'ENOENT: no such file or directory' },
  { title: 'a directory', out: 'apps', reason: 'EISDIR: illegal operation on a directory' },
])('plan --out into $title says why before it plans, and names no temporary file', ({ out, reason }) =>
  withEmulator(async (bench) => {
    await bench.write('apps/a.yaml', manifestYaml('a'));

    const ended = await bench.run(['plan', 'apps', '--out', out]);

    expect(ended).toMatchObject({ code: 5, stderr: `Error E_USAGE: --out ${out}: cannot be written: ${reason}\n` });
    expect(ended.stdout).toBe('');
    expect(bench.emulator.admin.requests()).toEqual([]);
  }),
);

test('plan --out into a FIFO that nobody reads ends when it is asked to stop', () =>
  withEmulator(async (bench) => {
    await bench.write('apps/a.yaml', manifestYaml('a'));
    await promisify(execFile)('mkfifo', [join(bench.cwd, 'fifo')]);
    const stop = new AbortController();
    const clock = shiftedClock();
    const sleep: typeof clock.sleep = (ms, signal) => {
      stop.abort(new StopRequest('SIGTERM'));
      return clock.sleep(ms, signal);
    };

    const ended = await bench.run(['plan', 'apps', '--out', 'fifo', '--no-wait'], {
      stop: stop.signal,
      clock: { ...clock, sleep },
    });

    expect(ended).toMatchObject({ code: 1, stderr: 'Error E_ABORTED: stopped on request\n' });
    expect((await lstat(join(bench.cwd, 'fifo'))).isFIFO()).toBe(true);
  }));
