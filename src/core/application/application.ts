import type { JsonObject } from '../json.ts';

declare const applicationId: unique symbol;

/** An application's id: a UUID in lower case with dashes, whatever spelling the API used. Ids compare by this form alone. */
export type ApplicationId = string & { readonly [applicationId]: true };

const hexDigits = /^[0-9a-f]{32}$/;

/** The id in its one form, or undefined when the text is not 32 hexadecimal digits, dashed or not. */
export function parseApplicationId(text: string): ApplicationId | undefined {
  const digits = text.toLowerCase().replaceAll('-', '');
  if (!hexDigits.test(digits)) return undefined;
  const groups = [
    digits.slice(0, 8),
    digits.slice(8, 12),
    digits.slice(12, 16),
    digits.slice(16, 20),
    digits.slice(20),
  ];
  return groups.join('-') as ApplicationId;
}

/** One application as the account's API shows it. */
export interface Application {
  readonly id: ApplicationId;
  readonly name: string;
  /**
   * Everything the API returned but `id`, `_links` and `keys.private_key`, members we do not know included. Timeouts are spelt
   * `connect_timeout`; the client translates at the wire.
   */
  readonly body: JsonObject;
}

/** The live state: all applications the account's API lists. */
export interface LiveState {
  readonly applications: readonly Application[];
  /** Whether every page agreed on how many there are. An unstable listing may miss applications. */
  readonly stable: boolean;
  /**
   * Ids asked for that no page held and whose GET was answered by the API's own 404.
   */
  readonly missing: ReadonlySet<ApplicationId>;
  /** Ids asked for that no page held and about which no GET brought a verdict: a gateway's 404, a failure, or none was sent. */
  readonly unconfirmed: ReadonlySet<ApplicationId>;
  /** The API's own time when the listing began (`Date` header), in milliseconds since 1970; undefined when it does not say. */
  readonly serverTime?: number;
  /** How long it took, in milliseconds. */
  readonly tookMs?: number;
}
