import { isCollection, type Pair, type YAMLMap } from 'yaml';
import { keyText } from '../manifest/locate.ts';
import { rangeOf } from './range-of.ts';
import type { TextLines } from './text-lines.ts';

/** Where the key of a pair begins. */
export function keyStart(pair: Pair): number {
  return rangeOf(pair.key)[0];
}

/** Behind the colon of a pair; undefined where something else comes between key and colon. */
export function colonEnd(pair: Pair, { text }: TextLines): number | undefined {
  const keyEnd = rangeOf(pair.key)[1];
  const colon = text.indexOf(':', keyEnd);
  return text.slice(keyEnd, colon).trim() === '' ? colon + 1 : undefined;
}

/** Where the value of a pair ends; where the key does, when there is none. */
export function valueEnd(pair: Pair, lines: TextLines): number {
  const end = colonEnd(pair, lines) ?? rangeOf(pair.key)[1];
  return Math.max(end, rangeOf(pair.value)[1]);
}

/** Where what a pair says ends: after the last character that is no white space. A comment that ends a block collection counts. */
export function contentEnd(pair: Pair, lines: TextLines): number {
  const start = keyStart(pair);
  return start + lines.text.slice(start, valueEnd(pair, lines)).trimEnd().length;
}

/** Where the lines of a pair end: comments below it that are indented more than its key belong to it. */
export function pairEnd(pair: Pair, lines: TextLines): number {
  const column = lines.columnOf(keyStart(pair));
  let end = lines.endOf(contentEnd(pair, lines));
  for (let at = end; at < lines.text.length; at = lines.endOf(at)) {
    const comment = lines.commentAt(at);
    if (comment !== undefined && comment.indentation > column) end = lines.endOf(at);
    else if (!lines.isBlank(at)) break;
  }
  return end;
}

/** Where the lines of a pair begin: comments right above it that are indented as its key is belong to it, unless they stand for another member. */
export function pairStart(pair: Pair, lines: TextLines, others: readonly string[]): number {
  const column = lines.columnOf(keyStart(pair));
  let start = lines.startOf(keyStart(pair));
  while (start > lines.start) {
    const above = lines.startOf(start - 1);
    const comment = lines.commentAt(above);
    if (comment?.indentation !== column || others.some((name) => standsFor(comment.text, name))) break;
    start = above;
  }
  return start;
}

/** The line of a comment that stands for a member of a block mapping: `# http_method: GET`. */
export function remarkOf(map: YAMLMap, member: string, lines: TextLines): number | undefined {
  const column = lines.columnOf(keyStart(map.items[0] as Pair));
  const contents = map.items.map((pair) => [keyStart(pair), contentEnd(pair, lines)] as const);
  const first = pairStart(map.items[0] as Pair, lines, []);
  const last = lines.endOf(contentEnd(map.items.at(-1) as Pair, lines));
  const isInside = (at: number) => contents.some(([from, to]) => from < at && at < to);
  for (let at = first; at < lines.text.length; at = lines.endOf(at)) {
    const comment = lines.commentAt(at);
    if (at >= last && comment === undefined) return undefined;
    if (comment?.indentation === column && !isInside(at) && standsFor(comment.text, member)) return at;
  }
  return undefined;
}

/** What an export writes in the place of a member that it does not declare. */
const remark = /^# ?([\w-]+): (?:\S+|.*(?:left as it is \(.*|set by the server))$/;

function standsFor(comment: string, member: string): boolean {
  return remark.exec(comment)?.[1] === member;
}

/** Whether it is a list or an object that is written over lines, without brackets. */
export function isBlock(node: unknown): boolean {
  return isCollection(node) && node.flow !== true;
}

/** The name of a member, as it stands; empty for a key that is a list or an object. */
export function nameOf({ key }: Pair): string {
  return keyText(key) ?? '';
}

/** The names of a mapping's members, as they stand. */
export function namesOf(map: YAMLMap): readonly string[] {
  return map.items.map(nameOf);
}

/** Whether the pair's value is an object in brackets with something in it. */
export function isFlowObject({ value }: Pair): boolean {
  return isCollection(value) && value.flow === true && value.items.length > 0;
}
