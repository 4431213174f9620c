// Control, format (bidirectional overrides, zero width) and line separating characters: what could move the cursor, or hide text.
const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const shortEscapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };
const longestShown = 160;

/** The text in one line, with everything a terminal would act on or not show written as an escape. */
export function visible(text: string): string {
  return text.replace(invisible, escapeCharacter);
}

function escapeCharacter(character: string): string {
  const short = shortEscapes[character];
  if (short !== undefined) return short;
  const code = Number(character.codePointAt(0)).toString(16);
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`;
}

/** A name as people read it: in double quotes, escaped, at most some 160 characters. */
export function quoted(text: string): string {
  return `"${visible(shorten(text).replace(/["\\]/g, '\\$&'))}"`;
}

/** Whether a text is shown shortened: it is long, or a key. */
export function isLong(text: string): boolean {
  return text.length > longestShown || text.startsWith('-----BEGIN ');
}

/** The beginning and the end of a long text; of a key its first line. */
export function shorten(text: string): string {
  if (!isLong(text)) return text;
  return text.startsWith('-----BEGIN ')
    ? `${text.slice(0, 60).replace(/\s*\n[\s\S]*/, '')}…`
    : `${text.slice(0, 100)}…${text.slice(-40)}`;
}

/**
 * A message that may have several lines, each made visible, after a prefix of ours; the lines after the first carry a gutter, so that
 * none can pose as ours.
 */
export function messageLines(message: string, prefix = ''): readonly string[] {
  return message.split('\n').map((line, index) => (index === 0 ? `${prefix}${visible(line)}` : `  | ${visible(line)}`));
}

/**
 * A document as JSON text, indented, with a newline at the end. What a terminal would act on or hide is escaped, so that printing it is safe
 * and parsing it gives the same document.
 */
export function jsonText(document: object): string {
  return `${escapeHidden(JSON.stringify(document, null, 2))}\n`;
}

/** JSON text with escapes in the place of what a terminal would act on or hide. */
export function escapeHidden(json: string): string {
  return json.replace(/[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu, escapeUnits);
}

/** JSON escapes are code units: a character beyond the basic plane takes two. */
function escapeUnits(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}
