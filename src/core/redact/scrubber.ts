import { secretForms } from './forms.ts';
import { redactKeys, redactPlaces, redactText, sensitive } from './patterns.ts';

/** Takes secrets out of a text that is about to leave. */
export type Scrub = (text: string) => string;

/**
 * Shortest secret that is looked for by its value. An API key of Vonage has 8 characters and a secret 8 to 25. Shorter values stand in
 * ordinary text by chance: taking them out would make output unreadable, and show where they are. In a URL, an Authorization header or a
 * secret field they are recognized by their place, however short.
 */
const shortestSecret = 8;

/**
 * A function that replaces these values in all the forms in which they are echoed, and what is a secret by its shape: private keys,
 * Authorization headers, users and passwords of URLs, secret fields. Make it once for a set of values: that is what takes time.
 */
export function scrubber(secrets: readonly string[]): Scrub {
  const values = lookedFor(secrets);
  if (values.length === 0) return redactText;
  const known = patternOf(values);
  // Headers before values, which would leave the user's half of a header; URLs after them, of which one may be a secret as a whole.
  return (text) => redactPlaces(redactKeys(text).replace(known, sensitive));
}

/**
 * A function that tells whether a text holds one of these values in any form; undefined when none of them is long enough. What takes time
 * is done for the first text: most plans have none to look at, while a daemon has the secrets of all accounts.
 */
export function finder(secrets: readonly string[]): ((text: string) => boolean) | undefined {
  const values = lookedFor(secrets);
  if (values.length === 0) return undefined;
  let known: RegExp | undefined;
  return (text) => {
    known ??= patternOf(values);
    return text.search(known) >= 0;
  };
}

/** Whether the text holds one of these values as it is. */
export function holdsSecret(text: string, secrets: readonly string[]): boolean {
  return secrets.some((secret) => secret.length >= shortestSecret && text.includes(secret));
}

const pemParts = /-----(BEGIN|END)[A-Z0-9 ]*(-----)?|[A-Za-z0-9+/=]{48,}/g;
const controls = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * Makes of a text out of a manifest what may be shown to people: without secrets, without what looks like a part of a key, and with
 * dots for characters that could fool a terminal.
 */
export function shownTextBy(secrets: readonly string[]): Scrub {
  let scrub: Scrub | undefined;
  return (text) => {
    scrub ??= scrubber(secrets);
    return scrub(text).replace(pemParts, sensitive).replace(controls, '·');
  };
}

function lookedFor(secrets: readonly string[]): readonly string[] {
  return [...new Set(secrets)].filter(({ length }) => length >= shortestSecret);
}

/** The longest first: a form may hold another. */
function patternOf(values: readonly string[]): RegExp {
  const forms = values.toSorted((one, other) => other.length - one.length).flatMap(secretForms);
  return new RegExp(forms.join('|'), 'gi');
}
