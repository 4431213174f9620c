import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Delivery } from '../../../src/core/ledger/deliveries.ts';
import { DirectoryTarget, type DirectoryTargetOptions } from '../../../src/keys/delivery/directory.ts';
import { aDelivery, aFolder, aKey, anId } from './a-key.ts';

const id = anId();
const facts = { name: 'Support line', labels: {} };
const notHeld = { assertHeld: () => Promise.reject(new Error('the lock is lost')) };

async function aTarget(options: Partial<DirectoryTargetOptions> = {}) {
  const path = options.path ?? (await aFolder());
  const standard = { account: 'main', path, file: '{slug}.pem', mode: 0o400, keyDirectory: '/nowhere' };
  return { path, target: new DirectoryTarget({ ...standard, ...options }) };
}

function knowing(...delivered: readonly Delivery[]) {
  return { delivered };
}

async function filesIn(path: string): Promise<Readonly<Record<string, string>>> {
  const names = (await readdir(path)).sort();
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(path, name), 'utf8')])),
  );
}

async function applicationsIn(path: string): Promise<unknown> {
  return JSON.parse(await readFile(join(path, 'applications.json'), 'utf8'));
}

describe('a directory', () => {
  test('has the key of a new application in its place before its id is known, and then the id beside it', async () => {
    const { target, path } = await aTarget();
    const { privatePem, ...key } = await aKey();

    await target.prepared({ ...facts, ...key }, knowing());
    const before = await filesIn(path);
    await target.active(
      { ...facts, fingerprint: key.fingerprint, id },
      knowing(aDelivery(target.name, key.fingerprint)),
    );

    expect(before).toEqual({ 'support-line.pem': privatePem });
    expect(await filesIn(path)).toMatchObject(before);
    expect(await applicationsIn(path)).toEqual({
      format: 'vonage-gitops.applications/1',
      account: 'main',
      applications: [{ name: 'Support line', id, fingerprint: key.fingerprint, file: 'support-line.pem' }],
    });
    expect(target.fileFor({ ...facts, ...key })).toBe(join(path, 'support-line.pem'));
  });

  test('has both keys while one is about to replace the other, and the new one in its place afterwards', async () => {
    const { target, path } = await aTarget();
    const [old, next] = [await aKey(0), await aKey(1)];
    const delivered = knowing(aDelivery(target.name, old.fingerprint, { id, file: join(path, 'support-line.pem') }));
    await target.prepared({ ...facts, ...old }, knowing());
    await target.active({ ...facts, fingerprint: old.fingerprint, id }, delivered);

    await target.prepared({ ...facts, ...next, id }, delivered);
    const during = await filesIn(path);
    await target.active({ ...facts, fingerprint: next.fingerprint, id }, delivered);

    const after = await filesIn(path);
    expect(during).toMatchObject({ 'support-line.pem': old.privatePem, 'support-line.next.pem': next.privatePem });
    expect(during['applications.json']).toContain(old.fingerprint);
    expect(Object.keys(after)).toEqual(['applications.json', 'support-line.pem']);
    expect(after['support-line.pem']).toBe(next.privatePem);
    expect(after['applications.json']).toContain(next.fingerprint);
    expect(after['applications.json']).not.toContain(old.fingerprint);
  });

  test('is as after one call when both are repeated, as after a process that died before it recorded them', async () => {
    const { target, path } = await aTarget();
    const [old, next] = [await aKey(0), await aKey(1)];
    const delivered = knowing(aDelivery(target.name, old.fingerprint));
    for (const key of [old, old]) await target.prepared({ ...facts, ...key }, knowing());
    for (const key of [next, next]) await target.prepared({ ...facts, ...key }, delivered);

    for (const key of [next, next]) await target.active({ ...facts, fingerprint: key.fingerprint, id }, delivered);
    await target.prepared({ ...facts, ...next, id }, delivered);

    expect(Object.keys(await filesIn(path))).toEqual(['applications.json', 'support-line.pem']);
    expect((await filesIn(path))['support-line.pem']).toBe(next.privatePem);
  });

  test('has a key that was abandoned while it waited replaced by the one made after it', async () => {
    const { target, path } = await aTarget();
    const [old, abandoned, next] = [await aKey(0), await aKey(1), await aKey(2)];
    await target.prepared({ ...facts, ...old }, knowing());
    const delivered = knowing(
      aDelivery(target.name, old.fingerprint),
      aDelivery(target.name, abandoned.fingerprint, { phase: 'preparing' }),
    );
    await target.prepared({ ...facts, ...abandoned }, delivered);

    await target.prepared({ ...facts, ...next }, delivered);

    expect(await filesIn(path)).toEqual({
      'support-line.pem': old.privatePem,
      'support-line.next.pem': next.privatePem,
    });
  });

  test.each([0o400, 0o440, 0o600, 0o660])(
    'gives files the mode %o, whatever the umask says, also those that have another',
    async (mode) => {
      const { target, path } = await aTarget({ mode });
      const key = await aKey();
      await writeFile(join(path, 'support-line.pem'), key.privatePem, { mode: 0o640 });

      await target.prepared({ ...facts, ...key }, knowing());
      await target.active({ ...facts, fingerprint: key.fingerprint, id }, knowing());

      const modes = ['support-line.pem', 'applications.json'].map(
        async (name) => (await stat(join(path, name))).mode & 0o777,
      );
      expect(await Promise.all(modes)).toEqual([mode, mode]);
    },
  );

  test.each([
    { file: '{slug}.pem', before: 'support-line.pem', after: 'support-line.pem' },
    { file: '{account}-{slug}', before: 'main-support-line', after: 'main-support-line' },
    { file: '{fingerprint}.pem', before: 'FINGERPRINT.pem', after: 'FINGERPRINT.pem' },
    { file: '{id}.pem', before: 'FINGERPRINT.next.pem', after: `${id}.pem` },
    { file: '{slug}-{id}.key', before: 'support-line-FINGERPRINT.next.key', after: `support-line-${id}.key` },
  ])(
    'with files named $file has $before before the id is known and $after afterwards',
    async ({ file, before, after }) => {
      const { target, path } = await aTarget({ file });
      const key = await aKey();
      const withFingerprint = (name: string) => name.replace('FINGERPRINT', key.fingerprint);

      await target.prepared({ ...facts, ...key }, knowing());
      const prepared = await readdir(path);
      await target.active(
        { ...facts, fingerprint: key.fingerprint, id },
        knowing(aDelivery(target.name, key.fingerprint)),
      );

      expect(prepared).toEqual([withFingerprint(before)]);
      expect(await filesIn(path)).toMatchObject({ [withFingerprint(after)]: key.privatePem });
      expect(await readdir(path)).toHaveLength(2);
      expect(await applicationsIn(path)).toMatchObject({ applications: [{ file: withFingerprint(after) }] });
    },
  );
});

