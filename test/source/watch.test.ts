import { cpSync, mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { aFolder, pause, quietMs, version, versionText, watching, write, writeVersion } from './watching.ts';

describe('an editor saves a manifest', () => {
  test.each([
    { title: 'by writing it', save: (path: string, text: string) => writeFileSync(path, text) },
    {
      title: 'by a new file renamed over the old one',
      save: (path: string, text: string) => {
        writeFileSync(`${path}.tmp123`, text);
        renameSync(`${path}.tmp123`, path);
      },
    },
    {
      title: 'as vim does: probe, backup, write, backup removed',
      save: (path: string, text: string) => {
        const folder = join(path, '..');
        writeFileSync(join(folder, '.a0.yaml.swp'), 'swap');
        writeFileSync(join(folder, '4913'), '');
        unlinkSync(join(folder, '4913'));
        renameSync(path, `${path}~`);
        writeFileSync(path, text);
        unlinkSync(`${path}~`);
        unlinkSync(join(folder, '.a0.yaml.swp'));
      },
    },
    {
      title: 'by removing it and writing it again',
      save: (path: string, text: string) => {
        unlinkSync(path);
        writeFileSync(path, text);
      },
    },
  ])('$title: one ring, with the new text', async ({ save }) => {
    const root = aFolder();
    writeVersion(root, 'v1', 1);
    const { snapshots, rung, settled } = await watching(root);

    for (const [index, next] of ['v2', 'v3'].entries()) {
      save(join(root, 'a0.yaml'), versionText('a0', next));
      await rung(index + 1);
    }
    await settled();

    expect(snapshots).toEqual([version('v2', 1), version('v3', 1)]);
  });

  test('backup files, swap files and a save without a change ring nothing', async () => {
    const root = aFolder();
    writeVersion(root, 'v1', 1);
    const { snapshots, settled } = await watching(root);

    writeFileSync(join(root, 'a0.yaml'), versionText('a0', 'v1'));
    writeFileSync(join(root, 'a0.yaml~'), 'backup');
    writeFileSync(join(root, '.a0.yaml.swp'), 'swap');
    await settled();

    expect(snapshots).toEqual([]);
  });

  test('manifests and directories that are added and removed ring', async () => {
    const root = aFolder();
    writeVersion(root, 'v1', 1);
    const { snapshots, rung } = await watching(root);

    write(join(root, 'team/deep/b.yaml'), versionText('b', 'v1'));
    await rung(1);
    write(join(root, 'team/deep/b.yaml'), versionText('b', 'v2'));
    await rung(2);
    rmSync(join(root, 'team'), { recursive: true });
    await rung(3);

    expect(snapshots).toEqual([['a0@v1', 'b@v1'], ['a0@v1', 'b@v2'], ['a0@v1']]);
  });
});

describe('the directory itself', () => {
  test('removed and created again, several times: a ring for each new content, none while it is away', async () => {
    const root = join(aFolder(), 'manifests');
    writeVersion(root, 'v1');
    const { snapshots, rung, settled } = await watching(root);

    for (const [index, next] of ['v2', 'v3', 'v4'].entries()) {
      rmSync(root, { recursive: true });
      await settled();
      expect(snapshots).toHaveLength(index);
      writeVersion(root, next);
      await rung(index + 1);
    }
    writeVersion(root, 'v5');
    await rung(4);

    expect(snapshots).toEqual([version('v2'), version('v3'), version('v4'), version('v5')]);
  });

  test('removed and mounted again as it was: nothing to tell, and it is still watched', async () => {
    const root = join(aFolder(), 'manifests');
    writeVersion(root, 'v1');
    const { snapshots, rung, settled } = await watching(root);

    rmSync(root, { recursive: true });
    await settled();
    writeVersion(root, 'v1');
    await settled();
    expect(snapshots).toEqual([]);
    writeVersion(root, 'v2');
    await rung(1);

    expect(snapshots).toEqual([version('v2')]);
  });

  test('renamed over by another one: one ring, and the new one is watched', async () => {
    const above = aFolder();
    const root = join(above, 'manifests');
    writeVersion(root, 'v1');
    const { snapshots, rung, settled } = await watching(root);

    for (const [index, next] of ['v2', 'v3'].entries()) {
      writeVersion(join(above, 'next'), next);
      renameSync(root, join(above, `old-${next}`));
      renameSync(join(above, 'next'), root);
      await rung(index + 1);
      await settled();
    }
    write(join(root, 'a0.yaml'), versionText('a0', 'v4'));
    await rung(3);

    expect(snapshots).toEqual([version('v2'), version('v3'), ['a0@v4', 'a1@v3', 'a2@v3']]);
  });

  test('missing at the start, the one above it too: it rings when it comes', async () => {
    const above = aFolder();
    const root = join(above, 'mount/manifests');
    const { snapshots, rung, settled } = await watching(root);

    mkdirSync(join(above, 'mount'));
    await settled();
    expect(snapshots).toEqual([]);
    writeVersion(root, 'v1');
    await rung(1);

    expect(snapshots).toEqual([version('v1')]);
  });

  test('beside a busy neighbor: what happens there is nothing to us', async () => {
    const above = aFolder();
    const root = join(above, 'manifests');
    writeVersion(root, 'v1', 1);
    let looks = 0;
    const { settled } = await watching(root, {
      fingerprint: async () => {
        looks += 1;
        return 'same';
      },
    });
    const before = looks;

    for (let index = 0; index < 50; index++) writeVersion(join(above, 'neighbour'), `v${index}`, 2);
    writeFileSync(join(above, 'log'), 'line');
    await settled();

    expect(looks).toBe(before);
  });
});

describe('no events', () => {
  test('polling notices every change, and only after it is over', async () => {
    const root = aFolder();
    writeVersion(root, 'v1');
    const { watcher, snapshots, rung, settled } = await watching(root, { mode: 'poll' });

    write(join(root, 'a0.yaml'), versionText('a0', 'v2'));
    await pause(quietMs / 2);
    write(join(root, 'a1.yaml'), versionText('a1', 'v2'));
    await pause(quietMs / 2);
    write(join(root, 'a2.yaml'), versionText('a2', 'v2'));
    await rung(1);
    await settled();
    rmSync(root, { recursive: true });
    writeVersion(root, 'v3');
    await rung(2);

    expect(watcher.mode).toBe('poll');
    expect(snapshots.at(-1)).toEqual(version('v3'));
    expect(snapshots.filter((snapshot) => new Set(snapshot).size !== 3)).toEqual([]);
  });

  test('events that never come are made up for by rescans', async () => {
    vi.stubEnv('CHOKIDAR_USEPOLLING', '1');
    vi.stubEnv('CHOKIDAR_INTERVAL', '3600000');
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const root = aFolder();
    writeVersion(root, 'v1');
    const { watcher, snapshots, rung, settled } = await watching(root, { rescanSeconds: 1 });

    writeVersion(root, 'v2');
    await settled();
    expect(snapshots).toEqual([]);
    await rung(1);

    expect(watcher.mode).toBe('events');
    expect(snapshots).toEqual([version('v2')]);
  });

  test.each(['ENOSPC', 'EMFILE'])('automatic: %s makes it poll, and says so', async (code) => {
    const root = aFolder();
    writeVersion(root, 'v1');
    const { watcher, logged, snapshots, rung } = await watching(root, {
      mode: 'auto',
      arm: async () => {
        throw Object.assign(new Error('no watches left'), { code });
      },
    });

    writeVersion(root, 'v2');
    await rung(1);

    expect(watcher.mode).toBe('poll');
    expect(logged).toEqual(['the system has no file watches left: manifests are polled']);
    expect(snapshots).toEqual([version('v2')]);
  });

  test('watches that run out later make it poll, too', async () => {
    const root = aFolder();
    writeVersion(root, 'v1');
    let closed = 0;
    let fail = () => {};
    const { watcher, snapshots, rung } = await watching(root, {
      mode: 'auto',
      arm: async (_points, { onError }) => {
        fail = () => onError(Object.assign(new Error('no watches left'), { code: 'ENOSPC' }));
        return { close: async () => void closed++ };
      },
    });
    expect(watcher.mode).toBe('events');

    fail();
    fail();
    writeVersion(root, 'v2');
    await rung(1);

    expect(watcher.mode).toBe('poll');
    expect(closed).toBe(1);
    expect(snapshots).toEqual([version('v2')]);
  });

  test.each([
    { title: 'events were asked for', mode: 'events', code: 'ENOSPC' },
    { title: 'the trouble is another one', mode: 'auto', code: 'EACCES' },
  ] as const)('no polling when $title: a warning, and rescans', async ({ mode, code }) => {
    const root = aFolder();
    writeVersion(root, 'v1');
    const { watcher, logged, snapshots, rung } = await watching(root, {
      mode,
      rescanSeconds: 0.2,
      arm: async () => {
        throw Object.assign(new Error('no'), { code });
      },
    });

    writeVersion(root, 'v2');
    await rung(1);

    expect(watcher.mode).toBe('events');
    expect(logged[0]).toBe('watching manifests failed in part: some changes are detected only by rescans');
    expect(snapshots).toEqual([version('v2')]);
  });

  test('off: nothing is watched', async () => {
    const root = aFolder();
    writeVersion(root, 'v1');
    const { watcher, snapshots, settled } = await watching(root, { mode: 'off', rescanSeconds: 0.1 });

    writeVersion(root, 'v2');
    await settled();

    expect(watcher.mode).toBe('off');
    expect(snapshots).toEqual([]);
  });
});

describe('start and end', () => {
  test('what changes while the watches are set up is not lost', async () => {
    const root = aFolder();
    writeVersion(root, 'v1');
    const { snapshots, rung } = await watching(root, {
      arm: async () => {
        writeVersion(root, 'v2');
        return { close: async () => {} };
      },
    });

    await rung(1);

    expect(snapshots).toEqual([version('v2')]);
  });

  test('a link that is turned while the watches are set up is followed', async () => {
    const above = aFolder();
    writeVersion(join(above, 'one'), 'v1');
    writeVersion(join(above, 'two'), 'v2');
    const root = join(above, 'current');
    symlinkSync('one', root);
    const roots: (string | undefined)[] = [];
    const { rung } = await watching(root, {
      arm: async (points) => {
        roots.push(points.root);
        if (roots.length === 1) {
          unlinkSync(root);
          symlinkSync('two', root);
        }
        return { close: async () => {} };
      },
    });

    await rung(1);

    expect(roots).toEqual([join(above, 'one'), join(above, 'two')]);
  });

  test('after closing nothing rings and nothing keeps the process alive', async () => {
    const root = aFolder();
    writeVersion(root, 'v1');
    const handles = () => process.getActiveResourcesInfo().filter((kind) => /FSEvent|StatWatcher/.test(kind)).length;
    const before = handles();
    const { watcher, snapshots, settled } = await watching(root, { rescanSeconds: 0.2 });
    expect(handles()).toBeGreaterThan(before);

    writeVersion(root, 'v2');
    await watcher.close();
    writeVersion(root, 'v3');
    await settled();

    expect(handles()).toBe(before);
    expect(snapshots).toEqual([]);
  });

  test('a change that goes on and on is told all the same, in the end', async () => {
    const root = aFolder();
    writeVersion(root, 'v0');
    const { snapshots } = await watching(root, { maxWaitMs: 600 });

    for (let index = 1; snapshots.length === 0 && index < 200; index++) {
      write(join(root, 'a0.yaml'), versionText('a0', `v${index}`));
      await pause(quietMs / 3);
    }

    expect(snapshots.length).toBeGreaterThan(0);
  });

  test('a copy of a thousand files is one change', async () => {
    const above = aFolder();
    const root = join(above, 'manifests');
    writeVersion(root, 'v1', 1);
    writeVersion(join(above, 'new'), 'v2', 1000);
    const { snapshots, rung, settled } = await watching(root);

    cpSync(join(above, 'new'), root, { recursive: true });
    await rung(1);
    await settled();

    expect(snapshots).toHaveLength(1);
    expect(snapshots[0]).toHaveLength(1000);
  });
});
