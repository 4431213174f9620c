import { redactUrl, sensitive } from './redact-value.ts';

/** The beginning of a private key in any of the usual PEM forms. */
export const privateKeyStart = /-----BEGIN[A-Z0-9 ]*PRIVATE KEY/;

/** Shortest secret that is looked for: shorter ones occur in ordinary text by chance. */
const shortestSecret = 8;

/** Whether the text holds the value of a configured secret. */
export function holdsSecret(text: string, secrets: readonly string[]): boolean {
  return secrets.some((secret) => secret.length >= shortestSecret && text.includes(secret));
}

const pemParts = /-----(BEGIN|END)[A-Z0-9 ]*(-----)?|[A-Za-z0-9+/=]{48,}/g;
const controls = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * A text as it may be shown to people: configured secrets, passwords in URLs and what looks like a part of a key are replaced,
 * and characters that could fool a terminal are dots.
 */
export function shownText(text: string, secrets: readonly string[]): string {
  let shown = text;
  for (const secret of secrets) {
    if (secret.length >= shortestSecret) shown = shown.replaceAll(secret, sensitive);
  }
  return redactUrl(shown.replace(pemParts, sensitive)).replace(controls, '·');
}
