import { execFileSync } from 'node:child_process';
import { mkdir, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Signers, Verifier } from '../../../src/source/git/verify.ts';
import { aRepository, never, type Repository } from './a-repository.ts';
import { type People, somePeople } from './signers.ts';

let people: People;

beforeAll(async () => {
  people = await somePeople();
  const { keys, line } = people;
  await writeFile(join(keys, 'signers'), `# who may\n${await line('ann', 'namespaces="git" ')}`);
  await writeFile(join(keys, 'signers-both'), `${await line('ann')}${await line('bob')}`);
  await writeFile(join(keys, 'signers-ended'), await line('ann', 'valid-before="20200101" '));
  await writeFile(join(keys, 'signers-none'), '');
  return () => people.remove();
});

function verify({ store }: Repository, commit: Parameters<Verifier['verify']>[1], signers: Signers) {
  return people.verifier(signers).verify(store, commit, never);
}

const signersFile = (name: string) => ({ allowedSigners: join(people.keys, name) });
const gpgKey = (name: string) => ({ gpgKeys: [join(people.keys, `${name}.asc`)] });

describe('a commit counts when one of the signers signed it', () => {
  test.each([
    { title: 'ssh', kind: 'ssh', by: 'ann', signers: () => signersFile('signers'), is: 'good' },
    { title: 'ssh, one of two', kind: 'ssh', by: 'bob', signers: () => signersFile('signers-both'), is: 'good' },
    { title: 'ssh, a stranger', kind: 'ssh', by: 'bob', signers: () => signersFile('signers'), is: 'unknown-signer' },
    { title: 'ssh, removed', kind: 'ssh', by: 'ann', signers: () => signersFile('signers-none'), is: 'unknown-signer' },
    { title: 'ssh, gpg is asked for', kind: 'ssh', by: 'ann', signers: () => gpgKey('ann'), is: 'unknown-signer' },
    { title: 'gpg', kind: 'gpg', by: 'ann', signers: () => gpgKey('ann'), is: 'good' },
    { title: 'gpg, a stranger', kind: 'gpg', by: 'bob', signers: () => gpgKey('ann'), is: 'unknown-signer' },
    {
      title: 'gpg, ssh is asked for',
      kind: 'gpg',
      by: 'ann',
      signers: () => signersFile('signers'),
      is: 'unknown-signer',
    },
    {
      title: 'both kinds',
      kind: 'gpg',
      by: 'bob',
      signers: () => ({ ...signersFile('signers'), ...gpgKey('bob') }),
      is: 'good',
    },
  ] as const)('$title: $is', async ({ kind, by, signers, is }) => {
    const repository = await aRepository();
    people.signWith(repository.run, kind, by);
    const commit = await repository.commit();

    const verdict = await verify(repository, commit, signers());

    expect(verdict).toMatchObject({ verdict: is });
    if (is === 'good') expect(verdict).toMatchObject({ signer: expect.stringContaining(`${by}@example.com`) });
    else expect(verdict).toMatchObject({ key: expect.stringMatching(kind === 'ssh' ? /^SHA256:/ : /^[0-9A-F]*$/) });
  });

  test('one without a signature is unsigned', async () => {
    const repository = await aRepository();
    const commit = await repository.commit();

    expect(await verify(repository, commit, signersFile('signers'))).toEqual({ verdict: 'unsigned', key: '' });
  });

  test('a key that ended before the commit does not count', async () => {
    const repository = await aRepository();
    people.signWith(repository.run, 'ssh', 'ann');
    const commit = await repository.commit();

    expect(await verify(repository, commit, signersFile('signers-ended'))).toMatchObject({ verdict: 'unknown-signer' });
  });

  test('a commit changed after it was signed has a bad signature', async () => {
    const repository = await aRepository();
    people.signWith(repository.run, 'ssh', 'ann');
    const commit = await repository.commit({ message: 'As signed' });
    const changed = repository.run('cat-file', 'commit', commit).replace('As signed', 'As changed');
    const written = execFileSync('git', ['-C', repository.work, 'hash-object', '-t', 'commit', '-w', '--stdin'], {
      input: `${changed}\n`,
    });
    repository.run('reset', '--quiet', '--hard', written.toString().trim());
    repository.run('config', 'commit.gpgsign', 'false');
    repository.run('push', '--quiet', '--force', repository.bare, 'HEAD:refs/vonage-gitops/x/tip');

    const tip = (await repository.store.refNow('refs/vonage-gitops/x/tip')) ?? commit;

    expect(await verify(repository, tip, signersFile('signers'))).toMatchObject({ verdict: 'bad-signature' });
  });

  test('no verdict without the files of the signers', async () => {
    const repository = await aRepository();
    const commit = await repository.commit();
    const missing = { code: 'E_SOURCE_SIGNERS' };

    await expect(verify(repository, commit, signersFile('none'))).rejects.toMatchObject(missing);
    await expect(verify(repository, commit, { gpgKeys: [join(people.keys, 'none')] })).rejects.toMatchObject(missing);
    await expect(verify(repository, commit, { gpgKeys: [join(people.keys, 'signers')] })).rejects.toMatchObject(
      missing,
    );
  });

  test('keys that a killed verdict left are removed, and those of another one that runs are not', async () => {
    const repository = await aRepository();
    const commit = await repository.commit();
    const old = (Date.now() - 2 * 60 * 60 * 1000) / 1000;
    const place = join(people.keys, 'in-use');
    await mkdir(join(place, 'gpg-killed'), { recursive: true });
    await utimes(join(place, 'gpg-killed'), old, old);
    await mkdir(join(place, 'gpg-runs'));

    await verify(repository, commit, signersFile('signers'));

    expect(await readdir(place)).toEqual(['gpg-runs']);
    await rm(join(place, 'gpg-runs'), { recursive: true });
  });
});
