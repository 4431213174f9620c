import type { CST } from 'yaml';

/** What a document was cut by: that many members and items, the first of which stands at an offset. */
export interface Cut {
  readonly count: number;
  readonly offset: number;
}

/** Most members and items of one document, those inside others included. Turning more into a document takes too long at a stretch. */
export const maxItems = 4000;
/** Levels of collections that are kept: one more than may be used, so that the reader of values sees what is wrong. */
const maxLevels = 66;

interface Cutting {
  items: number;
  count: number;
  offset: number | undefined;
}

/**
 * Takes everything out of a parsed document, before it is turned into values, that stands behind the first 4,000 members and items, or
 * deeper than any manifest is; undefined when it is small enough. What is inside of something taken out is not counted.
 */
export function cutDocument({ value }: CST.Document): Cut | undefined {
  const cutting: Cutting = { items: 0, count: 0, offset: undefined };
  if (value !== undefined) cutToken(value, 1, cutting);
  const { count, offset } = cutting;
  return offset === undefined ? undefined : { count, offset };
}

function cutToken(token: CST.Token, level: number, cutting: Cutting): void {
  if (!('items' in token)) return;
  if (level > maxLevels) token.items.length = 0;
  for (const [index, { key, value }] of token.items.entries()) {
    if (cutting.items >= maxItems) {
      cutting.count += token.items.length - index;
      cutting.offset ??= (key ?? value ?? token).offset;
      token.items.length = index;
      return;
    }
    cutting.items += 1;
    if (key) cutToken(key, level + 1, cutting);
    if (value) cutToken(value, level + 1, cutting);
  }
}
