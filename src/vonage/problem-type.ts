import { parseUrl } from '../core/parse-url.ts';

/** Where the `type` of the API's errors is. Source: docs/api-notes.md#errors. */
const documentationHosts = new Set(['developer.nexmo.com', 'developer.vonage.com']);

/** The fragment of an error's `type`, such as `#not-found`; undefined when the type is not one of the API. */
export function apiFragment(type: string | undefined): string | undefined {
  const url = parseUrl(type ?? '');
  return url?.protocol === 'https:' && documentationHosts.has(url.host) ? url.hash : undefined;
}
