import { execFile, execFileSync } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { aFolder, aLedgerFile, anEntry } from './builders.ts';

const run = promisify(execFile);
const child = fileURLToPath(new URL('faults-child.ts', import.meta.url));

interface Ending {
  readonly ended: string;
  readonly again: string;
  readonly confirmed: number;
  readonly read: { readonly entries: number; readonly intents: number; readonly late: boolean };
  readonly delivered: string;
  readonly keyFiles: number;
}

/** Runs the child after these shell commands, in which $STATE is its state folder; with a mount namespace of its own if asked. */
async function fill(state: string, prepare: string, most: number, wrapper: readonly string[] = []): Promise<Ending> {
  const script = `${prepare} && exec "$NODE" "$CHILD" "$STATE" ${most}`;
  const [command = 'bash', ...parameters] = [...wrapper, 'bash', '-c', script];
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', NODE: process.execPath, CHILD: child, STATE: state };
  const { stdout } = await run(command, parameters, { env });
  return JSON.parse(stdout);
}

/** Whether this machine lets a test have mounts of its own. */
function canMount(): boolean {
  try {
    execFileSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'none', '/mnt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const ownMounts = ['unshare', '-rm'];

function expectNothingLost({ ended, again, confirmed, read }: Ending): void {
  expect(ended).toContain('E_STATE_UNUSABLE');
  expect(again).toContain('E_STATE_UNUSABLE');
  expect(read).toEqual({ entries: confirmed, intents: 0, late: false });
}

test.runIf(process.platform === 'linux')(
  'a file that may not grow: what was confirmed stays, nothing is cut short',
  async () => {
    const ending = await fill(await aFolder(), 'ulimit -f 20', 1000);

    expectNothingLost(ending);
    expect(ending.ended).toContain('EFBIG');
    expect(ending.confirmed).toBeGreaterThan(5);
  },
);

describe.runIf(canMount())('on a disk of our own', () => {
  test('disk full: what was confirmed stays, nothing is cut short, no key counts as delivered', async () => {
    const ending = await fill(await aFolder(), 'mount -t tmpfs -o size=128k none "$STATE"', 1000, ownMounts);

    expectNothingLost(ending);
    expect(ending.ended).toContain('the disk is full (ENOSPC)');
    expect(ending.confirmed).toBeGreaterThan(5);
    expect(ending.delivered === 'none').toBe(ending.keyFiles === 1);
  });

  test('no room at all for a key: the error says so, and no file is left', async () => {
    const state = await aFolder();
    const room =
      'mount -t tmpfs -o size=64k none "$STATE" && mkdir -p "$STATE/main/keys" && echo "*" > "$STATE/.gitignore"';
    const ending = await fill(state, `${room} && head -c 65536 /dev/zero > "$STATE/full" || true`, 1, ownMounts);

    expect(ending).toMatchObject({ confirmed: 0, keyFiles: 0, read: { entries: 0 } });
    expect(ending.delivered).toContain('ENOSPC');
  });

  test('read-only: everything can be read, the first record says why it cannot be written', async () => {
    const state = await aFolder();
    await aLedgerFile(state).record([{ kind: 'entry', entry: anEntry(9) }], { durable: true });
    const before = await readdir(state, { recursive: true });

    const readOnly = 'mount --bind "$STATE" "$STATE" && mount -o remount,bind,ro "$STATE"';
    const ending = await fill(state, readOnly, 10, ownMounts);

    expect(ending).toMatchObject({ confirmed: 0, read: { entries: 1 }, keyFiles: 0 });
    expect(ending.ended).toContain('the file system is read-only (EROFS)');
    expect(ending.again).toContain('E_STATE_UNUSABLE');
    expect(await readdir(state, { recursive: true })).toEqual(before);
  });
});
