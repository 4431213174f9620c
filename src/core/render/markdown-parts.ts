/** Something that is shown as a whole or not at all, and how many changes it stands for. */
export interface Item {
  readonly text: string;
  readonly count: number;
}

/** A part of the page: left out as a whole when nothing in it fits. */
export interface Section {
  /** What its items are, after a number: "3 to create". */
  readonly of: string;
  readonly opening: string;
  readonly items: readonly Item[];
  readonly closing: string;
}

/** What does not fit of a section. */
export interface LeftOut {
  readonly of: string;
  readonly count: number;
}

/** As much of the sections as fits into so many bytes of UTF-8, and what does not. */
export function packSections(
  sections: readonly Section[],
  bytes: number,
): { readonly text: string; readonly leftOut: readonly LeftOut[] } {
  let left = bytes;
  const leftOut: LeftOut[] = [];
  let text = '';
  for (const { of, opening, items, closing } of sections) {
    const { taken, room, refused } = packItems(items, left - byteLength(opening) - byteLength(closing));
    if (refused > 0) leftOut.push({ of, count: refused });
    if (taken.length === 0) continue;
    text += `${opening}${taken.join('')}${closing}`;
    left = room;
  }
  return { text, leftOut };
}

function packItems(items: readonly Item[], bytes: number) {
  const taken: string[] = [];
  let room = bytes;
  let refused = 0;
  for (const { text, count } of items) {
    const size = byteLength(text);
    if (size > room) refused += count;
    else {
      taken.push(text);
      room -= size;
    }
  }
  return { taken, room, refused };
}

/**
 * Inside `<pre>` nothing is markdown, and GitHub makes no mentions and references; the entities keep the element closed. A slash at the start
 * of a line is one, too, because GitLab takes such lines for commands: docs.gitlab.com, "GitLab quick actions".
 */
export function preformatted(lines: readonly string[]): string {
  return `<pre>${lines.map((line) => escapeHtml(line).replace(/^(\s*)\//, '$1&#47;')).join('\n')}</pre>\n\n`;
}

/** A short text in the letters of code. Unlike in `<pre>`, GitHub looks for addresses here and would make links of them. */
export function code(text: string): string {
  const linkless = escapeHtml(text)
    .replaceAll('://', '&#58;//')
    .replaceAll(/(www)\./gi, '$1&#46;');
  return `<code>${linkless}</code>`;
}

/** All ASCII punctuation but what is harmless everywhere: an entity is never markup (CommonMark 0.31, section 2.5). */
function escapeHtml(text: string): string {
  return text.replace(/[!-/:-@[-`{-~]/g, (character) =>
    harmless.has(character) ? character : `&#${character.charCodeAt(0)};`,
  );
}

const harmless = new Set([' ', ',', '.', ':', ';', '-', '+', '=', '(', ')', '/', '?', '%', '$', '_', '"']);

/** Bytes of UTF-8. */
export function byteLength(text: string): number {
  return new TextEncoder().encode(text).byteLength;
}
