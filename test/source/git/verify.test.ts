import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { gpgProgram } from '../../../src/git/gpg.ts';
import { type Signers, Verifier } from '../../../src/source/git/verify.ts';
import { aRepository, never, type Repository } from './a-repository.ts';

const gpg = gpgProgram({ searchPath: process.env['PATH'], home: '/nonexistent' });

/** Keys that are made once: making them takes a while. */
let keys = '';

beforeAll(async () => {
  keys = await mkdtemp(join(tmpdir(), 'vonage-gitops-keys-'));
  const sh = (command: string, ...parameters: readonly string[]) =>
    execFileSync(command, parameters, { stdio: 'pipe', env: { ...process.env, GNUPGHOME: join(keys, 'home') } });
  for (const name of ['ann', 'bob'])
    sh('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', join(keys, name));
  await mkdir(join(keys, 'home'), { mode: 0o700 });
  for (const name of ['ann', 'bob']) {
    sh('gpg', '--batch', '--passphrase', '', '--quick-generate-key', `${name}@example.com`, 'ed25519', 'sign', 'never');
    await writeFile(join(keys, `${name}.asc`), sh('gpg', '--armor', '--export', `${name}@example.com`));
  }
  const line = async (name: string, options = '') =>
    `${name}@example.com ${options}${(await readFile(join(keys, `${name}.pub`), 'utf8')).trim()}\n`;
  await writeFile(join(keys, 'signers'), `# who may\n${await line('ann', 'namespaces="git" ')}`);
  await writeFile(join(keys, 'signers-both'), `${await line('ann')}${await line('bob')}`);
  await writeFile(join(keys, 'signers-ended'), await line('ann', 'valid-before="20200101" '));
  await writeFile(join(keys, 'signers-none'), '');
  return async () => {
    execFileSync('gpgconf', ['--homedir', join(keys, 'home'), '--kill', 'all'], { stdio: 'pipe' });
    await rm(keys, { recursive: true, force: true });
  };
});

async function verify({ store }: Repository, commit: Parameters<Verifier['verify']>[1], signers: Signers) {
  const directory = await mkdtemp(join(tmpdir(), 'vonage-gitops-gpg-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return new Verifier({ signers, gpg, directory }).verify(store, commit, never);
}

function signWith(repository: Repository, kind: 'ssh' | 'gpg', name: string): void {
  repository.run('config', 'commit.gpgsign', 'true');
  repository.run('config', 'gpg.format', kind === 'ssh' ? 'ssh' : 'openpgp');
  repository.run('config', 'user.signingkey', kind === 'ssh' ? join(keys, name) : `${name}@example.com`);
  repository.run('config', 'gpg.program', join(keys, 'gpg'));
}

const signersFile = (name: string) => ({ allowedSigners: join(keys, name) });
const gpgKey = (name: string) => ({ gpgKeys: [join(keys, `${name}.asc`)] });

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
    await writeFile(join(keys, 'gpg'), `#!/bin/sh\nGNUPGHOME=${join(keys, 'home')} exec gpg "$@"\n`, { mode: 0o755 });
    signWith(repository, kind, by);
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
    signWith(repository, 'ssh', 'ann');
    const commit = await repository.commit();

    expect(await verify(repository, commit, signersFile('signers-ended'))).toMatchObject({ verdict: 'unknown-signer' });
  });

  test('a commit changed after it was signed has a bad signature', async () => {
    const repository = await aRepository();
    signWith(repository, 'ssh', 'ann');
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
    await expect(verify(repository, commit, { gpgKeys: [join(keys, 'none')] })).rejects.toMatchObject(missing);
    await expect(verify(repository, commit, { gpgKeys: [join(keys, 'signers')] })).rejects.toMatchObject(missing);
  });
});
