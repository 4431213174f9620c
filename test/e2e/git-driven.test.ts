import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

/** Starts the story; nothing else uses its directory of temporary files. */
async function started() {
  const folder = await mkdtemp(join(tmpdir(), 'vonage-gitops-'));
  const story = spawn(join(root, 'examples/git-driven/run'), {
    cwd: folder,
    env: { ...process.env, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(async () => {
    story.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });
  let said = '';
  let failed = '';
  story.stdout.on('data', (bytes: Buffer) => {
    said += bytes.toString();
  });
  story.stderr.on('data', (bytes: Buffer) => {
    failed += bytes.toString();
  });
  return { folder, story, said: () => said, failed: () => failed };
}

test('a daemon driven by a git repository does what the story tells', { timeout: 600_000 }, async () => {
  const { folder, story, said, failed } = await started();

  const [code] = await once(story, 'close');

  expect(failed(), said()).toBe('');
  expect(code).toBe(0);
  const milestones = [
    '1. Create.',
    'at the forge: vonage-gitops/main success: applied: 9 created',
    'source        voice: ok, branch main of',
    'says so by a webhook',
    '4. An invalid manifest',
    'unknown field "anwser_url" (did you mean "answer_url"?)',
    '5. From now on commits must be signed.',
    'at the forge: vonage-gitops/main failed: refused: unsigned',
    'voice: refused (unsigned)',
    'is not signed. Sign it, or push a signed commit on top.',
    '6. Revert.',
    '7. Delete.',
    'by ann@example.com: "Retire Orders"',
    '8. Six manifests at once',
    'guard deletes-max blocks 6',
    'at the forge: vonage-gitops/main failed: 6 changes blocked by deletes-max',
    'Done: 6 applied (6 deleted).',
    'at the forge: vonage-gitops/main success: in sync',
    '9. Bob creates Billing',
    'nothing to change',
    'kept   "Billing"',
    '11. The branch is deleted at the server',
    'voice: ref-missing',
    '12. The git server is down',
    'voice: not-found',
    '13. The directory of account main moves',
    'at the forge: vonage-gitops/main failed: cannot be read',
    'voice: path-missing',
    'by ann@example.com: "Retire Billing"',
    'The end.',
  ];
  let from = 0;
  for (const milestone of milestones) {
    const place = said().indexOf(milestone, from);
    expect(place, milestone).toBeGreaterThanOrEqual(from);
    from = place;
  }
  expect(await readdir(folder)).toEqual([]);
});

test('a story that is interrupted leaves no process and no directory behind', { timeout: 240_000 }, async () => {
  const { folder, story, said } = await started();
  while (!said().includes('source        voice: ok')) await once(story.stdout, 'data');

  story.kill('SIGINT');
  const [code] = await once(story, 'close');

  expect(code).toBe(130);
  expect(await readdir(folder)).toEqual([]);
});
