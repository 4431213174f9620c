/** What an address of the API must be, in words. */
export const expectedApiUrl = 'expected an http or https address without user name, password, query and fragment';

/** Whether a text can be an address of the API. Where credentials may go is decided elsewhere. */
export function isApiUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  const plain = url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  return plain && ['http:', 'https:'].includes(url.protocol);
}
