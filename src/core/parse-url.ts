/**
 * The URL that a text is; undefined when it is none. Not by URL.canParse, which answers false for text outside ASCII once V8 has optimized
 * its caller (seen with Node.js 20).
 */
export function parseUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
