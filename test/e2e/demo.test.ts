import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

test('the demo tells its whole story and ends well', { timeout: 60_000 }, async () => {
  const demo = promisify(execFile)(process.execPath, ['scripts/demo.ts'], { cwd: root });

  const { stdout, stderr } = await demo;

  expect(stderr).toMatch(/^(?:\d\/\d applied \w+ ".*"\n)+$/);
  const milestones = [
    '1. What would happen?',
    'In conflict:',
    'Done: 5 applied (4 created, 1 adopted).',
    'Done: 1 applied (1 adopted).',
    'No changes. The account matches the manifests. 2 unmanaged, 6 unchanged.',
    '~ capabilities.voice.webhooks.answer_url.address               "https://somebody-elses.example.org/answer" ->',
    '(3 unchanged fields)\n      why: drift: changed at Vonage',
    'Done: 1 applied (1 updated).',
    'What to try next:',
  ];
  const places = milestones.map((milestone) => stdout.indexOf(milestone));
  expect(places).not.toContain(-1);
  expect(places).toEqual(places.toSorted((one, other) => one - other));
});

test.each([
  { title: 'whose reader goes away', end: (demo: ChildProcess) => demo.stdout?.destroy(), code: 141, error: '' },
  {
    title: 'that is interrupted',
    end: (demo: ChildProcess) => demo.kill('SIGINT'),
    code: 130,
    error: 'Error E_ABORTED',
  },
])('a demo $title leaves no directory behind', { timeout: 60_000 }, async ({ end, code, error }) => {
  const folder = await mkdtemp(join(tmpdir(), 'vonage-gitops-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const environment = { ...process.env, TMPDIR: folder };
  const demo = spawn(process.execPath, ['scripts/demo.ts'], { cwd: root, env: environment });
  let said = '';
  demo.stderr.on('data', (text: Buffer) => {
    said += text.toString();
  });

  demo.stdout.once('data', () => end(demo));
  const [ended] = await once(demo, 'exit');

  expect(ended).toBe(code);
  expect(said).not.toContain('    at ');
  expect(['', error]).toContain(/^Error \w+/m.exec(said)?.[0] ?? '');
  expect(await readdir(folder)).toEqual([]);
});