describe('applications.json', () => {
  test('has every application that the ledger knows, those it lost, and none whose key is out of use', async () => {
    const { target, path } = await aTarget();
    const [here, lost, former] = [await aKey(0), await aKey(1), await aKey(2)];
    const deliver = async (name: string, nth: number, key: typeof here) => {
      await target.prepared({ name, labels: {}, ...key }, knowing());
      await target.active({ name, labels: {}, fingerprint: key.fingerprint, id: anId(nth) }, knowing());
    };
    await deliver('Lost', 1, lost);
    await deliver('Former', 2, former);
    const delivered = [
      aDelivery(target.name, former.fingerprint, { name: 'Former', id: anId(2), phase: 'former' }),
      aDelivery(target.name, 'a'.repeat(64), { name: 'Known', id: anId(3), file: join(path, 'known.pem') }),
      aDelivery('exec /bin/true', 'b'.repeat(64), { name: 'Elsewhere', id: anId(4) }),
    ];
    await target.prepared({ name: 'Here', labels: {}, ...here }, knowing());

    await target.active({ name: 'Here', labels: {}, fingerprint: here.fingerprint, id: anId(5) }, { delivered });

    const { applications } = (await applicationsIn(path)) as { applications: { name: string }[] };
    expect(applications.map(({ name }) => name)).toEqual(['Here', 'Known', 'Lost']);
  });

  test.each([
    { title: 'of another program', text: '{"applications":[]}', expected: 'was not written by this program' },
    {
      title: 'of another account',
      text: JSON.stringify({ format: 'vonage-gitops.applications/1', account: 'other', applications: [] }),
      expected: 'has the keys of account other: each account needs a directory of its own',
    },
  ])('$title is never replaced', async ({ text, expected }) => {
    const { target, path } = await aTarget();
    const key = await aKey();
    await writeFile(join(path, 'applications.json'), text);
    await target.prepared({ ...facts, ...key }, knowing());

    const active = target.active({ ...facts, fingerprint: key.fingerprint, id }, knowing());

    await expect(active).rejects.toMatchObject({ code: 'E_KEY_DELIVERY', message: expect.stringContaining(expected) });
    expect(await readFile(join(path, 'applications.json'), 'utf8')).toBe(text);
  });
});

