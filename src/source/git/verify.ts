import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, ReconcilerError } from '../../core/errors.ts';
import type { ObjectId } from '../../core/git/object-id.ts';
import { stateError } from '../../disk/state-error.ts';
import type { Gpg } from '../../git/gpg.ts';
import type { ProcessEnd } from '../../git/process.ts';
import type { GitRun } from '../../git/program.ts';
import type { Store } from './store.ts';

/** Whose signatures count, by files that are read for each verdict: who was taken out counts no longer. */
export interface Signers {
  /** An allowed signers file. Source: ssh-keygen(1), "ALLOWED SIGNERS" */
  readonly allowedSigners?: string;
  /** Files with public OpenPGP keys. */
  readonly gpgKeys?: readonly string[];
}

/** Whether a commit is signed by one of the signers; else by which key, as far as it is known. */
export type Verdict =
  | { readonly verdict: 'good'; readonly signer: string }
  | { readonly verdict: 'unsigned' | 'unknown-signer' | 'bad-signature'; readonly key: string };

/** A key's fingerprint, and whose it is. */
type Key = readonly [fingerprint: string, name: string];

/** Longest that a verdict may take, in milliseconds. */
const timeoutMs = 60_000;
/** The keys of a verdict that are so old, in milliseconds, are of one that was killed. */
const leftoverMs = 60 * 60 * 1000;

/** Judges signatures by keys of its own: whatever else the machine trusts does not count. */
export class Verifier {
  readonly #signers: Signers;
  readonly #gpg: Gpg;
  /** A directory for keys in use, for its owner only. */
  readonly #directory: string;

  constructor(options: { readonly signers: Signers; readonly gpg: Gpg; readonly directory: string }) {
    this.#signers = options.signers;
    this.#gpg = options.gpg;
    this.#directory = options.directory;
  }

