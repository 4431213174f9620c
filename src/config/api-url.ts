import { parseUrl } from '../core/parse-url.ts';

/** What an address of the API must be, in words. */
export const expectedApiUrl = 'expected an http or https URL without user name, password, query or fragment';

/** Whether a text can be an address of the API. Where credentials may go is decided elsewhere. */
export function isApiUrl(text: string): boolean {
  return apiUrlProblem(text) === undefined;
}

/** Why a text cannot be an address of the API; undefined when it can. The text is not part of it: there may be a password in it. */
export function apiUrlProblem(text: string): string | undefined {
  if (!/^[a-z][a-z\d+.-]*:\/\//i.test(text)) return `${expectedApiUrl}: it has no scheme, write https://HOST`;
  const url = parseUrl(text);
  if (url === undefined || /^[^:]+:\/\/([/?#]|$)/.test(text))
    return `${expectedApiUrl}: the host is missing or not valid`;
  const plain = url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (!plain || !['http:', 'https:'].includes(url.protocol)) return expectedApiUrl;
  return /^\/v\d+(\/|$)/.test(url.pathname)
    ? `write the host only, ${url.protocol}//HOST: the path is added`
    : undefined;
}
