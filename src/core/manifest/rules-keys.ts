import { createPublicKey } from 'node:crypto';
import { posix } from 'node:path';
import { isRsaSpki } from '../application/key-fingerprint.ts';
import type { JsonObject } from '../json.ts';
import { objectMember } from '../json.ts';
import { privateKeyStart } from '../redact/patterns.ts';
import { errorAt, type PathFinding, warningAt } from './finding.ts';
import type { KeyFile } from './options.ts';

/** The public key a manifest brings, and what is wrong with it. */
export interface BroughtKey {
  readonly publicKey?: string;
  readonly findings: readonly PathFinding[];
}

const spkiPem = /^\s*-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]*)-----END PUBLIC KEY-----\s*$/;

/** Checks the public key of `spec.keys`, read from its file when it names one. A key is never part of a message. */
export function broughtKey(spec: JsonObject, manifestFile: string, keyFile: (path: string) => KeyFile): BroughtKey {
  const { public_key: inline, public_key_file: file } = objectMember(spec, 'keys');
  if (inline !== undefined && file !== undefined) {
    const message = 'public_key and public_key_file are mutually exclusive: keep one';
    return { findings: [{ ...errorAt(['spec', 'keys', 'public_key_file'], message), at: 'key' }] };
  }
  if (typeof inline === 'string') return checked(inline, 'public_key', '');
  if (typeof file !== 'string' || file === '') return { findings: [] };
  const found = lookUp(file, manifestFile, keyFile);
  if ('reason' in found) {
    return { findings: [errorAt(['spec', 'keys', 'public_key_file'], `the key file cannot be used: ${found.reason}`)] };
  }
  return checked(found.text, 'public_key_file', ' in the file');
}

function lookUp(file: string, manifestFile: string, keyFile: (path: string) => KeyFile): KeyFile {
  if (posix.isAbsolute(file) || file.includes('\\')) return { reason: 'write a path relative to the manifest' };
  const path = posix.normalize(posix.join(posix.dirname(manifestFile), file));
  if (path === '..' || path.startsWith('../')) return { reason: 'it is outside the manifest directory' };
  return keyFile(path);
}

function checked(pem: string, member: string, where: string): BroughtKey {
  const found = keyProblem(pem);
  if (found === undefined) return { publicKey: pem, findings: weakness(pem, member) };
  const message = `expected one RSA public key in PEM form, SPKI ("BEGIN PUBLIC KEY")${where}, found ${found}`;
  return { findings: [errorAt(['spec', 'keys', member], message)] };
}

/** SPKI of an RSA key of 2048 bits; one with fewer bytes has fewer bits. */
const fewestBytes = 292;

function weakness(pem: string, member: string): readonly PathFinding[] {
  if (Buffer.from(pem.replaceAll(/-----[^-]*-----/g, ''), 'base64').length >= fewestBytes) return [];
  const { modulusLength } = { ...createPublicKey(pem).asymmetricKeyDetails };
  const message = `an RSA key of ${modulusLength} bits can be broken: use one of 2048 bits or more`;
  return [warningAt(['spec', 'keys', member], message)];
}

/** What else people have that is called a public key, and how to make SPKI of it. */
const otherKinds: readonly (readonly [start: RegExp, words: string])[] = [
  [
    /-----BEGIN RSA PUBLIC KEY-----/,
    'a PKCS#1 key ("BEGIN RSA PUBLIC KEY"): convert it with "openssl rsa -RSAPublicKey_in -in FILE -pubout"',
  ],
  [
    /-----BEGIN (X509 |TRUSTED )?CERTIFICATE-----/,
    'a certificate: extract its key with "openssl x509 -in FILE -noout -pubkey"',
  ],
  [
    /-----BEGIN CERTIFICATE REQUEST-----/,
    'a certificate request: extract its key with "openssl req -in FILE -noout -pubkey"',
  ],
  [/^\s*ssh-rsa |---- BEGIN SSH2 PUBLIC KEY ----/, 'an SSH key: convert it with "ssh-keygen -e -m PKCS8 -f FILE"'],
  [/-----BEGIN PGP PUBLIC KEY BLOCK-----/, 'a PGP key'],
];

function otherKind(pem: string): string {
  if ((pem.match(/-----BEGIN /g) ?? []).length > 1) return 'more than one PEM block';
  const other = otherKinds.find(([start]) => start.test(pem));
  if (other !== undefined) return other[1];
  if (/-----BEGIN PUBLIC KEY-----/.test(pem)) return 'a PEM block that is cut off or damaged';
  return 'something else';
}

function keyProblem(pem: string): string | undefined {
  if (privateKeyStart.test(pem)) return 'a private key; only the public key belongs here';
  const [, base64] = spkiPem.exec(pem) ?? [];
  if (base64 === undefined) return otherKind(pem);
  if (isRsaSpki(Buffer.from(base64, 'base64'))) return undefined; // OpenSSL takes ten times as long to say so
  try {
    const type = createPublicKey(pem).asymmetricKeyType;
    return type === 'rsa' ? undefined : `a key of type ${type}`;
  } catch {
    return 'an invalid key'; // OpenSSL's reason helps nobody, and could hold a part of the text
  }
}
