/** Most bytes of one response that are received. */
export const maxReceivedBytes = 32 * 1024 * 1024;

/** Most bytes one response may have once it is inflated. */
export const maxInflatedBytes = 64 * 1024 * 1024;

/** Deepest nesting of JSON that is read: what compares and prints bodies calls itself once per level. */
const maxDepth = 64;

/** Most brackets, commas and strings of one response: empty objects take some fifty bytes of memory each, and three on the wire. */
const maxParts = 2_000_000;

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const openingBracket = 0x5b;
const closingBracket = 0x5d;
const openingBrace = 0x7b;
const closingBrace = 0x7d;

/** Why a text must not be parsed as JSON, or undefined when it may, or cannot be JSON at all. Takes no memory, whatever the text. */
export function excessOfJson(text: string): string | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  let depth = 0;
  let parts = 0;
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case quote:
        at = endOfString(text, at);
        break;
      case closingBracket:
      case closingBrace:
        depth -= 1;
        break;
      case openingBracket:
      case openingBrace:
        depth += 1;
        break;
      case comma:
        break;
      default:
        continue;
    }
    parts += 1;
    if (depth > maxDepth) return `its JSON is nested deeper than ${maxDepth}`;
    if (parts > maxParts) return `its JSON has more than ${maxParts} parts`;
  }
  return undefined;
}

/** Where the string that begins there ends. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const sign = text.charCodeAt(at);
    if (sign === quote) return at;
    if (sign === backslash) at += 1;
  }
  return text.length;
}