  /**
   * Judges a commit's signature.
   * @throws {ReconcilerError} E_SOURCE_SIGNERS when the signers cannot be read, E_SOURCE_STORE, E_ABORTED
   */
  async verify(store: Store, commit: ObjectId, signal: AbortSignal): Promise<Verdict> {
    return this.#withKeys(signal, async (run, known) => {
      const checked = await store.run(['verify-commit', '--end-of-options', commit], run);
      const format = '--format=%G?%x00%GF%x00%GP%x00%GS';
      const shown = await store.output(['log', '-1', format, '--end-of-options', commit], run);
      const [sign = '', fingerprint = '', primary = '', signer = ''] = shown.toString().trimEnd().split('\0');
      const key = primary === '' ? fingerprint : primary;
      if (hasExited(checked, 0) && isGood(sign, key) && known.has(key)) return { verdict: 'good', signer };
      return { verdict: verdictOf(sign), key };
    });
  }

  /**
   * Judges the signature of a tag that a ref names. What is no tag has none; a tag that was signed under another name is a signature that was
   * taken from there.
   * @throws {ReconcilerError} E_SOURCE_SIGNERS when the signers cannot be read, E_SOURCE_STORE, E_ABORTED
   */
  async verifyTag(store: Store, tag: ObjectId, ref: string, signal: AbortSignal): Promise<Verdict> {
    return this.#withKeys(signal, async (run, known) => {
      const { name, signature } = await readTag(store, tag, signal);
      if (signature === undefined) return { verdict: 'unsigned', key: '' };
      const checked = await store.run(['verify-tag', '--raw', '--end-of-options', tag], run);
      const key = sshFingerprintOf(signature) ?? gpgFingerprintOf(checked) ?? '';
      const signer = known.get(key);
      if (signer === undefined) return { verdict: isBadGpg(checked) ? 'bad-signature' : 'unknown-signer', key };
      const isGood = hasExited(checked, 0) && ref === `refs/tags/${name}`;
      return isGood ? { verdict: 'good', signer } : { verdict: 'bad-signature', key };
    });
  }

  /** The keys that count, by fingerprint with whose they are, for as long as the work takes. */
  async #withKeys(
    signal: AbortSignal,
    work: (run: GitRun, known: ReadonlyMap<string, string>) => Promise<Verdict>,
  ): Promise<Verdict> {
    const { allowedSigners = '/dev/null' } = this.#signers;
    const ssh = await this.#sshKeys();
    const gnupgHome = await this.#newDirectory();
    try {
      const run = { settings: [['gpg.ssh.allowedSignersFile', allowedSigners]] as const, gnupgHome, timeoutMs, signal };
      return await work(run, new Map([...ssh, ...(await this.#gpgKeys(gnupgHome, signal))]));
    } finally {
      await rm(gnupgHome, { recursive: true, force: true });
    }
  }

  async #newDirectory(): Promise<string> {
    try {
      await mkdir(this.#directory, { recursive: true, mode: 0o700 });
      const made = await mkdtemp(join(this.#directory, 'gpg-'));
      await removeOlder(this.#directory, (await stat(made)).mtimeMs - leftoverMs);
      return made;
    } catch (error) {
      throw stateError(this.#directory, error);
    }
  }

  /** Of the keys in the allowed signers file. What git says is compared with these, so that no other file of the machine counts. */
  async #sshKeys(): Promise<readonly Key[]> {
    const { allowedSigners } = this.#signers;
    if (allowedSigners === undefined) return [];
    const lines = (await readSigners(allowedSigners)).split('\n').map((line) => line.trim());
    return lines.flatMap((line): Key[] => {
      const blob = line.startsWith('#') ? undefined : sshKey.exec(line)?.[1];
      return blob === undefined ? [] : [[sshFingerprint(Buffer.from(blob, 'base64')), line.split(/\s/)[0] ?? '']];
    });
  }

  async #gpgKeys(gnupgHome: string, signal: AbortSignal): Promise<readonly Key[]> {
    const { gpgKeys = [] } = this.#signers;
    if (gpgKeys.length === 0) return [];
    const input = await Promise.all(gpgKeys.map(readSigners));
    const imported = await this.#gpg(gnupgHome, ['--import'], { input, timeoutMs, signal });
    const listed = await this.#gpg(gnupgHome, ['--with-colons', '--list-keys'], { timeoutMs, signal });
    if (!hasExited(imported, 0) || listed.ended !== 'exit' || listed.code !== 0)
      throw signersError(gpgKeys.join(', '), whyFailed(imported));
    return primaryKeys(listed.output.toString());
  }
}

/** Removes what verdicts of processes that were killed left. */
async function removeOlder(directory: string, timeMs: number): Promise<void> {
  for (const name of (await readdir(directory)).filter((one) => one.startsWith('gpg-'))) {
    const path = join(directory, name);
    const found = await stat(path).catch(() => undefined); // another verdict has ended meanwhile
    if (found !== undefined && found.mtimeMs < timeMs) await rm(path, { recursive: true, force: true });
  }
}

/** A key in a line of an allowed signers file: its kind, and its blob in base64. */
const sshKey = /(?:^|\s)(?:sk-)?(?:ssh|ecdsa)-[\w@.-]+\s+([A-Za-z0-9+/]+=*)/;

function sshFingerprint(blob: Buffer): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

/** The key of an ssh signature: after `SSHSIG` and a version. Source: OpenSSH's PROTOCOL.sshsig */
function sshFingerprintOf(signature: string): string | undefined {
  const [, base64] = /^-----BEGIN SSH SIGNATURE-----\n([\s\S]*?)-----END SSH SIGNATURE-----/.exec(signature) ?? [];
  const bytes = Buffer.from(base64 ?? '', 'base64');
  if (bytes.length < 14 || bytes.toString('latin1', 0, 6) !== 'SSHSIG') return undefined;
  return sshFingerprint(bytes.subarray(14, 14 + bytes.readUInt32BE(10)));
}

/** The primary key of the one signature that is valid. Source: GnuPG's DETAILS, "VALIDSIG" */
function gpgFingerprintOf(checked: ProcessEnd): string | undefined {
  const said = 'said' in checked ? checked.said : '';
  return /^\[GNUPG:\] VALIDSIG .* ([0-9A-F]{40,64})$/m.exec(said)?.[1];
}

/** Source: GnuPG's DETAILS, "BADSIG" */
function isBadGpg(checked: ProcessEnd): boolean {
  return 'said' in checked && /^\[GNUPG:\] BADSIG /m.test(checked.said);
}

/** A tag's own name, and its signature, which is the last thing of it; nothing of both for what is no tag. Source: git-mktag(1) */
async function readTag(store: Store, id: ObjectId, signal: AbortSignal) {
  const kind = (await store.output(['cat-file', '-t', id], { signal })).toString().trim();
  const tag = kind === 'tag' ? (await store.output(['cat-file', 'tag', id], { signal })).toString() : '';
  const at = Math.max(...['SSH', 'PGP'].map((format) => tag.lastIndexOf(`\n-----BEGIN ${format} SIGNATURE-----\n`)));
  return { name: /^tag (.*)$/m.exec(tag)?.[1] ?? '', signature: at === -1 ? undefined : tag.slice(at + 1) };
}

/** Lines `fpr` after a line `pub`, before the line `uid`. Source: GnuPG's DETAILS, "Format of the colon listings" */
function primaryKeys(listing: string): readonly Key[] {
  const lines = listing.split('\n').map((line) => line.split(':'));
  return lines.flatMap(([kind], index): Key[] => {
    const fingerprint = kind === 'pub' ? lines[index + 1]?.[9] : undefined;
    const user = lines.slice(index).find(([next]) => next === 'uid')?.[9];
    return fingerprint === undefined ? [] : [[fingerprint, user ?? fingerprint]];
  });
}

/** A key of ssh is good only as one of the allowed signers; gpg's is of the ring that we made, which nobody has signed. */
function isGood(sign: string, key: string): boolean {
  return sign === 'G' || (sign === 'U' && !key.startsWith('SHA256:'));
}

/** Source: git-log(1), "%G?" */
function verdictOf(sign: string): Exclude<Verdict['verdict'], 'good'> {
  if (sign === 'N') return 'unsigned';
  return sign === 'U' || sign === 'G' || sign === 'E' ? 'unknown-signer' : 'bad-signature';
}

/** @throws {ReconcilerError} E_SOURCE_SIGNERS */
async function readSigners(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw signersError(path, messageOf(error));
  }
}

function signersError(path: string, reason: string): ReconcilerError {
  return new ReconcilerError('E_SOURCE_SIGNERS', { path, reason });
}

function hasExited(end: ProcessEnd, code: number): boolean {
  return end.ended === 'exit' && end.code === code;
}

function whyFailed(end: ProcessEnd): string {
  return end.ended === 'not-started'
    ? `gpg could not be started: ${end.errno}`
    : `gpg cannot import them: ${end.said.slice(0, 200)}`;
}
