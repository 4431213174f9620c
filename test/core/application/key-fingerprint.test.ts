import { createHash, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fingerprintOf, isRsaSpki } from '../../../src/core/application/key-fingerprint.ts';

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const spki = publicKey.export({ type: 'spki', format: 'pem' }).toString();
const pkcs1 = publicKey.export({ type: 'pkcs1', format: 'pem' }).toString();
const der = publicKey.export({ type: 'spki', format: 'der' });
const fingerprint = hashOf(publicKey);

function hashOf(key: KeyObject): string {
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}

function pemOf(bytes: Buffer, label = 'PUBLIC KEY'): string {
  return `-----BEGIN ${label}-----\n${bytes.toString('base64')}\n-----END ${label}-----\n`;
}

function changed(at: number, value: number): Buffer {
  const copy = Buffer.from(der);
  copy[at] = value;
  return copy;
}

describe('one key has one fingerprint', () => {
  test.each([
    { title: 'SPKI', pem: spki },
    { title: 'PKCS#1', pem: pkcs1 },
    { title: 'CRLF line ends', pem: spki.replaceAll('\n', '\r\n') },
    { title: 'no newline at the end', pem: spki.trimEnd() },
    { title: 'white space around it', pem: `\n  ${spki}\n\n` },
    { title: 'one long line', pem: pemOf(der) },
    { title: 'lines folded into spaces', pem: spki.trim().replaceAll('\n', ' ') },
  ])('$title', ({ pem }) => {
    expect(fingerprintOf(pem)).toBe(fingerprint);
  });

  test.each([
    { title: 'RSA of 512 bits', key: generateKeyPairSync('rsa', { modulusLength: 512 }).publicKey },
    { title: 'RSA of 1024 bits', key: generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey },
    { title: 'RSA of 4096 bits', key: generateKeyPairSync('rsa', { modulusLength: 4096 }).publicKey },
    { title: 'elliptic curve', key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey },
    { title: 'Ed25519', key: generateKeyPairSync('ed25519').publicKey },
  ])('$title', ({ key }) => {
    const pem = key.export({ type: 'spki', format: 'pem' }).toString();

    expect(fingerprintOf(pem)).toBe(hashOf(key));
  });
});

describe('what is no public key has no fingerprint', () => {
  const bits = 4 + 15;
  test.each([
    { title: 'empty text', pem: '' },
    { title: 'prose', pem: 'public key' },
    { title: 'an empty block', pem: pemOf(Buffer.alloc(0)) },
    { title: 'a sequence that ends inside its algorithm', pem: pemOf(Buffer.from('3003300d06', 'hex')) },
    { title: 'the first bytes of a key, as documentation shows them', pem: pemOf(der.subarray(0, 40)) },
    { title: 'a key without its last byte', pem: pemOf(der.subarray(0, -1)) },
    { title: 'another outer tag', pem: pemOf(changed(0, 0x31)) },
    { title: 'an outer length too long', pem: pemOf(changed(3, 0x23)) },
    { title: 'an outer length of three bytes', pem: pemOf(changed(1, 0x83)) },
    { title: 'another algorithm', pem: pemOf(changed(10, 0)) },
    { title: 'no bit string', pem: pemOf(changed(bits, 0x04)) },
    { title: 'a bit string too long', pem: pemOf(changed(bits + 3, 0x10)) },
    { title: 'unused bits', pem: pemOf(changed(bits + 4, 9)) },
    { title: 'no sequence in the bit string', pem: pemOf(changed(bits + 5, 0x31)) },
    { title: 'no modulus', pem: pemOf(changed(bits + 9, 0x03)) },
    { title: 'a modulus too long', pem: pemOf(changed(bits + 12, 0xff)) },
    { title: 'SPKI labelled as PKCS#1', pem: pemOf(der, 'RSA PUBLIC KEY') },
    { title: 'a private key', pem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() },
    { title: 'an end that does not fit its beginning', pem: spki.replace('END PUBLIC', 'END RSA PUBLIC') },
    { title: 'two keys', pem: spki + spki },
  ])('$title', ({ pem }) => {
    expect(fingerprintOf(pem)).toBeUndefined();
  });
});

test('another key has another fingerprint', () => {
  const other = createPublicKey(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);

  expect(fingerprintOf(other.export({ type: 'spki', format: 'pem' }).toString())).not.toBe(fingerprint);
});

