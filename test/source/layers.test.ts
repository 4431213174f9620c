import { generateKeyPairSync } from 'node:crypto';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ReconcilerError } from '../../src/core/errors.ts';
import { defaultManifestOptions, type ManifestOptions } from '../../src/core/manifest/options.ts';
import { DirectorySource, type DirectorySourceOptions } from '../../src/source/directory.ts';
import { LastGoodSource } from '../../src/source/last-good.ts';
import { LayeredTree } from '../../src/source/layered-tree.ts';
import { watchLayers } from '../../src/source/watch-layers.ts';
import { patchText } from '../core/layers/builders.ts';
import { manifestText, problemLines } from '../core/manifest/builders.ts';
import { eventually } from '../eventually.ts';
import { aFolder, pause, quietMs, recordingLog, versionText, write } from './watching.ts';

function layered(root: string, options: Partial<ManifestOptions> = {}, more: Partial<DirectorySourceOptions> = {}) {
  const { keyFile: _, ...manifests } = { ...defaultManifestOptions, layers: ['base', 'overlays/prod'], ...options };
  const settle = { attempts: 3, pauseMs: 0 };
  return new DirectorySource({ root, exclude: [], maxFileBytes: 100_000, manifests, settle, ...more });
}

function aLayeredFolder(): string {
  const root = aFolder();
  write(join(root, 'base/a.yaml'), versionText('A', 'base'));
  write(join(root, 'base/b.yaml'), versionText('B', 'base'));
  write(join(root, 'overlays/prod/a.yaml'), patchText('name: A\nlabels: { version: prod }'));
  return root;
}

const told = ({ manifests }: Awaited<ReturnType<DirectorySource['load']>>) =>
  manifests.map(({ name, labels }) => `${name}@${labels['version']}`);

describe('layers on the disk', () => {
  test('are read as one state, with places relative to what they have in common', async () => {
    const root = aLayeredFolder();

    const state = await layered(root).load();

    expect(told(state)).toEqual(['A@prod', 'B@base']);
    expect(state.manifests.map(({ place }) => place.file)).toEqual(['base/a.yaml', 'base/b.yaml']);
    expect([state.root, state.source, state.complete]).toEqual([root, join(root, 'overlays/prod'), true]);
  });

  test('have a content that tells each of them, and their order', async () => {
    const root = aLayeredFolder();
    const contentOf = async (layers = ['base', 'overlays/prod']) =>
      (await layered(root, { layers }).load()).revision.content;
    const before = await contentOf();

    const again = await contentOf();
    const turned = await contentOf(['overlays/prod', 'base']);
    write(join(root, 'overlays/prod/a.yaml'), patchText('name: A\nlabels: { version: next }'));

    expect(again).toBe(before);
    expect(new Set([before, turned, await contentOf()]).size).toBe(3);
  });

  test('are left out by globs relative to each of them', async () => {
    const root = aLayeredFolder();

    const state = await layered(root, {}, { exclude: ['a.yaml'] }).load();

    expect(told(state)).toEqual(['B@base']);
  });

  test('may use each other’s public keys, and nothing beside them', async () => {
    const root = aLayeredFolder();
    const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' });
    write(join(root, 'overlays/prod/a.pub'), key.toString());
    write(join(root, 'elsewhere.pub'), key.toString());
    const naming = (file: string) => manifestText('name: A', `keys: { public_key_file: ${file} }`);

    write(join(root, 'base/a.yaml'), naming('../overlays/prod/a.pub'));
    const within = await layered(root).load();
    write(join(root, 'base/a.yaml'), naming('../elsewhere.pub'));
    const beside = await layered(root).load();

    expect(within.manifests[0]?.spec).toEqual({ keys: { public_key: key } });
    expect(beside.problems.map(({ message }) => message)).toEqual([
      'the key file cannot be used: it is in no directory of the manifests',
    ]);
  });

  test('hold what they may patch while one is missing, which is named', async () => {
    const root = aLayeredFolder();
    rmSync(join(root, 'overlays'), { recursive: true });

    const state = await layered(root).load();

    expect(state.complete).toBe(false);
    expect(state.manifests).toEqual([]);
    expect(state.broken.map(({ name }) => name)).toEqual([undefined, 'A', 'B']);
    expect(state.problems.map(({ place, message }) => `${place.file}: ${message}`)).toEqual([
      expect.stringMatching(/^overlays\/prod: .*the layer is missing: /),
      expect.stringMatching(/^overlays\/prod: .*applications of earlier layers are left unchanged/),
    ]);
  });

  test('hold what patches change while the base is missing', async () => {
    const root = aLayeredFolder();
    rmSync(join(root, 'base'), { recursive: true });

    const state = await layered(root).load();

    expect(state.complete).toBe(false);
    expect(state.broken.map(({ name }) => name)).toEqual([undefined, 'A']);
    expect(state.problems.map(({ place }) => place.file)).toEqual(['base']);
  });

  test('cannot be read while all are missing', async () => {
    await expect(layered(join(aFolder(), 'nothing')).load()).rejects.toMatchObject({ code: 'E_SOURCE_UNREADABLE' });
  });

  test('pass on what is wrong beyond that', () => {
    const failing = new LayeredTree([
      {
        directory: 'base',
        tree: {
          *list() {
            yield;
            throw new ReconcilerError('E_ABORTED', {});
          },
          read: () => ({ reason: 'unused' }),
        },
      },
    ]);

    expect(() => [...failing.list()]).toThrow('stopped on request');
  });
});

