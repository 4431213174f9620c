import { expect, test } from 'vitest';
import { parseUrl } from '../../src/core/parse-url.ts';

test('a text that is a URL is one, outside ASCII too, also after 5,000 others', () => {
  for (let n = 0; n < 5_000; n += 1) expect(parseUrl(`https://host-${n}.example/path`)?.host).toBe(`host-${n}.example`);

  expect(parseUrl('https://bücher.example/straße')?.href).toBe('https://xn--bcher-kva.example/stra%C3%9Fe');
});

test.each(['', 'https://', 'no url', '//host', 'https://a b'])('%j is none', (text) => {
  expect(parseUrl(text)).toBeUndefined();
});
