import fc from 'fast-check';
import { expect, test } from 'vitest';
import { slugOf } from '../../../src/keys/delivery/slug.ts';

test.each([
  { name: 'Support line', slug: 'support-line' },
  { name: '../../etc/passwd', slug: 'etc-passwd' },
  { name: '.', slug: 'app' },
  { name: '☎️', slug: 'app' },
  { name: 'Çağrı', slug: 'a-r' },
  { name: 'NUL', slug: 'app-nul' },
  { name: 'com1', slug: 'app-com1' },
  { name: 'x'.repeat(300), slug: 'x'.repeat(60) },
])('$name becomes $slug', ({ name, slug }) => {
  expect(slugOf(name)).toBe(slug);
});

test('no name leads out of a directory, or to a hidden file', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (name) => /^[a-z0-9][a-z0-9-]{0,63}$/.test(slugOf(name))));
});
