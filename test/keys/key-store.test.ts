import { execFileSync } from 'node:child_process';
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseApplicationId } from '../../src/core/application/application.ts';
import { fingerprintOf } from '../../src/core/application/key-fingerprint.ts';
import { ReconcilerError } from '../../src/core/errors.ts';
import { KeyDirectory, type KeyDirectoryOptions } from '../../src/keys/key-store.ts';

const id = parseApplicationId('78d335fa323d01149c3dd6f0d48968cf');
if (id === undefined) throw new Error('not an id');
const application = { name: 'Support', id };
const ready = [1, 2, 3, 4].map(() => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return { fingerprint: String(fingerprintOf(publicKey)), pem: publicKey, privateKey };
});
const nobody = 'f'.repeat(64);

async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'vonage-gitops-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function aKeyFolder(options: Partial<KeyDirectoryOptions> = {}): Promise<KeyDirectory> {
  return new KeyDirectory({ stateDirectory: await aFolder(), account: 'main', ...options });
}

async function aDeliveredKey(keys: KeyDirectory): Promise<{ fingerprint: string; pem: string; path: string }> {
  const { fingerprint, pem } = await keys.generate();
  return { fingerprint, pem, path: await keys.store(fingerprint) };
}

/** A key that was delivered earlier: the same few for all tests, for making one takes long. */
async function aKeptKey(keys: KeyDirectory, number = 0): Promise<{ fingerprint: string; pem: string; path: string }> {
  const { fingerprint = '', pem = '', privateKey = '' } = ready[number] ?? {};
  await mkdir(keys.directory, { recursive: true, mode: 0o700 });
  await writeFile(keys.path(fingerprint), privateKey, { mode: 0o600 });
  return { fingerprint, pem, path: keys.path(fingerprint) };
}

describe('a new key', () => {
  test('is RSA with 2048 bits, and its private half is in its file and nowhere else', async () => {
    const keys = await aKeyFolder();

    const key = await keys.generate();
    const path = await keys.store(key.fingerprint);

    expect(path).toBe(join(keys.directory, `${key.fingerprint}.pem`));
    const inHand = createPrivateKey(await readFile(path, 'utf8'));
    expect(inHand.asymmetricKeyDetails?.modulusLength).toBe(2048);
    expect(createPublicKey(inHand).export({ type: 'spki', format: 'pem' })).toBe(key.pem);
    expect(fingerprintOf(key.pem)).toBe(key.fingerprint);
    expect(JSON.stringify([key, keys])).not.toContain('PRIVATE');
  });

  test('is for its owner only, and hidden from git', async () => {
    const state = await aFolder();
    const { path } = await aDeliveredKey(await aKeyFolder({ stateDirectory: state }));

    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(state, 'main', 'keys'))).mode & 0o777).toBe(0o700);
    expect(await readFile(join(state, '.gitignore'), 'utf8')).toBe('*\n');
  });

  test('is not on the disk before it is delivered', async () => {
    const keys = await aKeyFolder();

    const { fingerprint } = await keys.generate();

    expect(await keys.find(fingerprint)).toBeUndefined();
    expect(await keys.list()).toEqual([]);
  });

  test('may be delivered twice, also by another process', async () => {
    const state = await aFolder();
    const keys = await aKeyFolder({ stateDirectory: state });
    const { fingerprint, path } = await aDeliveredKey(keys);

    expect(await keys.store(fingerprint)).toBe(path);
    expect(await (await aKeyFolder({ stateDirectory: state })).store(fingerprint)).toBe(path);
  });

  test('that nobody has cannot be delivered', async () => {
    const keys = await aKeyFolder();

    await expect(keys.store(nobody)).rejects.toMatchObject({ code: 'E_KEY_NOT_FOUND' });
  });

  test('keys made ahead are each given out once, and more than were made ahead can be had', async () => {
    const keys = await aKeyFolder();

    keys.prepare(4);
    keys.prepare(3);
    const made = await Promise.all(Array.from({ length: 6 }, () => keys.generate()));

    expect(new Set(made.map(({ fingerprint }) => fingerprint)).size).toBe(6);
  });
});

