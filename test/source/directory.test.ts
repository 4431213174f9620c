import { generateKeyPairSync } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ReconcilerError } from '../../src/core/errors.ts';
import { ManifestCache } from '../../src/core/manifest/cache.ts';
import { defaultManifestOptions } from '../../src/core/manifest/options.ts';
import type { Steps } from '../../src/core/steps.ts';
import { DirectorySource, type DirectorySourceOptions } from '../../src/source/directory.ts';
import { DiskTree, type FileTree, type Listing } from '../../src/source/file-tree.ts';

let outside: string;
let root: string;

beforeEach(() => {
  outside = mkdtempSync(join(tmpdir(), 'vonage-gitops-'));
  root = join(outside, 'root');
  mkdirSync(root);
});

afterEach(() => rmSync(outside, { recursive: true, force: true }));

function manifest(name: string, spec = '{}'): string {
  return `apiVersion: vonage-gitops/v1\nkind: Application\nmetadata: { name: ${name} }\nspec: ${spec}\n`;
}

function write(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

function source(options: Partial<DirectorySourceOptions> = {}): DirectorySource {
  const settle = { attempts: 3, pauseMs: 0 };
  return new DirectorySource({
    root,
    exclude: [],
    maxFileBytes: 10_000,
    manifests: defaultManifestOptions,
    settle,
    ...options,
  });
}

async function names(options: Partial<DirectorySourceOptions> = {}): Promise<readonly string[]> {
  return (await source(options).load()).manifests.map(({ name }) => name);
}

async function problems(options: Partial<DirectorySourceOptions> = {}): Promise<readonly string[]> {
  const { problems: found, complete } = await source(options).load();
  expect(complete).toBe(found.length === 0);
  return found.map(({ place, message }) => `${place.file}: ${message}`);
}

function publicKey(): string {
  const { publicKey: key } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return key.export({ type: 'spki', format: 'pem' }).toString();
}

function unreadable(path: string, reason: string): string {
  return `${path}: this file cannot be read: ${reason}. Until it can, nothing is deleted`;
}

describe('a directory', () => {
  test('gives the manifests of all its files, in the order of their paths', async () => {
    write('b.yaml', manifest('B'));
    write('a/z.yml', manifest('Z'));
    write(
      'a/y.JSON',
      JSON.stringify({ apiVersion: 'vonage-gitops/v1', kind: 'Application', metadata: { name: 'Y' }, spec: {} }),
    );
    write('README.md', '# nothing');

    const state = await source().load();

    expect(state.manifests.map(({ name, place }) => [name, place.file])).toEqual([
      ['Y', 'a/y.JSON'],
      ['Z', 'a/z.yml'],
      ['B', 'b.yaml'],
    ]);
    expect(state).toMatchObject({ root, complete: true, broken: [], problems: [], emptyFiles: [] });
  });

  test('is read without dot-files, dot-directories, node_modules and what is excluded', async () => {
    for (const path of [
      '.a.yaml',
      '.git/b.yaml',
      'node_modules/c.yaml',
      'x/node_modules/d.yaml',
      'charts/e.yaml',
      'f.dev.yaml',
    ]) {
      write(path, 'not: ours');
    }
    write('x/g.yaml', manifest('G'));

    expect(await names({ exclude: ['charts/**', '**/*.dev.yaml'] })).toEqual(['G']);
    expect(await names({ exclude: ['charts', '*.dev.yaml'] })).toEqual(['G']);
  });

  test('that is empty is complete', async () => {
    expect(await source().load()).toMatchObject({ manifests: [], complete: true });
  });

  test('may hold the character that stands for unreadable bytes elsewhere', async () => {
    write('a.yaml', manifest('"a \uFFFD"'));

    expect(await names()).toEqual(['a \uFFFD']);
  });

  test('names its empty files', async () => {
    write('a.yaml', '');

    expect(await source().load()).toMatchObject({ manifests: [], complete: true, emptyFiles: ['a.yaml'] });
  });

  test.each([
    ['does not exist', () => rmSync(root, { recursive: true }), 'it does not exist'],
    [
      'is a file',
      () => {
        rmSync(root, { recursive: true });
        writeFileSync(root, '');
      },
      'it is not a directory',
    ],
    [
      'is a link to itself',
      () => {
        rmSync(root, { recursive: true });
        symlinkSync('root', root);
      },
      'its links form a loop',
    ],
  ])('that %s cannot be read', async (_, arrange, reason) => {
    arrange();

    await expect(source().load()).rejects.toMatchObject({
      code: 'E_SOURCE_UNREADABLE',
      details: { path: root, reason },
    });
  });
});

describe('a revision', () => {
  test('changes with the content of any file, and with nothing else', async () => {
    write('a.yaml', manifest('A'));
    const first = await source().load();

    write('a.yaml', manifest('A'));
    const same = await source().load();
    write('a.yaml', manifest('B'));
    const second = await source().load();
    write('b.yaml', Buffer.from([0xff]));
    const third = await source().load();

    expect(first.revision.content).toMatch(/^[0-9a-f]{12}$/);
    expect(same.revision).toEqual({ id: first.revision.content, content: first.revision.content });
    expect(new Set([first, second, third].map(({ revision }) => revision.content)).size).toBe(3);
  });

  test('is told without loading, changes with a key file, and is unknown while there is no directory', async () => {
    const [one = '', other = ''] = [publicKey(), publicKey()];
    write('a.yaml', manifest('A', '{ keys: { public_key_file: a.pub } }'));
    write('a.pub', one);

    const before = await source().revisionNow();
    write('a.pub', other);
    const after = await source().revisionNow();
    rmSync(root, { recursive: true });

    expect(before).toMatch(/^[0-9a-f]{12}$/);
    expect(after).not.toBe(before);
    expect(await source().revisionNow()).toBeUndefined();
  });
});

describe('what cannot be read is a problem, and the state is not complete', () => {
  test.each([
    [
      'a file over the limit',
      () => write('a.yaml', ' '.repeat(10_001)),
      unreadable('a.yaml', 'it has 10001 bytes, more than the limit of 10000'),
    ],
    [
      'a file that is not UTF-8',
      () => write('a.yaml', Buffer.from([0x61, 0xff])),
      unreadable('a.yaml', 'it is not UTF-8 text'),
    ],
    [
      'a broken link',
      () => symlinkSync('nowhere', join(root, 'a.yaml')),
      unreadable('a.yaml', 'broken link: it does not exist'),
    ],
    [
      'a broken link that may have led to a directory',
      () => symlinkSync('nowhere', join(root, 'apps')),
      unreadable('apps', 'broken link: it does not exist'),
    ],
    [
      'a link in a circle',
      () => symlinkSync('a.yaml', join(root, 'a.yaml')),
      unreadable('a.yaml', 'broken link: its links form a loop'),
    ],
    [
      'a link to a file outside',
      () => {
        writeFileSync(join(outside, 'secret.yaml'), manifest('Outside'));
        symlinkSync(join(outside, 'secret.yaml'), join(root, 'a.yaml'));
      },
      unreadable('a.yaml', 'the link leads out of the manifest directory'),
    ],
    [
      'a link to a directory outside whose name begins like the root',
      () => {
        mkdirSync(`${root}-2`);
        symlinkSync(`${root}-2`, join(root, 'apps'));
      },
      unreadable('apps', 'the link leads out of the manifest directory'),
    ],
    [
      'a link to a directory it lies in',
      () => symlinkSync('.', join(root, 'loop')),
      unreadable('loop', 'the link leads back to one of its parent directories'),
    ],
  ])('%s', async (_, arrange, expected) => {
    arrange();

    expect(await problems()).toEqual([expected]);
    expect((await source().load()).broken.length).toBe(1);
  });

  test('a broken link to something else is none of our business', async () => {
    symlinkSync('nowhere', join(root, 'README.md'));
    symlinkSync('/etc/hostname', join(root, 'notes.txt'));

    expect(await problems()).toEqual([]);
  });

  // The superuser may read everything.
  test.skipIf(process.getuid?.() === 0)('a file and a directory that are closed to us', async () => {
    write('a.yaml', manifest('A'));
    write('apps/b.yaml', manifest('B'));
    chmodSync(join(root, 'a.yaml'), 0);
    chmodSync(join(root, 'apps'), 0);

    const found = await problems();

    chmodSync(join(root, 'apps'), 0o700);
    expect(found).toEqual([unreadable('apps', 'permission denied'), unreadable('a.yaml', 'permission denied')]);
  });

  test('its neighbors are read all the same', async () => {
    write('a.yaml', Buffer.from([0xff]));
    write('b.yaml', manifest('B'));

    expect(await names()).toEqual(['B']);
  });
});

describe('links inside the directory', () => {
  test('are followed, as Kubernetes mounts a ConfigMap', async () => {
    write('..2026_01_01/app.yaml', manifest('App'));
    symlinkSync('..2026_01_01', join(root, '..data'));
    symlinkSync('..data/app.yaml', join(root, 'app.yaml'));

    const state = await source().load();

    expect(state.manifests.map(({ name, place }) => [name, place.file])).toEqual([['App', 'app.yaml']]);
    expect(state.complete).toBe(true);
  });

  test('are followed to directories', async () => {
    write('.versions/3/app.yaml', manifest('App'));
    symlinkSync('.versions/3', join(root, 'current'));

    expect((await source().load()).manifests.map(({ place }) => place.file)).toEqual(['current/app.yaml']);
  });

  test('to the directory itself keep its own name', async () => {
    write('app.yaml', manifest('App'));
    const link = join(outside, 'link');
    symlinkSync('root', link);

    const state = await source({ root: link }).load();

    expect(state.root).toBe(link);
    expect(state.manifests.length).toBe(1);
  });
});

describe('a public key file', () => {
  const pem = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' });
  const keyed = manifest('A', '{ keys: { public_key_file: ./a.pub } }');

  test('is read from beside its manifest, and changes the revision', async () => {
    const cache = new ManifestCache();
    write('apps/a.yaml', keyed);
    write('apps/b.yaml', manifest('B', '{ keys: { public_key_file: a.pub } }'));
    write('apps/a.pub', pem.toString());

    const first = await source({ cache }).load();
    write('apps/a.pub', `${pem}\n`);
    const second = await source({ cache }).load();

    expect(first.problems).toEqual([]);
    expect(first.manifests[0]?.spec).toEqual({ keys: { public_key: pem.toString() } });
    expect(second.revision).not.toBe(first.revision);
    expect(second.manifests[0]?.hash).not.toBe(first.manifests[0]?.hash);
  });

  test('is not read from outside through a link', async () => {
    write('a.yaml', keyed);
    writeFileSync(join(outside, 'real.pub'), pem);
    symlinkSync('../real.pub', join(root, 'a.pub'));

    expect(await problems()).toEqual([
      'a.yaml: the key file cannot be used: the link leads out of the manifest directory',
    ]);
  });

  test.each([
    ['that does not exist', () => undefined, 'it does not exist'],
    ['that is a directory', () => mkdirSync(join(root, 'a.pub')), 'it is not a regular file'],
    [
      'that is far too long',
      () => write('a.pub', 'x'.repeat(20_000)),
      'it has 20000 bytes, more than the limit of 16384',
    ],
  ])('%s is a problem of its manifest', async (_, arrange, reason) => {
    write('a.yaml', keyed);
    arrange();

    expect(await problems()).toEqual([`a.yaml: the key file cannot be used: ${reason}`]);
  });
});

describe('a directory that changes while it is read', () => {
  /** A tree that does something after each listing. */
  function restless(afterListing: (count: number) => void): FileTree {
    const disk = new DiskTree(root, []);
    let count = 0;
    return {
      *list(): Steps<Listing> {
        const listing = yield* disk.list();
        count += 1;
        afterListing(count);
        return listing;
      },
      read: (real, path, maxBytes) => disk.read(real, path, maxBytes),
    };
  }

  test('is read again until it is quiet', async () => {
    write('a.yaml', manifest('A'));
    const tree = restless((count) => {
      if (count === 1) write('b.yaml', manifest('B'));
      if (count === 3) unlinkSync(join(root, 'a.yaml'));
    });

    expect(await names({ tree })).toEqual(['B']);
  });

  test('in a file that a manifest names is read again, too', async () => {
    const pem = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' });
    write('a.yaml', manifest('A', '{ keys: { public_key_file: a.pub } }'));
    const tree = restless((count) => {
      if (count === 2) write('a.pub', pem.toString());
    });

    expect(await names({ tree })).toEqual(['A']);
  });

  test('and never settles is an error', async () => {
    write('a.yaml', manifest('A'));
    const tree = restless((count) => write('a.yaml', manifest('A').repeat(count)));

    await expect(source({ tree }).load()).rejects.toMatchObject({
      code: 'E_SOURCE_UNREADABLE',
      details: { reason: 'the directory kept changing while it was read, 3 times in a row' },
    });
  });

  test('is left alone when the pass is stopped', async () => {
    await expect(source().load({ signal: AbortSignal.abort() })).rejects.toBeInstanceOf(ReconcilerError);
  });
});

test('a second load with a cache gives the very same manifests', async () => {
  for (const name of ['A', 'B', 'C']) write(`${name}.yaml`, manifest(name));
  const cached = source({ cache: new ManifestCache() });

  const first = await cached.load();
  const second = await cached.load();

  expect(readdirSync(root).length).toBe(3);
  expect(second).toEqual(first);
  expect(second.manifests.every((one, index) => one === first.manifests[index])).toBe(true);
});
