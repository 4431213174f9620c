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
  /** Without the marker, with a line break at the end. */
  readonly text: string;
}

/**
 * The comments that the Markdown of plans makes: one for each account; of more than five accounts a single one. What stands before the first
 * account is in each. A comment that would be too long is cut after the head of an account, never within something, and never goes on in
 * another comment. Undefined when the text is not that of plans.
 */
export function planComments(markdown: string): readonly PlanComment[] | undefined {
  const split = splitMarkdown(markdown);
  if (split === undefined) return undefined;
  const { preface, parts } = split;
  if (parts.length > mostComments) return [commentOf(allAccountsMarker, preface, parts)];
  return parts.map((part) => commentOf(part.marker, preface, [part]));
}

function splitMarkdown(markdown: string): { readonly preface: string; readonly parts: readonly Part[] } | undefined {
  if (markerOf(markdown) === undefined) return undefined;
  let preface = '';
  const parts: { marker: string; text: string }[] = [];
  for (const line of markdown.replace(/\r\n/g, '\n').trimEnd().split('\n')) {
    const marker = markerOf(line);
    const last = parts.at(-1);
    if (marker === plansMarker) continue;
    if (marker !== undefined) parts.push({ marker, text: '' });
    else if (last === undefined) preface += `${line}\n`;
    else last.text += `${line}\n`;
  }
  return { preface, parts };
}

/** The heads of as many accounts as have room, then the rest of as many of these. */
function commentOf(marker: string, preface: string, parts: readonly Part[]): PlanComment {
  const opening = `${marker}\n${preface}`;
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
