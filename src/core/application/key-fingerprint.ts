import { createPublicKey } from 'node:crypto';
import { sha256 } from '../hash.ts';

const publicKeyPem = /^\s*-----BEGIN (RSA )?PUBLIC KEY-----([A-Za-z0-9+/=\s]*)-----END \1PUBLIC KEY-----\s*$/;

/** AlgorithmIdentifier of rsaEncryption with its NULL parameter (RFC 3279, section 2.3.1). */
const rsaAlgorithm = Buffer.from('300d06092a864886f70d0101010500', 'hex');

/**
 * SHA-256 (hex) of a public key's SPKI DER form: two keys are one key when their fingerprints are equal. PKCS#1 and SPKI, line
 * ends and white space make no difference. Undefined for anything that is not one public key in PEM: the API accepts and returns
 * texts that only look like a key.
 */
export function fingerprintOf(pem: string): string | undefined {
  const match = publicKeyPem.exec(pem);
  if (match === null) return undefined;
  const [, pkcs1, base64 = ''] = match;
  const der = Buffer.from(base64, 'base64');
  const spki = pkcs1 === undefined && isRsaSpki(der) ? der : toSpki(der, pkcs1 === undefined ? 'spki' : 'pkcs1');
  return spki === undefined ? undefined : sha256(spki);
}

/** Whether these bytes are an RSA key in SPKI form, told by their structure: an account lists thousands, and OpenSSL is slow. */
export function isRsaSpki(der: Buffer): boolean {
  const outer = contentOf(der, 0, 0x30);
  if (outer === undefined || outer.end !== der.length) return false;
  const bits = outer.start + rsaAlgorithm.length;
  if (bits > der.length || rsaAlgorithm.compare(der, outer.start, bits) !== 0) return false;
  const bitString = contentOf(der, bits, 0x03);
  if (bitString === undefined || bitString.end !== der.length || der[bitString.start] !== 0) return false;
  const key = contentOf(der, bitString.start + 1, 0x30);
  const modulus = key && contentOf(der, key.start, 0x02);
  const exponent = modulus && contentOf(der, modulus.end, 0x02);
  return exponent !== undefined && exponent.end === der.length;
}

/** Where the content of the DER value at this offset starts and ends; undefined when its tag is another or its length is not DER. */
function contentOf(der: Buffer, at: number, tag: number): { readonly start: number; readonly end: number } | undefined {
  if (at + 4 > der.length || der[at] !== tag) return undefined;
  const first = der.readUInt8(at + 1);
  if (first < 0x80) return { start: at + 2, end: at + 2 + first };
  if (first === 0x81) return { start: at + 3, end: at + 3 + der.readUInt8(at + 2) };
  if (first === 0x82) return { start: at + 4, end: at + 4 + der.readUInt16BE(at + 2) };
  return undefined;
}

function toSpki(der: Buffer, type: 'spki' | 'pkcs1'): Buffer | undefined {
  try {
    return createPublicKey({ key: der, format: 'der', type }).export({ format: 'der', type: 'spki' });
  } catch {
    return undefined; // not a key: that is the answer, there is nothing to add to it
  }
}
