import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gpgProgram } from '../../../src/git/gpg.ts';
import { type Signers, Verifier } from '../../../src/source/git/verify.ts';

/** Keys of people, made once for a file of tests: making them takes a while. */
export interface People {
  /** Where their keys are: `ann`, `ann.pub`, `ann.asc` and so on. */
  readonly keys: string;
  /** A line of an allowed signers file. */
  line(name: string, options?: string): Promise<string>;
  /** Has git sign with somebody's key; `run` runs git in a work tree. */
  signWith(run: (...parameters: readonly string[]) => string, kind: 'ssh' | 'gpg', name: string): void;
  verifier(signers: Signers): Verifier;
  remove(): Promise<void>;
}

/** Makes Ann's and Bob's keys. */
export async function somePeople(): Promise<People> {
  const keys = await mkdtemp(join(tmpdir(), 'vonage-gitops-keys-'));
  const home = join(keys, 'home');
  const sh = (command: string, ...parameters: readonly string[]) =>
    execFileSync(command, parameters, { stdio: 'pipe', env: { ...process.env, GNUPGHOME: home } });
  await mkdir(home, { mode: 0o700 });
  for (const name of ['ann', 'bob']) {
    sh('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', join(keys, name));
    sh('gpg', '--batch', '--passphrase', '', '--quick-generate-key', `${name}@example.com`, 'ed25519', 'sign', 'never');
    await writeFile(join(keys, `${name}.asc`), sh('gpg', '--armor', '--export', `${name}@example.com`));
  }
  await writeFile(join(keys, 'gpg'), `#!/bin/sh\nGNUPGHOME=${home} exec gpg "$@"\n`);
  await chmod(join(keys, 'gpg'), 0o755);
  return {
    keys,
    line: async (name, options = '') =>
      `${name}@example.com ${options}${(await readFile(join(keys, `${name}.pub`), 'utf8')).trim()}\n`,
    signWith: (run, kind, name) => {
      run('config', 'commit.gpgsign', 'true');
      run('config', 'gpg.format', kind === 'ssh' ? 'ssh' : 'openpgp');
      run('config', 'user.signingkey', kind === 'ssh' ? join(keys, name) : `${name}@example.com`);
      run('config', 'gpg.program', join(keys, 'gpg'));
    },
    verifier: (signers) =>
      new Verifier({
        signers,
        gpg: gpgProgram({ searchPath: process.env['PATH'], home: '/nonexistent' }),
        directory: join(keys, 'in-use'),
      }),
    remove: async () => {
      execFileSync('gpgconf', ['--homedir', home, '--kill', 'all'], { stdio: 'pipe' });
      await rm(keys, { recursive: true, force: true });
    },
  };
}
