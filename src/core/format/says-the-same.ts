import { CST, isAlias, isMap, isScalar, isSeq, Lexer, Scalar } from 'yaml';
import { compareTexts } from '../compare.ts';
import { type Json, jsonEquals } from '../json.ts';
import type { YamlFile } from '../manifest/parse-yaml.ts';

/** A file as text and as parsed. */
export interface ReadFile {
  readonly text: string;
  readonly file: YamlFile;
}

/** Whether two files hold the same values and the same comments. Numbers and flags must be written alike, too: 017 is not 17 to everyone. */
export function saysTheSame(one: ReadFile, other: ReadFile): boolean {
  const isSame = jsonEquals(valuesIn(one), valuesIn(other));
  return isSame && jsonEquals(commentsIn(one.text), commentsIn(other.text));
}

function valuesIn({ file }: ReadFile): Json {
  return file.documents.map(({ contents }) => nodeValue(contents));
}

/** A node with all that a reader could see of it; a map's members in an order of their own. */
function nodeValue(node: unknown): Json {
  if (isAlias(node)) return ['alias', node.source];
  if (isScalar(node)) return ['scalar', `${node.anchor} ${node.tag}`, ...scalarOf(node)];
  if (isSeq(node)) return ['list', `${node.anchor} ${node.tag}`, ...node.items.map(nodeValue)];
  if (!isMap(node)) return null;
  const members = node.items.map(({ key, value }): readonly [string, Json] => [
    JSON.stringify(nodeValue(key)),
    nodeValue(value),
  ]);
  members.sort(([one], [another]) => compareTexts(one, another));
  return ['map', `${node.anchor} ${node.tag}`, ...members.map(([key, value]): Json => [key, value])];
}

function scalarOf({ value, source, type }: Scalar): readonly Json[] {
  if (typeof value !== 'string') return ['other', value === null ? 'null' : `${source}`];
  const isReread = value.includes('${') && type === Scalar.PLAIN;
  return ['text', value, isReread];
}

function commentsIn(text: string): readonly string[] {
  const comments = [...new Lexer().lex(text)].filter((lexeme) => CST.tokenType(lexeme) === 'comment');
  return comments.map((comment) => comment.trimEnd()).sort(compareTexts);
}