describe('what was not delivered is never replaced:', () => {
  test.each(['support-line.pem', 'support-line.next.pem'])('a foreign key in %s', async (name) => {
    const { target, path } = await aTarget();
    const [old, next, foreign] = [await aKey(0), await aKey(1), await aKey(2)];
    if (name.includes('next')) await target.prepared({ ...facts, ...old }, knowing());
    await writeFile(join(path, name), foreign.privatePem);
    const before = await filesIn(path);

    const prepared = target.prepared({ ...facts, ...next }, knowing(aDelivery(target.name, old.fingerprint)));

    await expect(prepared).rejects.toMatchObject({
      code: 'E_KEY_DELIVERY',
      message: expect.stringContaining(`${name} holds something that was not delivered there: move it`),
    });
    expect(await filesIn(path)).toEqual(before);
  });

  test('a file that was put in place of the key in use while another waited', async () => {
    const { target, path } = await aTarget();
    const [old, next] = [await aKey(0), await aKey(1)];
    const delivered = knowing(aDelivery(target.name, old.fingerprint));
    await target.prepared({ ...facts, ...old }, knowing());
    await target.prepared({ ...facts, ...next }, delivered);
    await rm(join(path, 'support-line.pem'));
    await writeFile(join(path, 'support-line.pem'), 'mine');

    const active = target.active({ ...facts, fingerprint: next.fingerprint, id }, delivered);

    await expect(active).rejects.toMatchObject({ code: 'E_KEY_DELIVERY' });
    expect(await filesIn(path)).toEqual({ 'support-line.pem': 'mine', 'support-line.next.pem': next.privatePem });
  });

  test.each(['support-line.pem', 'applications.json'])('a link in place of %s leads nowhere', async (name) => {
    const { target, path } = await aTarget();
    const key = await aKey();
    const elsewhere = join(await aFolder(), 'elsewhere');
    await writeFile(elsewhere, key.privatePem);
    await symlink(elsewhere, join(path, name));

    const delivered = target
      .prepared({ ...facts, ...key }, knowing())
      .then(() => target.active({ ...facts, fingerprint: key.fingerprint, id }, knowing()));

    await expect(delivered).rejects.toMatchObject({
      message: expect.stringContaining('links are not followed: remove it'),
    });
    expect(await readFile(elsewhere, 'utf8')).toBe(key.privatePem);
  });

  test('a directory in place of the file', async () => {
    const { target, path } = await aTarget();
    await mkdir(join(path, 'support-line.pem'));

    const prepared = target.prepared({ ...facts, ...(await aKey()) }, knowing());

    await expect(prepared).rejects.toMatchObject({
      message: expect.stringContaining('is not a file that this program wrote'),
    });
  });
});

describe('nothing is written', () => {
  test('inside a git work tree, ignored or not', async () => {
    const top = await aFolder();
    await mkdir(join(top, '.git'));
    await writeFile(join(top, '.gitignore'), '*\n');
    await mkdir(join(top, 'keys'));
    const { target, path } = await aTarget({ path: join(top, 'keys') });

    const prepared = target.prepared({ ...facts, ...(await aKey()) }, knowing());

    await expect(prepared).rejects.toMatchObject({
      code: 'E_KEY_DELIVERY',
      message: expect.stringContaining(`is inside the git work tree ${top}: private keys must not be committed`),
    });
    expect(await readdir(path)).toEqual([]);
  });

  test('where there is no directory, which is not made', async () => {
    const path = join(await aFolder(), 'missing');
    const { target } = await aTarget({ path });

    const prepared = target.prepared({ ...facts, ...(await aKey()) }, knowing());

    await expect(prepared).rejects.toMatchObject({ message: expect.stringContaining('is not a directory: create it') });
    await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('to the key directory of the account itself', async () => {
    const path = await aFolder();
    const { target } = await aTarget({ path, keyDirectory: path });

    const prepared = target.prepared({ ...facts, ...(await aKey()) }, knowing());

    await expect(prepared).rejects.toMatchObject({ message: expect.stringContaining('key directory of the account') });
  });

  test('without the lock, which is an error of its own', async () => {
    const { target, path } = await aTarget({ guard: notHeld });

    const prepared = target.prepared({ ...facts, ...(await aKey()) }, knowing());

    await expect(prepared).rejects.toThrow('the lock is lost');
    expect(await readdir(path)).toEqual([]);
  });

  test('of a stored file that is cut short, or of another key', async () => {
    const { target, path } = await aTarget();
    const [key, other] = [await aKey(0), await aKey(1)];
    await writeFile(other.privateKeyFile, other.privatePem.slice(0, 900));

    const cut = target.prepared({ ...facts, ...other }, knowing());
    const another = target.prepared({ ...facts, ...key, fingerprint: other.fingerprint }, knowing());

    await expect(cut).rejects.toMatchObject({ message: expect.stringContaining('is not its private key') });
    await expect(another).rejects.toMatchObject({ message: expect.stringContaining('is not its private key') });
    expect(await readdir(path)).toEqual([]);
  });

  test('in use for a key that does not wait there', async () => {
    const { target, path } = await aTarget();

    const active = target.active({ ...facts, fingerprint: 'a'.repeat(64), id }, knowing());

    await expect(active).rejects.toMatchObject({ message: expect.stringContaining('run "keys deliver"') });
    expect(await readdir(path)).toEqual([]);
  });

  test('but what the file system says, with the file', async () => {
    const { target, path } = await aTarget();
    const key = await aKey();
    await rm(key.privateKeyFile);

    const prepared = target.prepared({ ...facts, ...key }, knowing());

    await expect(prepared).rejects.toMatchObject({ message: expect.stringContaining(`${key.privateKeyFile}: ENOENT`) });
    expect(await readdir(path)).toEqual([]);
  });
});