describe('a file in the way', () => {
  test.each([
    { title: 'something else', content: 'mine', reason: 'not a valid private key' },
    {
      title: 'another key',
      content: generateKeyPairSync('rsa', {
        modulusLength: 2048,
        publicKeyEncoding: { type: 'spki', format: 'pem' },
        privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      }).privateKey,
      reason: 'not the key',
    },
  ])('$title is never overwritten', async ({ content, reason }) => {
    const keys = await aKeyFolder();
    const { fingerprint } = await keys.generate();
    await mkdir(keys.directory, { recursive: true });
    await writeFile(keys.path(fingerprint), content);

    const error = await keys.store(fingerprint).catch((thrown) => thrown);

    expect(error.code).toBe('E_KEY_UNREADABLE');
    expect(error.message).toContain(reason);
    expect(error.message).not.toContain('PRIVATE');
    expect(await readFile(keys.path(fingerprint), 'utf8')).toBe(content);
  });

  test('a key file cut short is an error, not a key that is missing', async () => {
    const keys = await aKeyFolder();
    const { fingerprint, path } = await aKeptKey(keys);
    await truncate(path, 500);

    await expect(keys.find(fingerprint)).rejects.toMatchObject({ code: 'E_KEY_UNREADABLE' });
  });

  test('a file where the directory should be', async () => {
    const state = await aFolder();
    await mkdir(join(state, 'main'));
    await writeFile(join(state, 'main', 'keys'), '');
    const keys = await aKeyFolder({ stateDirectory: state });
    const { fingerprint } = await keys.generate();

    await expect(keys.store(fingerprint)).rejects.toMatchObject({ code: 'E_STATE_UNUSABLE' });
    await expect(keys.list()).rejects.toMatchObject({ code: 'E_STATE_UNUSABLE' });
    await expect(keys.find(fingerprint)).rejects.toMatchObject({ code: 'E_STATE_UNUSABLE' });
    await expect(keys.prune(fingerprint)).rejects.toMatchObject({ code: 'E_STATE_UNUSABLE' });
    await expect(keys.lookup('Support')).rejects.toMatchObject({ code: 'E_STATE_UNUSABLE' });

    await rm(join(state, 'main', 'keys'));
    expect(await keys.store(fingerprint)).toBe(keys.path(fingerprint));
  });

  test('a key file that is a directory', async () => {
    const keys = await aKeyFolder();
    await mkdir(keys.path(nobody), { recursive: true });

    await expect(keys.find(nobody)).rejects.toMatchObject({ code: 'E_STATE_UNUSABLE' });
  });
});

describe('finding keys', () => {
  test('all keys are listed, and foreign files are not', async () => {
    const keys = await aKeyFolder();
    const made = [await aKeptKey(keys), await aKeptKey(keys, 1)].map(({ fingerprint }) => fingerprint);
    await keys.label(nobody, application);
    for (const name of ['private.key', `${nobody}.pem.bak`, `.${nobody}.pem.tmp`])
      await writeFile(join(keys.directory, name), '');

    expect(await keys.list()).toEqual(made.sort());
  });

  test('a key is found by the name and by the id of its application', async () => {
    const keys = await aKeyFolder();
    const [{ fingerprint, path }] = [await aKeptKey(keys), await aKeptKey(keys, 1)];

    await keys.label(fingerprint, application);
    await keys.label(fingerprint, { name: 'Help' });

    const found = [{ fingerprint, path, name: 'Help', id }];
    expect(await keys.lookup('Help')).toEqual(found);
    expect(await keys.lookup(id)).toEqual(found);
    expect(await keys.lookup('Support')).toEqual([]);
    expect(await keys.inventory()).toHaveLength(2);
  });

  test('labels given at once are all kept, also those of two processes one after the other', async () => {
    const state = await aFolder();
    const [one, other] = [await aKeyFolder({ stateDirectory: state }), await aKeyFolder({ stateDirectory: state })];
    const made = await Promise.all([0, 1, 2].map((number) => aKeptKey(one, number)));

    await Promise.all(made.map(({ fingerprint }, number) => one.label(fingerprint, { name: `A${number}` })));
    const last = await aKeptKey(other, 3);
    await other.label(last.fingerprint, { name: 'B' });

    expect((await one.inventory()).map(({ name }) => name).sort()).toEqual(['A0', 'A1', 'A2', 'B']);
  });

  test.each(['{"format": "vonage-g', '{"keys": {"x": 1}}'])(
    'an index that cannot be parsed is put aside: %s',
    async (text) => {
      const keys = await aKeyFolder();
      const { fingerprint } = await aKeptKey(keys);
      await writeFile(join(keys.directory, 'index.json'), text);

      await keys.label(fingerprint, { name: 'Support' });

      expect(await keys.lookup('Support')).toHaveLength(1);
      expect(await readFile(join(keys.directory, 'index.json.unreadable'), 'utf8')).toBe(text);
    },
  );

  test('an index that cannot be written is an error', async () => {
    const keys = await aKeyFolder();
    await mkdir(join(keys.directory, 'index.json'), { recursive: true });

    await expect(keys.label(nobody, application)).rejects.toMatchObject({ code: 'E_STATE_UNUSABLE' });
  });

  test('an id that is none is left out of what the index says', async () => {
    const keys = await aKeyFolder();
    const { fingerprint } = await aKeptKey(keys);
    await keys.label(fingerprint, application);
    const path = join(keys.directory, 'index.json');
    await writeFile(path, (await readFile(path, 'utf8')).replace(id, '../../etc'));

    expect(await keys.lookup('Support')).toEqual([{ fingerprint, path: keys.path(fingerprint), name: 'Support' }]);
  });

  test('a fingerprint that is none never becomes a path', async () => {
    const keys = await aKeyFolder();

    expect(() => keys.path('../../../etc/ssl/key')).toThrow('not a fingerprint');
    await expect(keys.find('../x')).rejects.toThrow('not a fingerprint');
    await expect(keys.prune('../x')).rejects.toThrow('not a fingerprint');
  });
});

