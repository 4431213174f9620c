/** Takes secrets out of a text that came from outside. */
export type Scrub = (text: string) => string;

/** Shorter values are no secrets, and taking them out would make texts unreadable. */
const shortest = 4;

const authorization = /\b(basic|bearer)(\s+|%20|\+)[\w.~+/=%-]{6,}/gi;
const privateKey = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g;

/**
 * A function that replaces these values in all the forms servers and libraries echo them in, and anything that looks like an
 * Authorization header or a private key.
 */
export function scrubber(secrets: readonly string[]): Scrub {
  const forms = [...new Set(secrets.flatMap(formsOf))].filter((form) => form.length >= shortest);
  // The longest first: a form may hold another.
  const pattern = forms
    .toSorted((one, other) => other.length - one.length)
    .map(escapeRegExp)
    .join('|');
  const known = forms.length === 0 ? undefined : new RegExp(pattern, 'gi');
  return (text) => {
    const clean = text.replace(privateKey, '***').replace(authorization, '$1 ***');
    return known === undefined ? clean : clean.replace(known, '***');
  };
}

function formsOf(secret: string): readonly string[] {
  const percent = encodeURIComponent(secret);
  return [
    secret,
    percent,
    percent.replaceAll('%20', '+'),
    percent.replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`),
    JSON.stringify(secret).slice(1, -1),
    secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;'),
    ...base64FormsOf(secret),
  ];
}

/** Base64 of the value alone and inside a longer text: three alignments, without the characters that neighbours decide. */
function base64FormsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const inside = [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const usable = Math.floor(((offset + bytes.length) * 8) / 6);
    return text.slice(Math.ceil((offset * 8) / 6), usable);
  });
  const forms = [bytes.toString('base64'), ...inside.filter((text) => text.length >= 8)];
  return [...forms, ...forms.map((text) => text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, ''))];
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
