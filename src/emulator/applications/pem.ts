import { createPublicKey, generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';

const generate = promisify(generateKeyPair);

/** A new RSA key pair of 2048 bits as PEM: SPKI and PKCS #8, the forms the API answers with. */
export async function generatePems(): Promise<{ publicKey: string; privateKey: string }> {
  const pair = await generate('rsa', { modulusLength: 2048 });
  return {
    publicKey: pair.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    privateKey: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

const PEM_SHAPE = /^\s*-----BEGIN ((?:[A-Z]+ )*PUBLIC KEY)-----\r?\n[\s\S]+-----END \1-----\s*$/;

/** Is this a public key: in shape, as every published example body needs, or really parsing when `strict`? */
export function isPublicKey(text: string, strict: boolean): boolean {
  if (!PEM_SHAPE.test(text)) return false;
  if (!strict) return true;
  try {
    return text.includes('-----BEGIN PUBLIC KEY-----') && createPublicKey(text).asymmetricKeyType === 'rsa';
  } catch {
    return false; // cannot be parsed: exactly what was asked
  }
}

/** PEM as answers carry it: line feeds only, one at the end. */
export function canonicalPem(text: string): string {
  return `${text.replaceAll('\r\n', '\n').trim()}\n`;
}
