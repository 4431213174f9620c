/** Where the `type` of the API's errors is. Source: docs/api-notes.md#errors. */
const documentationHosts = new Set(['developer.nexmo.com', 'developer.vonage.com']);

/** The fragment of an error's `type`, such as `#not-found`; undefined when the type is not one of the API. */
export function apiFragment(type: string | undefined): string | undefined {
  if (type === undefined || !URL.canParse(type)) return undefined;
  const { protocol, host, hash } = new URL(type);
  return protocol === 'https:' && documentationHosts.has(host) ? hash : undefined;
}