test('no text makes it throw, and no key with one bit changed keeps the fingerprint', () => {
  // The tag of the algorithm's empty parameter says nothing: OpenSSL reads the same key.
  const at = fc.nat(der.length - 1).filter((offset) => offset !== 17);
  fc.assert(
    fc.property(at, fc.integer({ min: 0, max: 7 }), fc.string(), (offset, bit, text) => {
      const damaged = changed(offset, der.readUInt8(offset) ^ (1 << bit));

      expect(fingerprintOf(pemOf(damaged))).not.toBe(fingerprint);
      expect(fingerprintOf(`-----BEGIN PUBLIC KEY-----${text}-----END PUBLIC KEY-----`)).not.toBe(fingerprint);
    }),
  );
});

describe('an RSA key in SPKI form is told by its structure alone', () => {
  const rsaAlgorithm = Buffer.from('300d06092a864886f70d0101010500', 'hex');

  /** A DER value: its tag, the shortest form of its length, and its content. */
  function value(tag: number, ...content: readonly Buffer[]): Buffer {
    const body = Buffer.concat(content);
    const { length } = body;
    if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), body]);
    if (length < 0x100) return Buffer.concat([Buffer.from([tag, 0x81, length]), body]);
    return Buffer.concat([Buffer.from([tag, 0x82, length >> 8, length & 0xff]), body]);
  }

  /** A key of a modulus of so many bytes. */
  function aKey({
    bytes = 9,
    exponent = value(0x02, Buffer.from([1, 0, 1])),
    unused = 0,
    afterKey = Buffer.alloc(0),
    afterBits = Buffer.alloc(0),
  } = {}): Buffer {
    const key = value(0x30, value(0x02, Buffer.alloc(bytes, 7)), exponent, afterKey);
    return value(0x30, rsaAlgorithm, value(0x03, Buffer.from([unused]), key), afterBits);
  }

  test.each([
    { title: 'short lengths', key: aKey() },
    { title: 'lengths of one byte', key: aKey({ bytes: 129 }) },
    { title: 'a length of one byte around short ones', key: aKey({ bytes: 110 }) },
    { title: 'lengths of two bytes', key: aKey({ bytes: 257 }) },
    { title: 'a content of exactly 127 bytes', key: aKey({ bytes: 127 }) },
    { title: 'a content of exactly 128 bytes', key: aKey({ bytes: 128 }) },
    { title: 'a content of exactly 255 bytes', key: aKey({ bytes: 255 }) },
    { title: 'an exponent of two bytes', key: aKey({ exponent: value(0x02, Buffer.from([1, 1])) }) },
    { title: 'what OpenSSL writes', key: der },
  ])('$title', ({ key }) => {
    expect(isRsaSpki(key)).toBe(true);
  });

  const indefinite = Buffer.concat([Buffer.from([0x30, 0x80]), aKey({ bytes: 101 }).subarray(3)]);

  test.each([
    { title: 'nothing', key: Buffer.alloc(0) },
    { title: 'an exponent that is cut off', key: aKey({ exponent: Buffer.from([2, 3, 1]) }) },
    { title: 'no exponent', key: aKey({ exponent: Buffer.alloc(0) }) },
    { title: 'an exponent that is no integer', key: aKey({ exponent: value(0x04, Buffer.from([1, 0, 1])) }) },
    { title: 'something after the exponent', key: aKey({ afterKey: Buffer.from([5, 0]) }) },
    { title: 'something after the bits', key: aKey({ afterBits: Buffer.from([5, 0]) }) },
    { title: 'something after the key', key: Buffer.concat([aKey(), Buffer.from([5, 0])]) },
    { title: 'bits that are not used', key: aKey({ unused: 1 }) },
    { title: 'a length that is not said', key: indefinite },
    { title: 'a length of three bytes', key: changed(1, 0x83) },
    {
      title: 'an elliptic curve',
      key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'der' }),
    },
  ])('not with $title', ({ key }) => {
    expect(isRsaSpki(key)).toBe(false);
  });

  test('not with any of its tags changed', () => {
    const key = aKey();
    const tags = [0, 2, 4, 17, 20, 22, 33];

    const copies = tags.map((at) => Buffer.from(key.map((byte, index) => (index === at ? byte + 1 : byte))));

    expect(copies.map(isRsaSpki)).toStrictEqual(tags.map(() => false));
  });
});
