import { parseUrl } from '../core/parse-url.ts';

/** What an address of the API must be, in words. */
export const expectedApiUrl = 'expected an http or https URL without user name, password, query or fragment';

/** Whether a text can be an address of the API. Where credentials may go is decided elsewhere. */
export function isApiUrl(text: string): boolean {
  const url = parseUrl(text);
  if (url === undefined) return false;
  const plain = url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  return plain && ['http:', 'https:'].includes(url.protocol);
}
