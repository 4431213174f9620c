import type { ApplicationId } from '../../src/core/application/application.ts';
import { fingerprintOf } from '../../src/core/application/key-fingerprint.ts';
import { ReconcilerError } from '../../src/core/errors.ts';
import type { KeyStore, PublicKey } from '../../src/reconcile/ports.ts';
import { lockLost } from './fake-ledger.ts';
import type { FakeProcess } from './fake-process.ts';

const rsaAlgorithm = Buffer.from('300d06092a864886f70d0101010500', 'hex');

/** The nth public key: in the form of RSA, too short to be used, and made in no time. */
export function fakePublicKey(nth: number): PublicKey {
  const modulus = Buffer.alloc(16, 0x5a);
  modulus.writeUInt32BE(nth, 12);
  const key = sequence(Buffer.concat([integer(modulus), integer(Buffer.from([1, 0, 1]))]));
  const bits = Buffer.concat([Buffer.from([0x03, key.length + 1, 0]), key]);
  const base64 = sequence(Buffer.concat([rsaAlgorithm, bits])).toString('base64');
  const pem = `-----BEGIN PUBLIC KEY-----\n${base64}\n-----END PUBLIC KEY-----\n`;
  const fingerprint = fingerprintOf(pem);
  if (fingerprint === undefined) throw new Error(`not in the form of a key: ${pem}`);
  return { fingerprint, pem };
}

function integer(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0x02, bytes.length]), bytes]);
}

function sequence(content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0x30, content.length]), content]);
}

/** Keys in a folder that outlives the process, and in a memory that does not. */
export class FakeKeys implements KeyStore {
  readonly #process: FakeProcess;
  readonly #folder = new Map<string, PublicKey>();
  readonly #memory = new Map<string, PublicKey>();
  #made = 0;
  /** What each key is for, as people are told. */
  readonly labels = new Map<string, { readonly name: string; readonly id?: ApplicationId }>();
  /** How many pairs were asked for ahead. */
  prepared = 0;
  /** The disk takes no more files. */
  full = false;
  /** The lock is lost: nothing may be written any more. */
  lost = false;

  constructor(process: FakeProcess) {
    this.#process = process;
  }

  /** Fingerprints of the private keys in the folder. */
  get folder(): ReadonlySet<string> {
    return new Set(this.#folder.keys());
  }

  /** Forgets what was only in memory. */
  restart(): void {
    this.#memory.clear();
  }

  /** A key that lies in the folder without anybody's knowledge. */
  plant(): PublicKey {
    this.#made += 1;
    const key = fakePublicKey(this.#made);
    this.#folder.set(key.fingerprint, key);
    return key;
  }

  /** The folder loses a file. */
  lose(fingerprint: string): void {
    this.#folder.delete(fingerprint);
  }

  prepare(count: number): void {
    this.prepared += count;
  }

  generate(): Promise<PublicKey> {
    return this.#process.call('keys.generate', () => {
      this.#made += 1;
      const key = fakePublicKey(this.#made);
      this.#memory.set(key.fingerprint, key);
      return key;
    });
  }

  store(fingerprint: string): Promise<string> {
    return this.#process.call('keys.deliver', () => {
      if (this.full) throw new ReconcilerError('E_STATE_UNUSABLE', { path: 'keys', reason: 'no space left' });
      const key = this.#memory.get(fingerprint);
      if (key !== undefined) this.#folder.set(fingerprint, key);
      this.#memory.delete(fingerprint);
      if (!this.#folder.has(fingerprint)) {
        throw new ReconcilerError('E_KEY_NOT_FOUND', { application: fingerprint, directory: 'keys' });
      }
      return `keys/${fingerprint}.pem`;
    });
  }

  find(fingerprint: string): Promise<PublicKey | undefined> {
    return this.#process.call('keys.find', () => this.#folder.get(fingerprint));
  }

  list(): Promise<readonly string[]> {
    return this.#process.call('keys.list', () => [...this.#folder.keys()].sort());
  }

  label(fingerprint: string, owner: { readonly name: string; readonly id?: ApplicationId }): Promise<void> {
    return this.#process.call('keys.label', () => {
      if (this.lost) throw lockLost();
      this.labels.set(fingerprint, owner);
    });
  }
}