describe('checking a key against the live public key', () => {
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' });
  const curve = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' });

  test.each([
    { title: 'its own', live: (pem: string) => pem, expected: { outcome: 'matches' } },
    {
      title: 'its own, as PKCS#1',
      live: (pem: string) => String(createPublicKey(pem).export({ type: 'pkcs1', format: 'pem' })),
      expected: { outcome: 'matches' },
    },
    {
      title: 'another',
      live: () => String(other),
      expected: { outcome: 'differs', reason: expect.stringContaining('does not verify') },
    },
    {
      title: 'another kind',
      live: () => String(curve),
      expected: { outcome: 'differs', reason: expect.stringContaining('does not verify') },
    },
    {
      title: 'no key',
      live: () => 'none',
      expected: { outcome: 'differs', reason: expect.stringContaining('live public key') },
    },
    {
      title: 'its own in one line of words',
      live: (pem: string) => pem.replaceAll('\n', ' '),
      expected: { outcome: 'differs', reason: expect.stringContaining('does not verify') },
    },
  ])('$title', async ({ live, expected }) => {
    const keys = await aKeyFolder();
    const { fingerprint, pem } = await aKeptKey(keys);

    expect(await keys.check(fingerprint, live(pem))).toEqual(expected);
  });

  test('a damaged private key differs, one that is not there is an error', async () => {
    const keys = await aKeyFolder();
    const { fingerprint, pem, path } = await aKeptKey(keys);
    await truncate(path, 400);

    expect(await keys.check(fingerprint, pem)).toMatchObject({ outcome: 'differs' });
    await expect(keys.check(nobody, pem)).rejects.toMatchObject({ code: 'E_KEY_NOT_FOUND' });
  });
});

describe('pruning', () => {
  test('removes the key and its label, and may be done twice', async () => {
    const keys = await aKeyFolder();
    const [{ fingerprint }, other] = [await aKeptKey(keys), await aKeptKey(keys, 1)];
    await keys.label(fingerprint, application);

    await keys.prune(fingerprint);
    await keys.prune(fingerprint);

    expect(await keys.list()).toEqual([other.fingerprint]);
    expect(await readFile(join(keys.directory, 'index.json'), 'utf8')).not.toContain('Support');
  });
});

describe('git', () => {
  async function aRepository(): Promise<{ folder: string; git: (...parameters: string[]) => void }> {
    const folder = await aFolder();
    const git = (...parameters: string[]): void => void execFileSync('git', ['-C', folder, ...parameters]);
    git('init', '--quiet');
    return { folder, git };
  }

  test('a state directory inside a repository is hidden from it', async () => {
    const { folder } = await aRepository();
    const keys = await aKeyFolder({ stateDirectory: join(folder, '.vonage-gitops') });

    await aDeliveredKey(keys);

    expect(execFileSync('git', ['-C', folder, 'status', '--porcelain']).toString()).toBe('');
  });

  test('the top of a repository as state directory: keys are hidden, the rest is not', async () => {
    const { folder } = await aRepository();
    await writeFile(join(folder, 'support.yaml'), '');

    await aDeliveredKey(await aKeyFolder({ stateDirectory: folder }));

    expect(execFileSync('git', ['-C', folder, 'status', '--porcelain']).toString()).toBe('?? support.yaml\n');
  });

  test('a configured directory gets its own .gitignore, which may be committed', async () => {
    const { folder, git } = await aRepository();
    const options = { stateDirectory: join(folder, 'state'), directory: '../keys' };
    const { path } = await aDeliveredKey(await aKeyFolder(options));
    git('add', '--force', 'keys/.gitignore');

    await aDeliveredKey(await aKeyFolder(options));

    expect(path.startsWith(join(folder, 'keys'))).toBe(true);
    expect(await readFile(join(folder, 'keys', '.gitignore'), 'utf8')).toBe('*\n');
  });

  test.each([
    { title: 'of which git has a file', gitignore: '*\n', tracked: ['README.md'] },
    { title: 'whose .gitignore lets keys through', gitignore: '*.log\n', tracked: [] },
  ])('a directory $title is refused, and no key is written', async ({ gitignore, tracked }) => {
    const { folder, git } = await aRepository();
    await mkdir(join(folder, 'keys'));
    for (const [name, text] of [
      ['README.md', ''],
      ['.gitignore', gitignore],
    ] as const)
      await writeFile(join(folder, 'keys', name), text);
    for (const name of tracked) git('add', '--force', join('keys', name));
    const keys = await aKeyFolder({ stateDirectory: join(folder, 'state'), directory: join(folder, 'keys') });
    const { fingerprint } = await keys.generate();

    await expect(keys.store(fingerprint)).rejects.toMatchObject({ code: 'E_KEY_DIRECTORY_TRACKED', exitCode: 5 });

    expect((await readdir(join(folder, 'keys'))).sort()).toEqual(['.gitignore', 'README.md']);
  });
});

