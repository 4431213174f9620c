import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { isSecretName, redactText } from '../../../src/core/redact/patterns.ts';

const publicKeyEncoding = { type: 'spki', format: 'pem' } as const;
const rsa = { modulusLength: 1024, publicKeyEncoding } as const;
const { privateKey: pkcs8, publicKey } = generateKeyPairSync('rsa', {
  ...rsa,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const { privateKey: pkcs1 } = generateKeyPairSync('rsa', {
  ...rsa,
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
});
const { privateKey: encrypted } = generateKeyPairSync('rsa', {
  ...rsa,
  privateKeyEncoding: { type: 'pkcs1', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'x' },
});
const { privateKey: ec } = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  publicKeyEncoding,
  privateKeyEncoding: { type: 'sec1', format: 'pem' },
});

const escapedHtml = (text: string, write: (code: number) => string) =>
  text.replace(/[^A-Za-z0-9 ]/g, (sign) => `&#${write(sign.charCodeAt(0))};`);
const lowerHex = (text: string) => text.replace(/%../g, (code) => code.toLowerCase());

describe.each(Object.entries({ pkcs8, pkcs1, encrypted, ec }))('a private key, %s,', (_kind, pem) => {
  test.each([
    { title: 'as it is', text: pem },
    { title: 'with line ends of Windows', text: pem.replaceAll('\n', '\r\n') },
    { title: 'indented', text: pem.replace(/^/gm, '    ') },
    { title: 'on one line', text: pem.replaceAll('\n', ' ') },
    { title: 'inside JSON', text: JSON.stringify({ key: pem }) },
    { title: 'inside JSON inside JSON', text: JSON.stringify({ text: JSON.stringify({ key: pem }) }) },
    { title: 'percent-encoded', text: encodeURIComponent(pem) },
    { title: 'percent-encoded in lower case', text: lowerHex(encodeURIComponent(pem)) },
    { title: 'in a form', text: new URLSearchParams({ key: pem }).toString() },
    { title: 'escaped for HTML', text: escapedHtml(pem, String) },
    { title: 'escaped for HTML in hex', text: escapedHtml(pem, (code) => `x${code.toString(16)}`) },
    { title: 'in base64', text: Buffer.from(pem).toString('base64') },
    { title: 'cut off', text: pem.slice(0, 300) },
  ])('is taken out $title, and nothing else', ({ text }) => {
    const shown = redactText(`before ${text} after`);

    expect(shown).toMatch(/^before .*\(sensitive\).* after$/s);
    expect(shown.length).toBeLessThan(70);
  });
});

test.each([{ pem: pkcs8 }, { pem: pkcs1 }, { pem: ec }])('a key without its first line is taken out', ({ pem }) => {
  const [, ...lines] = pem.split('\n');

  expect(redactText(lines.join('\n'))).toMatch(/^\(sensitive\)\n-----END/);
});

test('a public key is not secret', () => {
  expect(redactText(publicKey)).toBe(publicKey);
});

test('what stands behind a key in JSON stays, and stays JSON', () => {
  const text = JSON.stringify({ cut: '-----BEGIN PRIVATE KEY-----', key: pkcs8, name: 'Support', end: 'END' });

  expect(JSON.parse(redactText(text))).toEqual({
    cut: '(sensitive)',
    key: '(sensitive)\n',
    name: 'Support',
    end: 'END',
  });
});

const basic = Buffer.from('me:pw').toString('base64');

test.each([
  { text: `Authorization: Basic ${basic}`, expected: 'Authorization: Basic (sensitive)' },
  { text: 'proxy-authorization: basic eA', expected: 'proxy-authorization: basic (sensitive)' },
  { text: "{ authorization: 'Bearer abc' }", expected: "{ authorization: 'Bearer (sensitive)' }" },
  { text: 'authorization%3A%20Basic%20eDp5%3D', expected: 'authorization%3A%20Basic%20(sensitive)' },
  { text: 'authorization=Basic+eDp5', expected: 'authorization=Basic+(sensitive)' },
  { text: `it was Basic ${basic}.`, expected: 'it was Basic (sensitive)' },
  { text: 'Basic bWU6cHc&#61;', expected: 'Basic (sensitive)' },
  { text: 'bearer eyJhbGciOiJIUzI1NiJ9.e30.c2ln', expected: 'bearer (sensitive)' },
  { text: 'Basic support of bearer capability', expected: 'Basic support of bearer capability' },
  { text: 'a bearer token is needed', expected: 'a bearer token is needed' },
  { text: 'Basic Communications', expected: 'Basic Communications' },
])('of $text people see $expected', ({ text, expected }) => {
  expect(redactText(text)).toBe(expected);
});

test.each([
  { text: 'https://u:p"q@host/', expected: 'https://(sensitive)@host/' },
  { text: '{"a":"https://x.example","b":"a@b"}', expected: '{"a":"https://x.example","b":"a@b"}' },
  { text: '{"a":"https://u:p\\"q@x.example"}', expected: '{"a":"https://(sensitive)@x.example"}' },
  { text: 'https:\\/\\/u:p@host', expected: 'https:\\/\\/(sensitive)@host' },
  { text: 'https%3A%2F%2Fu%3ap%40host%2Fa%40b', expected: 'https%3A%2F%2F(sensitive)%40host%2Fa%40b' },
  { text: 'https://u:p&#33;&#64;host', expected: 'https://(sensitive)&#64;host' },
])('the password leaves $text', ({ text, expected }) => {
  expect(redactText(text)).toBe(expected);
});

test.each([
  { text: '{"client_secret": "a\\"b","c":1}', expected: '{"client_secret": "(sensitive)","c":1}' },
  { text: '{\\"secret\\":\\"a\\\\\\"b\\",\\"c\\":1}', expected: '{\\"secret\\":\\"(sensitive)\\",\\"c\\":1}' },
  { text: '{"secretary":"Ann"}', expected: '{"secretary":"Ann"}' },
])('of the fields in $text people see $expected', ({ text, expected }) => {
  expect(redactText(text)).toBe(expected);
});

test.each([
  { name: 'password', secret: true },
  { name: 'accessToken', secret: true },
  { name: 'Proxy-Authorization', secret: true },
  { name: 'private_key', secret: true },
  { name: 'public_key', secret: false },
  { name: 'tokens', secret: false },
])('a field named $name is secret: $secret', ({ name, secret }) => {
  expect(isSecretName(name)).toBe(secret);
});

test.each([
  { title: 'backslashes', text: '\\'.repeat(100_000) },
  { title: 'addresses', text: '://'.repeat(30_000) },
  { title: 'entities', text: `https://${'&amp;'.repeat(30_000)}` },
  { title: 'beginnings of keys', text: '-----BEGIN PRIVATE KEY-----'.repeat(3_000) },
  { title: 'line ends', text: `-----BEGIN PRIVATE KEY-----${'\n'.repeat(100_000)}` },
  { title: 'blanks', text: `authorization${' '.repeat(100_000)}` },
])('a hundred thousand characters of $title take no time to speak of', ({ text }) => {
  const began = performance.now();

  redactText(text);

  expect(performance.now() - began).toBeLessThan(10_000);
});
