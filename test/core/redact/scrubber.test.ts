import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { finder, scrubber } from '../../../src/core/redact/scrubber.ts';

const secret = 'p4ss&word "x/+\\é\n<>\'';
const scrub = scrubber([secret, 'a1b2c3d4']);
const html = (text: string) =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
const base64 = (text: string) => Buffer.from(text).toString('base64');
const unicode = (text: string) =>
  text.replace(/[^a-z0-9]/gi, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

describe('a known secret', () => {
  test.each([
    { title: 'plain', text: secret },
    { title: 'in capitals', text: secret.toUpperCase() },
    { title: 'in JSON', text: JSON.stringify(secret).slice(1, -1) },
    { title: 'in JSON in JSON', text: JSON.stringify(JSON.stringify(secret)).slice(3, -3) },
    { title: 'in JSON of ASCII', text: unicode(secret) },
    { title: 'percent-encoded', text: encodeURIComponent(secret) },
    { title: 'percent-encoded in lower case', text: encodeURIComponent(secret).toLowerCase() },
    { title: 'percent-encoded twice', text: encodeURIComponent(encodeURIComponent(secret)) },
    { title: 'in a form', text: new URLSearchParams({ '': secret }).toString().slice(1) },
    { title: 'in HTML', text: html(secret) },
    { title: 'in HTML in HTML', text: html(html(secret)) },
    { title: 'in base64', text: base64(secret) },
    { title: 'in base64url', text: Buffer.from(secret).toString('base64url') },
    { title: 'in percent-encoded base64', text: encodeURIComponent(base64(secret)) },
  ])('is taken out $title', ({ text }) => {
    expect(scrub(`<${text}>`)).toBe('<(sensitive)>');
  });

  test.each([0, 1, 2])('is taken out of base64 behind %d characters', (count) => {
    const text = base64(`${'x'.repeat(count)}${secret}y`);

    expect(scrub(text)).toContain('(sensitive)');
    expect(scrub(text).length).toBeLessThan('(sensitive)'.length + 9);
  });

  test('takes the whole header with it', () => {
    expect(scrub(`Basic ${base64(`a1b2c3d4:${secret}`)}`)).toBe('Basic (sensitive)');
  });

  test('that is an address leaves no path behind', () => {
    const address = 'https://u:p@hooks.example.com/T0/path';

    expect(scrubber([address])(`POST ${address}`)).toBe('POST (sensitive)');
  });

  test('that holds another one is taken out as a whole', () => {
    expect(scrubber(['12345678', '12345678-9'])('a 12345678-9 b')).toBe('a (sensitive) b');
  });

  test('of seven characters is ordinary text, and is known by its place', () => {
    const short = scrubber(['seven77']);

    expect(short('a seven77 b https://u:seven77@host')).toBe('a seven77 b https://(sensitive)@host');
    expect(finder(['seven77'])).toBeUndefined();
  });

  test('costs nothing until there is a text to look at', () => {
    const encoded = vi.spyOn(Buffer, 'from');

    const holds = finder([secret]);
    const before = encoded.mock.calls.length;
    const found = holds?.(`a ${secret} b`);
    vi.restoreAllMocks();

    expect(before).toBe(0);
    expect(found).toBe(true);
  });

  test('is found in all these forms', () => {
    expect(finder([secret])?.(encodeURIComponent(secret))).toBe(true);
    expect(finder([secret])?.('p4ss')).toBe(false);
  });
});

test('whatever a secret is made of, no form of it survives, and a text without any stays', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 8, maxLength: 20, unit: 'grapheme' }), (value) => {
      const one = scrubber([value]);
      const forms = [value, JSON.stringify(value).slice(1, -1), html(value), base64(`user:${value}`)];

      for (const form of forms) expect(one(`[${form}]`)).toContain('(sensitive)');
      expect(one('Plan: 1 to create.')).toBe('Plan: 1 to create.');
    }),
    { numRuns: 20 },
  );
});
