import { isMap, isSeq, type ParsedNode, type YAMLMap } from 'yaml';
import { keyText } from '../manifest/locate.ts';
import { membersAt, type Path } from '../manifest/schema.ts';

/** Puts members into the order of the schema, all levels of a manifest's document; those it does not know stay behind, in their order. */
export function orderMembers(node: ParsedNode | null, path: Path = []): void {
  if (isSeq<ParsedNode>(node)) for (const [index, item] of node.items.entries()) orderMembers(item, [...path, index]);
  if (!isMap<ParsedNode, ParsedNode | null>(node)) return;
  orderMap(node, membersAt(path));
  for (const { key, value } of node.items) orderMembers(value, [...path, `${keyText(key)}`]);
}

function orderMap(map: YAMLMap<ParsedNode, ParsedNode | null>, members: readonly string[]): void {
  const rank = ({ key }: { readonly key: ParsedNode }) => {
    const index = members.indexOf(`${keyText(key)}`);
    return index < 0 ? members.length : index;
  };
  const [first] = map.items;
  const ordered = [...map.items].sort((one, other) => rank(one) - rank(other));
  const [next] = ordered;
  map.items = ordered;
  if (first === undefined || next === undefined || next === first) return;
  // A comment above the first member is kept with the whole map: it goes where that member goes.
  setComment(first.key, [...commentOf(map), ...commentOf(first.key)]);
  setComment(map, []);
  leaveEditorLine(first.key, next.key);
  next.key.spaceBefore = false;
}

/** The line that names the schema is for the whole file, and some editors read it at the top only. */
function leaveEditorLine(first: ParsedNode, next: ParsedNode): void {
  const isForEditor = (line: string) => line.trimStart().startsWith('yaml-language-server:');
  const lines = commentOf(first);
  setComment(
    first,
    lines.filter((line) => !isForEditor(line)),
  );
  setComment(next, [...lines.filter(isForEditor), ...commentOf(next)]);
}

type Commented = Pick<ParsedNode, 'commentBefore'>;

function commentOf({ commentBefore }: Commented): readonly string[] {
  return typeof commentBefore === 'string' ? commentBefore.split('\n') : [];
}

function setComment(node: Commented, lines: readonly string[]): void {
  node.commentBefore = lines.length === 0 ? null : lines.join('\n');
}
