/** What the Markdown of an account begins with: a comment that no one sees, by which the account's comment on a pull request is found again. */
export function accountMarker(name: string): string {
  return `<!-- ${program}:${encoded(name)} -->`;
}

const program = 'vonage-gitops';

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
