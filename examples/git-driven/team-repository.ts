import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A bare repository as a team shares it, and a clone of it that Ann works in. */
export class TeamRepository {
  readonly bare: string;
  /** Public keys whose signatures count, as `verify.allowedSigners` of a source reads them. */
  readonly signers: string;
  readonly #clone: string;
  readonly #home: string;

  constructor(directory: string) {
    this.bare = join(directory, 'voice.git');
    this.signers = join(directory, 'signers');
    this.#clone = join(directory, 'clone');
    this.#home = join(directory, 'home');
    for (const made of [this.#clone, this.#home]) mkdirSync(made);
    this.git('init', '--quiet', '--bare', '--initial-branch=main', this.bare);
    this.git('init', '--quiet', '--initial-branch=main', '.');
    this.git('remote', 'add', 'origin', this.bare);
    this.git('config', 'user.name', 'Ann');
    this.git('config', 'user.email', 'ann@example.com');
    writeFileSync(this.signers, '');
  }

  /** Runs git in the clone, without the settings of whoever runs the story. */
  git(...args: readonly string[]): string {
    const environment = { PATH: process.env['PATH'], HOME: this.#home, GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C' };
    const output = execFileSync('git', args, { cwd: this.#clone, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    return output.toString().trim();
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.#clone, path)), { recursive: true });
    writeFileSync(join(this.#clone, path), text);
  }

  remove(...paths: readonly string[]): void {
    for (const path of paths) rmSync(join(this.#clone, path));
  }

  /** Commits all there is, and pushes it. Returns the commit's id. */
  push(subject: string): string {
    this.git('add', '--all');
    this.git('commit', '--quiet', '-m', subject);
    return this.pushAsItIs();
  }

  /** Pushes the branch wherever it points now. Returns the commit's id. */
  pushAsItIs(...options: readonly string[]): string {
    this.git('push', '--quiet', ...options, 'origin', 'main');
    return this.git('rev-parse', 'HEAD');
  }

  /** Makes a key for Ann, and from here on signs what she commits. */
  signCommits(): void {
    const key = join(this.#home, 'signing-key');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'ann@example.com', '-f', key]);
    const publicKey = execFileSync('ssh-keygen', ['-y', '-f', key]).toString().trim();
    appendFileSync(this.signers, `ann@example.com ${publicKey}\n`);
    this.git('config', 'gpg.format', 'ssh');
    this.git('config', 'user.signingKey', key);
  }

  /** Whether what follows is signed. */
  sign(isSigned: 'signed' | 'unsigned'): void {
    this.git('config', 'commit.gpgSign', String(isSigned === 'signed'));
  }

  /** Deletes the branch at the server. */
  deleteBranch(): void {
    this.git('--git-dir', this.bare, 'update-ref', '-d', 'refs/heads/main');
  }

  /** Takes the repository from the server, as an outage does. */
  takeAway(): void {
    renameSync(this.bare, `${this.bare}.away`);
  }

  giveBack(): void {
    renameSync(`${this.bare}.away`, this.bare);
  }
}
