import { visit } from 'yaml';
import type { YamlDocument } from '../manifest/locate.ts';
import { parseYaml, type YamlFile } from '../manifest/parse-yaml.ts';
import { readHeader } from '../manifest/read-header.ts';
import { type CutText, cutSections, joinSections } from './cut-sections.ts';
import { orderMembers } from './order-members.ts';
import { plainScalars } from './plain-scalars.ts';
import { type ReadFile, saysTheSame } from './says-the-same.ts';

/**
 * What became of a text: nothing was to do, there is a better one, it is not one of manifests alone, or it is left alone for a reason.
 * Never a text that a parser reads otherwise than the one before.
 */
export type Formatted =
  | { readonly kind: 'same' | 'foreign' }
  | { readonly kind: 'formatted'; readonly text: string }
  | { readonly kind: 'left'; readonly reason: string };

/**
 * Formats a YAML file of manifests: members in the order of the schema, two spaces, quotes only where needed, long strings on one line.
 * Comments stay with what they stand at, and blank lines between documents stay.
 */
export function formatYaml(text: string): Formatted {
  const before = parsed(text);
  if (before === undefined) return left('it cannot be parsed: validate says where');
  if (!isOfManifests(before)) return { kind: 'foreign' };
  const cut = cutSections(text);
  if (typeof cut === 'string') return left(cut);
  // Where members in order would be read otherwise, as when an alias came before its anchor, they stay where they are.
  for (const ordered of [true, false]) {
    const next = printed(cut, ordered);
    if (next === text) return { kind: 'same' };
    if (next !== undefined && isSound(before, next, ordered)) return { kind: 'formatted', text: next };
  }
  return left('it would be read otherwise, or a comment would be lost');
}

/** Whether the text says what it said, and would not be formatted once more. */
function isSound(before: ReadFile, next: string, ordered: boolean): boolean {
  const after = parsed(next);
  const again = cutSections(next);
  const isRead = after !== undefined && saysTheSame(before, after);
  return isRead && typeof again !== 'string' && printed(again, ordered) === next;
}

function left(reason: string): Formatted {
  return { kind: 'left', reason };
}

/** Undefined when a document has an error, or is larger than any manifest. */
function parsed(text: string): ReadFile | undefined {
  const file = parsedUnlessDeep(text);
  if (file === undefined) return undefined;
  const isSound = file.documents.every(({ errors, warnings }) => errors.length + warnings.length === 0);
  return isSound && file.refused === undefined && file.cuts.every((cut) => cut === undefined)
    ? { text, file }
    : undefined;
}

function parsedUnlessDeep(text: string): YamlFile | undefined {
  try {
    return parseYaml('', text);
  } catch {
    return undefined; // nested far too deep
  }
}

function isOfManifests({ file: { documents } }: ReadFile): boolean {
  const kinds = documents.map((document) => readHeader(document)?.kind ?? 'manifest');
  return kinds.includes('manifest') && kinds.every((kind) => kind === 'manifest' || kind === 'empty');
}

/** Undefined when it cannot be printed in this way. */
function printed(cut: CutText, ordered: boolean): string | undefined {
  try {
    const sections = cut.sections.map((section) => ({ ...section, body: formatBody(section.body, ordered) }));
    return joinSections({ ...cut, sections });
  } catch {
    return undefined; // an alias before its anchor, or nested too deep
  }
}

function formatBody(body: string, ordered: boolean): string {
  const [document] = parseYaml('', body).documents;
  if (document === undefined || readHeader(document) !== undefined) return body;
  if (ordered && !hasAnchorTwice(document)) orderMembers(document.contents);
  plainScalars(document);
  return document.toString({ lineWidth: 0, indent: 2 });
}

/** An alias means the last anchor of its name above it, so that order is part of what such a document says. */
function hasAnchorTwice(document: YamlDocument): boolean {
  const anchors: string[] = [];
  visit(document, { Value: (_key, { anchor }) => void (anchor !== undefined && anchors.push(anchor)) });
  return new Set(anchors).size < anchors.length;
}