describe('what was valid before', () => {
  function kept(root: string) {
    const directory = join(aFolder(), 'state/main/last-good');
    return () => new LastGoodSource({ inner: layered(root), directory, log: recordingLog([]) });
  }

  test('stays enforced with its patches, across restarts, while a patch is broken', async () => {
    const root = aLayeredFolder();
    const start = kept(root);
    await start().load({});

    write(join(root, 'overlays/prod/a.yaml'), 'kind: [');
    const broken = await start().load({});

    expect(told(broken)).toEqual(['A@prod', 'B@base']);
    expect(broken.complete).toBe(false);
    expect(broken.enforced?.count).toBe(2);
  });

  test('stays enforced while a layer is missing', async () => {
    const root = aLayeredFolder();
    const start = kept(root);
    await start().load({});
    cpSync(join(root, 'overlays'), join(root, 'aside'), { recursive: true });

    rmSync(join(root, 'overlays'), { recursive: true });
    const missing = await start().load({});
    cpSync(join(root, 'aside'), join(root, 'overlays'), { recursive: true });
    const back = await start().load({});

    expect([told(missing), missing.complete]).toEqual([['A@prod', 'B@base'], false]);
    expect([told(back), back.complete]).toEqual([['A@prod', 'B@base'], true]);
  });

  test('stays enforced while the file of a patch is empty', async () => {
    const root = aLayeredFolder();
    const start = kept(root);
    await start().load({});

    write(join(root, 'overlays/prod/a.yaml'), '');

    expect(told(await start().load({}))).toEqual(['A@prod', 'B@base']);
  });

  test('gives way to the base when the patch is removed', async () => {
    const root = aLayeredFolder();
    const start = kept(root);
    await start().load({});

    rmSync(join(root, 'overlays/prod/a.yaml'));
    const state = await start().load({});

    expect([told(state), state.complete]).toEqual([['A@base', 'B@base'], true]);
  });
});

describe('a watch over layers', () => {
  async function watching(root: string) {
    const source = layered(root);
    const seen: (readonly string[])[] = [];
    const watcher = await watchLayers([join(root, 'base'), join(root, 'overlays/prod')], {
      mode: 'events',
      quietMs,
      maxWaitMs: 5000,
      pollSeconds: 0.1,
      rescanSeconds: 0.5,
      fingerprint: (signal) => source.revisionNow(signal),
      onChange: () => void source.load().then((state) => seen.push(told(state))),
      log: recordingLog([]),
    });
    onTestFinished(() => watcher.close());
    const rung = (times: number) => eventually(() => expect(seen.length).toBeGreaterThanOrEqual(times));
    return { seen, rung };
  }

  test('notices a change of each, and tells it once', async () => {
    const root = aLayeredFolder();
    const { seen, rung } = await watching(root);

    write(join(root, 'overlays/prod/a.yaml'), patchText('name: A\nlabels: { version: two }'));
    await rung(1);
    write(join(root, 'base/b.yaml'), versionText('B', 'two'));
    await rung(2);
    await pause(1500); // each of them has looked at everything again

    expect(seen).toEqual([
      ['A@two', 'B@base'],
      ['A@two', 'B@two'],
    ]);
  });

  test('notices a layer that was missing', async () => {
    const root = aLayeredFolder();
    rmSync(join(root, 'overlays'), { recursive: true });
    const { seen, rung } = await watching(root);

    mkdirSync(join(root, 'overlays/prod'), { recursive: true });
    writeFileSync(join(root, 'overlays/prod/a.yaml'), patchText('name: A\nlabels: { version: new }'));
    await rung(1);

    expect(seen.at(-1)).toEqual(['A@new', 'B@base']);
  });
});

test('a manifest of layers is read again from the texts of all of them', () => {
  const read = layered('/nowhere').reread(
    [
      { path: 'base/a.yaml', text: versionText('A', 'base') },
      { path: 'overlays/prod/a.yaml', text: patchText('name: A\nlabels: { version: prod }') },
    ],
    undefined,
  );

  expect(problemLines(read)).toEqual([]);
  expect(read.manifests.map(({ labels }) => labels)).toEqual([{ version: 'prod' }]);
});