test('a key directory that others may read is warned about, not refused', async () => {
  const warnings: object[] = [];
  const keys = await aKeyFolder({ log: { warn: (fields) => void warnings.push(fields) } });
  await mkdir(keys.directory, { recursive: true });
  await chmod(keys.directory, 0o750);

  await aDeliveredKey(keys);

  expect(warnings).toEqual([{ path: keys.directory, mode: '0750' }]);
});

test('what a killed process left half written is removed, and nothing else', async () => {
  const keys = await aKeyFolder();
  const { fingerprint } = await aDeliveredKey(keys);
  const others = ['.hidden.pem.0123456789ab.tmp', `.${fingerprint}.pem.tmp`, 'notes.txt'];
  const leavings = [`.${fingerprint}.pem.0123456789ab.tmp`, '.index.json.0123456789ab.tmp'];
  for (const name of [...others, ...leavings]) await writeFile(join(keys.directory, name), 'half of it');
  const before = await readdir(keys.directory);

  await keys.sweep();

  const left = before.filter((name) => !leavings.includes(name));
  expect((await readdir(keys.directory)).sort()).toEqual(left.sort());
  expect(await keys.find(fingerprint)).toMatchObject({ fingerprint });
});

test('there is nothing to sweep where no key was ever made', async () => {
  const keys = await aKeyFolder();

  await keys.sweep();

  expect(await keys.list()).toEqual([]);
});

test('a key directory that was removed under us is made again, hidden from git as before', async () => {
  const keys = await aKeyFolder();
  await aDeliveredKey(keys);
  await rm(join(keys.directory, '../..'), { recursive: true });

  const { path } = await aDeliveredKey(keys);

  expect(await readFile(path, 'utf8')).toContain('PRIVATE KEY');
  expect(await readFile(join(keys.directory, '../../.gitignore'), 'utf8')).toBe('*\n');
});

test('a symbolic link where the key directory should be is refused, and no private key is written or read through it', async () => {
  const keys = await aKeyFolder();
  const elsewhere = await aFolder();
  await mkdir(join(keys.directory, '..'), { recursive: true });
  await symlink(elsewhere, keys.directory);

  const all = [
    () => aDeliveredKey(keys),
    () => keys.list(),
    () => keys.find(nobody),
    () => keys.label(nobody, application),
  ];

  for (const one of all) {
    await expect(one()).rejects.toMatchObject({ code: 'E_STATE_UNUSABLE', details: { path: keys.directory } });
    await expect(one()).rejects.toThrow('keys.directory');
  }
  expect(await readdir(elsewhere)).toEqual([]);
});

test('a key directory that the configuration names may be a symbolic link', async () => {
  const [stateDirectory, elsewhere] = [await aFolder(), await aFolder()];
  await symlink(elsewhere, join(stateDirectory, 'chosen'));
  const keys = await aKeyFolder({ stateDirectory, directory: 'chosen' });

  const { fingerprint } = await aDeliveredKey(keys);

  expect(await readdir(elsewhere)).toContain(`${fingerprint}.pem`);
});

test('who lost the lock writes and removes no private key', async () => {
  let lost = false;
  const guard = {
    assertHeld: async () => {
      if (lost) throw new ReconcilerError('E_LOCK_LOST', { path: 'writer.lock', reason: 'it was taken over' });
    },
  };
  const keys = await aKeyFolder({ guard });
  const kept = await aDeliveredKey(keys);
  const { fingerprint } = await keys.generate();
  lost = true;

  const all = [
    () => keys.store(fingerprint),
    () => keys.prune(kept.fingerprint),
    () => keys.label(kept.fingerprint, application),
  ];

  for (const one of all) await expect(one()).rejects.toMatchObject({ code: 'E_LOCK_LOST' });
  expect(await keys.list()).toEqual([kept.fingerprint]);
});
