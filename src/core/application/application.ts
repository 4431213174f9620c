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

/** An application on a page of a listing whose id or name cannot be read. */
export interface UnreadableApplication {
  /** Undefined when that is what cannot be read. */
  readonly id?: ApplicationId;
  /** Its id, or its place in the listing, for people. */
  readonly where: string;
  /** Which field, and what it is instead: `"name" is null`. */
  readonly problem: string;
}

/** The live state: all applications the account's API lists. */
export interface LiveState {
  readonly applications: readonly Application[];
  /**
   * Whether every page agreed on how many there are, and all of them can be read. A listing that is not stable may miss applications:
   * nothing is created, adopted or deleted from it.
   */
  readonly stable: boolean;
  /** The API did not say how many there are: two readings agreed, which is not enough to call anything missing or to delete. */
  readonly uncounted?: true;
  /** What the listing shows and is in none of the other fields; those of them that were asked for are `unconfirmed`. */
  readonly unreadable?: readonly UnreadableApplication[];
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
