import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

test('the demo tells its whole story and ends well', { timeout: 60_000 }, async () => {
  const demo = promisify(execFile)(process.execPath, ['scripts/demo.ts'], { cwd: root });

  const { stdout, stderr } = await demo;

  expect(stderr).toBe('');
  const milestones = [
    '1. What would happen?',
    'In conflict:',
    'Done: 5 applied (4 created, 1 adopted).',
    'Done: 1 applied (1 adopted).',
    'No changes. The account matches the manifests. 2 unmanaged, 6 unchanged.',
    'why: drift: changed at Vonage',
    'Done: 1 applied (1 updated).',
    'What to try next:',
  ];
  const places = milestones.map((milestone) => stdout.indexOf(milestone));
  expect(places).not.toContain(-1);
  expect(places).toEqual(places.toSorted((one, other) => one - other));
});
