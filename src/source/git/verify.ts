import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, ReconcilerError } from '../../core/errors.ts';
import type { ObjectId } from '../../core/git/object-id.ts';
import type { Gpg } from '../../git/gpg.ts';
import type { ProcessEnd } from '../../git/process.ts';
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

/** Longest that a verdict may take, in milliseconds. */
const timeoutMs = 60_000;

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

  /** @throws {ReconcilerError} E_SOURCE_SIGNERS when the signers cannot be read, E_SOURCE_STORE, E_ABORTED */
  async verify(store: Store, commit: ObjectId, signal: AbortSignal): Promise<Verdict> {
    const { allowedSigners = '/dev/null' } = this.#signers;
    const known = await this.#sshFingerprints();
    const gnupgHome = await mkdtemp(join(this.#directory, 'gpg-'));
    try {
      const run = { settings: [['gpg.ssh.allowedSignersFile', allowedSigners]] as const, gnupgHome, timeoutMs, signal };
      for (const fingerprint of await this.#importKeys(gnupgHome, signal)) known.add(fingerprint);
      const checked = await store.run(['verify-commit', '--end-of-options', commit], run);
      const format = '--format=%G?%x00%GF%x00%GP%x00%GS';
      const shown = await store.output(['log', '-1', format, '--end-of-options', commit], run);
      const [sign = '', fingerprint = '', primary = '', signer = ''] = shown.toString().trimEnd().split('\0');
      const key = primary === '' ? fingerprint : primary;
      if (hasExited(checked, 0) && isGood(sign, key) && known.has(key)) return { verdict: 'good', signer };
      return { verdict: verdictOf(sign), key };
    } finally {
      await rm(gnupgHome, { recursive: true, force: true });
    }
  }

  /** Of the keys in the allowed signers file. What git says is compared with these, so that no other file of the machine counts. */
  async #sshFingerprints(): Promise<Set<string>> {
    const { allowedSigners } = this.#signers;
    if (allowedSigners === undefined) return new Set();
    const text = await readSigners(allowedSigners);
    const blobs = text.split('\n').flatMap((line) => (/^\s*#/.test(line) ? [] : (sshKey.exec(line)?.[1] ?? [])));
    return new Set(blobs.map((blob) => `SHA256:${sha256(Buffer.from(blob, 'base64'))}`));
  }

  async #importKeys(gnupgHome: string, signal: AbortSignal): Promise<readonly string[]> {
    const { gpgKeys = [] } = this.#signers;
    if (gpgKeys.length === 0) return [];
    const input = await Promise.all(gpgKeys.map(readSigners));
    const imported = await this.#gpg(gnupgHome, ['--import'], { input, timeoutMs, signal });
    const listed = await this.#gpg(gnupgHome, ['--with-colons', '--list-keys'], { timeoutMs, signal });
    if (!hasExited(imported, 0) || listed.ended !== 'exit' || listed.code !== 0)
      throw signersError(gpgKeys.join(', '), whyFailed(imported));
    return primaryFingerprints(listed.output.toString());
  }
}

/** A key in a line of an allowed signers file: its kind, and its blob in base64. */
const sshKey = /(?:^|\s)(?:sk-)?(?:ssh|ecdsa)-[\w@.-]+\s+([A-Za-z0-9+/]+=*)/;

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('base64').replace(/=+$/, '');
}

/** Lines `fpr` after a line `pub`. Source: GnuPG's DETAILS, "Format of the colon listings" */
function primaryFingerprints(listing: string): readonly string[] {
  const lines = listing.split('\n').map((line) => line.split(':'));
  return lines.flatMap(([kind], index) => (kind === 'pub' ? (lines[index + 1]?.[9] ?? []) : []));
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
