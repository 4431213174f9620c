import { createPrivateKey, createPublicKey, generateKeyPair } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { fingerprintOf } from '../core/application/key-fingerprint.ts';
import { Semaphore } from '../core/semaphore.ts';
import type { PublicKey } from '../reconcile/ports.ts';

/** A key pair with its private half (PKCS#8, PEM). It never leaves this directory but into a file. */
export interface KeyPair extends PublicKey {
  readonly privatePem: string;
}

/** Key pairs that wait in memory, at most; more are made as these are taken. */
const mostWaiting = 64;

/**
 * Pairs that are made at once in this process, whoever wants them. Files are read and written by the same few threads (four, if nobody
 * says otherwise): with all of them making keys for many accounts, no heartbeat of a lock would be on time.
 */
const threads = new Semaphore(Math.min(2, availableParallelism()));

/** A new RSA-2048 pair, made by a thread of the pool: the main thread stays free. */
async function makePair(): Promise<KeyPair> {
  const release = await threads.take(undefined);
  return generatePair().finally(release);
}

function generatePair(): Promise<KeyPair> {
  return new Promise((resolve, reject) => {
    const options = {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    } as const;
    generateKeyPair('rsa', options, (error, pem, privatePem) => {
      const fingerprint = error === null ? fingerprintOf(pem) : undefined;
      if (fingerprint === undefined) reject(error ?? new Error('the new key pair cannot be read'));
      else resolve({ fingerprint, pem, privatePem });
    });
  });
}

/** The public half of a private key, or undefined when the text is no private key. */
export function publicHalf(privatePem: string): PublicKey | undefined {
  try {
    const key = createPublicKey(createPrivateKey(privatePem));
    const pem = key.export({ type: 'spki', format: 'pem' }).toString();
    const fingerprint = fingerprintOf(pem);
    return fingerprint === undefined ? undefined : { fingerprint, pem };
  } catch {
    return undefined; // not a private key, and the error may quote it
  }
}

/** Key pairs made ahead of their use, as many side by side as there are cores. */
export class KeyPairs {
  readonly #ahead: Promise<KeyPair>[] = [];
  readonly #atOnce = availableParallelism();
  #running = 0;
  #toStart = 0;

  /** From now on so many pairs will be asked for. */
  prepare(count: number): void {
    this.#toStart = Math.max(0, count - this.#ahead.length);
    this.#refill();
  }

  /** The pair that was begun first, or a new one. */
  async take(): Promise<KeyPair> {
    const first = this.#ahead.shift();
    this.#refill();
    return first ?? makePair();
  }

  #refill(): void {
    while (this.#toStart > 0 && this.#running < this.#atOnce && this.#ahead.length < mostWaiting) {
      this.#toStart -= 1;
      this.#running += 1;
      const pair = makePair();
      this.#ahead.push(pair);
      const next = (): void => {
        this.#running -= 1;
        this.#refill();
      };
      pair.then(next, next); // whoever takes the pair gets its error
    }
  }
}
