import fc from 'fast-check';
import { expect, test } from 'vitest';
import { redactText } from '../../../src/core/redact/patterns.ts';
import { isSensitiveMember, redactValue } from '../../../src/core/redact/redact-value.ts';

test.each([
  { pointer: '/capabilities/video/webhooks/archive_status/secret', expected: true },
  { pointer: '/capabilities/voice/payments/gateways/0/credential', expected: true },
  { pointer: '/capabilities/video/storage/credential_type', expected: true },
  { pointer: '/capabilities/video/storage/credentials/user', expected: true },
  { pointer: '/keys/private_key', expected: true },
  { pointer: '/capabilities/x/signature_secret', expected: true },
  { pointer: '/SECRET', expected: true },
  { pointer: '/keys/public_key', expected: false },
  { pointer: '/name', expected: false },
  { pointer: '/capabilities/secretary', expected: false },
  { pointer: '', expected: false },
])('$pointer is sensitive: $expected', ({ pointer, expected }) => {
  expect(isSensitiveMember(pointer)).toBe(expected);
});

test.each([
  { text: 'https://user:pass@example.com/x', expected: 'https://(sensitive)@example.com/x' },
  { text: 'https://token@example.com', expected: 'https://(sensitive)@example.com' },
  { text: 'https://a:p@ss@example.com', expected: 'https://(sensitive)@example.com' },
  { text: 'at http://a:b@x/ and ftp://c:d@y/', expected: 'at http://(sensitive)@x/ and ftp://(sensitive)@y/' },
  { text: 'https://example.com/path?mail=a@b.c', expected: 'https://example.com/path?mail=a@b.c' },
  { text: 'mail a@b.c', expected: 'mail a@b.c' },
])('the password leaves $text', ({ text, expected }) => {
  expect(redactText(text)).toBe(expected);
});

test('sensitive fields are replaced at any depth, all else stays', () => {
  const value = {
    region: 'eu',
    hooks: [{ address: 'https://u:p@host/', secret: 's' }, 3, null, true],
    storage: { credential: { key: 'k' } },
    pem: '-----BEGIN RSA PRIVATE KEY-----\nMII',
    public_key: '-----BEGIN PUBLIC KEY-----\nMII',
  };

  const shown = redactValue('/capabilities/video', value);

  expect(shown).toEqual({
    region: 'eu',
    hooks: [{ address: 'https://(sensitive)@host/', secret: '(sensitive)' }, 3, null, true],
    storage: { credential: '(sensitive)' },
    pem: '(sensitive)',
    public_key: '-----BEGIN PUBLIC KEY-----\nMII',
  });
});

test('a value below a sensitive field is replaced whole', () => {
  expect(redactValue('/x/credentials', ['a', 'b'])).toBe('(sensitive)');
});

test('no text of a secret survives, wherever it stands', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { maxLength: 4 }), (members) => {
      const value = members.reduce<object>((inner, member) => ({ [member]: inner }), { secret: 'S3CR3T' });

      const shown = redactValue('', JSON.parse(JSON.stringify(value)));

      expect(JSON.stringify(shown)).not.toContain('S3CR3T');
    }),
  );
});
