import { plural } from '../plural.ts';
import { byteLength } from '../render/markdown-parts.ts';
import { allAccountsMarker, markerOf, plansMarker } from './comment-marker.ts';

/** A comment as it should be: its first line is its marker. */
export interface PlanComment {
  readonly marker: string;
  readonly body: string;
}

/** Longest comment, in bytes of UTF-8. GitHub refuses more than 65,536 characters, GitLab more than 1,000,000. */
const mostBytes = 65_000;
/** With more accounts, one comment is for all of them. */
const mostComments = 5;

interface Part {
  readonly marker: string;
  /** What stands before the account and those beside it, such as what is known of their commit. */
  readonly preface: string;
  /** Without the marker, with a line break at the end. */
  readonly text: string;
}

/**
 * The comments that the Markdown of plans makes: one for each account; of more than five accounts a single one. What stands before the first
 * account is in each. A comment that would be too long is cut after the head of an account, never within something, and never goes on in
 * another comment. Undefined when the text is not that of plans.
 */
export function planComments(markdown: string): readonly PlanComment[] | undefined {
  if (markerOf(markdown) === undefined) return undefined;
  const parts = partsOf(markdown);
  if (parts.length > mostComments) return [commentOf(allAccountsMarker, parts)];
  return parts.map((part) => commentOf(part.marker, [part]));
}

/** Several texts, each with a preface, may stand one after another. */
function partsOf(markdown: string): readonly Part[] {
  let preface = '';
  const parts: { marker: string; preface: string; text: string }[] = [];
  let part: (typeof parts)[number] | undefined;
  for (const line of markdown.replace(/\r\n/g, '\n').trimEnd().split('\n')) {
    const marker = markerOf(line);
    if (marker === plansMarker) {
      part = undefined;
      preface = '';
    } else if (marker !== undefined) {
      part = { marker, preface, text: '' };
      parts.push(part);
    } else if (part === undefined) preface += `${line}\n`;
    else part.text += `${line}\n`;
  }
  return parts;
}

/** The heads of as many accounts as have room, then the rest of as many of these. */
function commentOf(marker: string, parts: readonly Part[]): PlanComment {
  const opening = `${marker}\n${[...new Set(parts.map(({ preface }) => preface))].join('')}`;
  let room = mostBytes - byteLength(opening) - byteLength(moreLine(parts.length));
  const shown: { text: string; readonly whole: string }[] = [];
  for (const part of parts) {
    const head = headOf(part);
    if (byteLength(head) > room) break;
    shown.push({ text: head, whole: `${part.text.trimEnd()}\n\n` });
    room -= byteLength(head);
  }
  for (const one of shown) {
    const more = byteLength(one.whole) - byteLength(one.text);
    if (more > room) continue;
    one.text = one.whole;
    room -= more;
  }
  const left = parts.length - shown.length;
  const texts = shown.map(({ text }) => text).join('');
  return { marker, body: `${opening}${texts}${left === 0 ? '' : moreLine(left)}` };
}

/** Up to the first section: in the Markdown of a plan only those begin so at the start of a line. */
function headOf({ text }: Part): string {
  const end = text.search(/^(#### |<details>)/m);
  return end === -1
    ? `${text.trimEnd()}\n\n`
    : `${text.slice(0, end).trimEnd()}\n\n**Its changes are omitted here because of the length. The plan has them all.**\n\n`;
}

function moreLine(count: number): string {
  return `**${plural(count, 'more account')} omitted here because of the length. The plan has them all.**\n`;
}
