const program = 'vonage-gitops';
const markerLine = /^<!-- vonage-gitops(?::([\w.%*-]*))? -->$/;

/** Of the one comment for many accounts. No account has it: an asterisk is escaped in names. */
export const allAccountsMarker = `<!-- ${program}:* -->`;

/** What the Markdown of several plans begins with, before the marker of the first account. */
export const plansMarker = `<!-- ${program} -->`;

/** What the Markdown of an account begins with: a comment that is not shown, by which the account's comment on a pull request is found again. */
export function accountMarker(name: string): string {
  return `<!-- ${program}:${encoded(name)} -->`;
}

/** The marker that the first line of a text is; undefined when it is another line. */
export function markerOf(text: string): string | undefined {
  const first = text.replace(/\r?\n[\s\S]*$|\r$/, '');
  return markerLine.test(first) ? first : undefined;
}

/** The account of a marker, for people. */
export function markedAccount(marker: string): string {
  const [, name = ''] = markerLine.exec(marker) ?? [];
  return decoded(name);
}

/**
 * Percent signs and hexadecimal digits in the place of all but letters, digits, dots and single dashes, so that no name ends the comment,
 * and no two names have one marker.
 */
function encoded(name: string): string {
  return [...new TextEncoder().encode(name)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[a-z0-9.-]/i.test(character) ? character : escaped(byte);
    })
    .join('')
    .replace(/^-|-$|(?<=-)-/g, escaped(0x2d));
}

function escaped(byte: number): string {
  return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name; // not written by this program
  }
}
