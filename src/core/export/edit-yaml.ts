import { type Json, type JsonObject, jsonEquals } from '../json.ts';
import { AliasTargets, type YamlDocument } from '../manifest/locate.ts';
import { parseYaml, type YamlFile } from '../manifest/parse-yaml.ts';
import type { Path } from '../manifest/schema.ts';
import type { Place } from '../problem.ts';
import { type DocumentEdits, editDocument } from './document-editor.ts';
import { spliced, TextLines } from './text-lines.ts';
import { writtenTree } from './written-tree.ts';

/** Why a part of a document still says what it said. */
interface LeftAlone {
  /** Which document of the file, counted from 0. */
  readonly document: number;
  readonly path: Path;
  /** What would have to change. */
  readonly place: Place;
  /** `shared`: other places of the document use this value. `layout`: it is written in a way that cannot be edited. */
  readonly why: 'shared' | 'layout';
}

/** A file's text with its documents changed. */
export interface EditedYaml {
  readonly text: string;
  readonly left: readonly LeftAlone[];
}

/**
 * Changes what documents of a file say, by their number: comments, order, quotes, anchors, brackets, line ends and all other documents
 * stay as they are. What it reads as afterwards is compared with what is wanted; a document for which it is not the same stays as it was.
 */
export function editYaml(file: string, text: string, wanted: ReadonlyMap<number, JsonObject>): EditedYaml {
  const yaml = parseYaml(file, text);
  const lines = new TextLines(text);
  const edits = new Map<number, DocumentEdits>();
  for (const [index, tree] of wanted) {
    const document = yaml.documents[index];
    if (document !== undefined) edits.set(index, editDocument(document, tree, lines));
  }
  const possible = [...edits].filter(([, { isImpossible }]) => !isImpossible);
  const all = apply(yaml, text, possible);
  const { edited, sound } = all === undefined ? oneByOne(yaml, text, possible) : { edited: all, sound: possible };
  const used = edited === text ? [] : sound.map(([index]) => index);
  const left = [...edits].flatMap(([index, edit]) =>
    leftAlone(yaml, index, used.includes(index) || isDone(edit) ? edit : undefined),
  );
  return { text: edited, left };
}

type NumberedEdits = readonly (readonly [number, DocumentEdits])[];

/** Those of the edits that can be made together, tried in their order. */
function oneByOne(
  yaml: YamlFile,
  text: string,
  edits: NumberedEdits,
): { readonly edited: string; readonly sound: NumberedEdits } {
  let [edited, sound]: [string, NumberedEdits] = [text, []];
  for (const edit of edits) {
    const next = apply(yaml, text, [...sound, edit]);
    if (next !== undefined) [edited, sound] = [next, [...sound, edit]];
  }
  return { edited, sound };
}

function isDone({ splices, isImpossible }: DocumentEdits): boolean {
  return splices.length === 0 && !isImpossible;
}

function leftAlone(yaml: YamlFile, document: number, edit: DocumentEdits | undefined): readonly LeftAlone[] {
  if (edit === undefined) {
    const place = yaml.placeOf((yaml.documents[document] as YamlDocument).range[0]);
    return [{ document, path: [], place, why: 'layout' }];
  }
  return edit.shared.map(({ path, offset }) => ({ document, path, place: yaml.placeOf(offset), why: 'shared' }));
}

/** The text with these edits; undefined when it would not be read as what is wanted. */
function apply(yaml: YamlFile, text: string, edits: NumberedEdits): string | undefined {
  const edited = spliced(
    text,
    edits.flatMap(([, { splices }]) => splices),
  );
  if (edited === text) return text;
  const trees = new Map(edits.map(([index, { tree }]) => [index, tree]));
  const { documents, refused } = parseYaml('', edited);
  const isAsWanted = documents.map((document, index) => {
    const tree = trees.get(index);
    if (tree === undefined) return sourceOf(document, edited) === sourceOf(yaml.documents[index], text);
    return document.errors.length === 0 && jsonEquals(treeOf(document), tree);
  });
  const isSame = refused === undefined && documents.length === yaml.documents.length;
  return isSame && !isAsWanted.includes(false) ? edited : undefined;
}

function treeOf(document: YamlDocument): Json {
  return writtenTree(document.contents, new AliasTargets(document));
}

function sourceOf(document: YamlDocument | undefined, text: string): string | undefined {
  return document && text.slice(document.range[0], document.range[2]);
}
