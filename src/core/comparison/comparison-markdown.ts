import { accountMarker } from '../comments/comment-marker.ts';
import { plainLayout } from '../render/layout.ts';
import { byteLength, code, type Item, packSections, preformatted } from '../render/markdown-parts.ts';
import type { Comparison } from './compare-manifests.ts';
import { type ComparedWith, comparedLine, countLine, differenceLines, incomparableLine } from './comparison-text.ts';

/** How a comparison is made a comment. */
export interface ComparisonMarkdownOptions extends ComparedWith {
  /** Name of the account, for the marker. */
  readonly name: string;
  readonly summary?: boolean;
  /** Longest text, in bytes of UTF-8. */
  readonly maxBytes: number;
}

/** What of a block can be seen beside a pull request without scrolling. */
const layout = { ...plainLayout, columns: 100 };

/** A comparison as a comment on a pull request, cut between manifests where it is too long. */
export function comparisonMarkdown(comparison: Comparison, options: ComparisonMarkdownOptions): string {
  const { name, summary, maxBytes } = options;
  const head = `${accountMarker(name)}\n${code(comparedLine(options))}\n\n**${countLine(comparison)}**\n\n`;
  const differences = comparison.differences.map((one): Item => item(differenceLines(one, layout)));
  const invalid = comparison.incomparable.map((one): Item => item([incomparableLine(one)]));
  const items = summary === true ? [] : [...invalid, ...differences];
  const section = { of: 'manifests', opening: '', items, closing: '' };
  const room = maxBytes - byteLength(head) - byteLength(restLine(items.length));
  const { text, leftOut } = packSections([section], room);
  return `${head}${text}${leftOut.map(({ count }) => restLine(count)).join('')}`;
}

function item(lines: readonly string[]): Item {
  return { text: preformatted(lines), count: 1 };
}

function restLine(count: number): string {
  return `**More omitted here because of the length: ${count} manifests.**\n`;
}
