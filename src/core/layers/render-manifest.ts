import { Document, type Node, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import { isJsonObject, type Json, type JsonObject, mapObjectMember, objectMember, omitMembers } from '../json.ts';
import type { Manifest, WrittenPart } from '../manifest/manifest.ts';
import type { ManifestOptions } from '../manifest/options.ts';
import type { Path } from '../manifest/schema.ts';
import { pointerOf } from '../pointer.ts';
import { documentText } from '../render/document-text.ts';
import { visible } from '../render/visible.ts';
import { type MergedRead, mergeReads } from './merge-reads.ts';
import { type OpenedText, openText } from './open-text.ts';

/**
 * A manifest as it is in effect, as YAML: patches merged in, variables of the configuration filled in, the public key in place of the name of
 * its file, `nameSuffix` added. Placeholders of the environment stay. A comment says where it stands, others where values come from that a
 * patch set. Read again as the only layer, without `nameSuffix`, it is the same manifest.
 */
export function renderManifest(
  manifest: Manifest,
  [base, ...patches]: readonly [WrittenPart, ...WrittenPart[]],
  options: ManifestOptions,
): string {
  const first = openText(base, options);
  const merged = mergeReads(
    first,
    patches.map((patch) => openText(patch, options)),
  );
  const written = omitMembers(objectMember({ value: merged.value }, 'value'), ['$schema']);
  const value = withKey(written, manifest);
  const rendering = { first, merged, nameSuffix: options.nameSuffix, namesKeyFile: value !== written };
  const document = new Document(nodeOf(value, [], rendering));
  document.commentBefore = ` ${visible(`${manifest.place.file}:${manifest.place.line}`)}`;
  return documentText(document);
}

interface Rendering {
  readonly first: OpenedText;
  readonly merged: MergedRead<OpenedText>;
  readonly nameSuffix: string;
  readonly namesKeyFile: boolean;
}

const keyPointer = '/spec/keys/public_key';
const keyFilePath: Path = ['spec', 'keys', 'public_key_file'];

/** The name of a key file means nothing elsewhere. */
function withKey(document: JsonObject, { spec }: Manifest): JsonObject {
  const { public_key: key } = objectMember(spec, 'keys');
  if (key === undefined) return document;
  return mapObjectMember(document, 'spec', (body) =>
    mapObjectMember(body, 'keys', (keys) =>
      keys['public_key_file'] === undefined ? keys : { ...omitMembers(keys, ['public_key_file']), public_key: key },
    ),
  );
}

function nodeOf(value: Json, path: Path, rendering: Rendering): Node {
  if (isJsonObject(value)) {
    const map = new YAMLMap();
    for (const [name, inner] of Object.entries(value)) map.add(pairOf(name, inner, [...path, name], rendering));
    return map;
  }
  if (!Array.isArray(value)) return scalarOf(value, path, rendering);
  const list = new YAMLSeq();
  for (const [index, item] of value.entries()) list.add(nodeOf(item, [...path, index], rendering));
  return list;
}

/** A container with nothing in it has its comment above its name, others at what is in them. */
function pairOf(name: string, value: Json, path: Path, rendering: Rendering): Pair {
  const key = new Scalar(name);
  const isEmpty = typeof value === 'object' && value !== null && Object.keys(value).length === 0;
  if (isEmpty) key.commentBefore = originOf(path, rendering);
  return new Pair(key, nodeOf(value, path, rendering));
}

function scalarOf(value: Json, path: Path, rendering: Rendering): Scalar {
  const { merged, nameSuffix } = rendering;
  const pointer = pointerOf(path);
  const suffix = /^\/metadata\/(name|formerly\/\d+)$/.test(pointer) ? nameSuffix : '';
  const filled = merged.filled.get(pointer);
  const isKept = merged.concealed.has(pointer) || merged.opaque.has(pointer);
  const literal = typeof value === 'string' ? `${value}${suffix}`.replaceAll('${', () => '$${') : value;
  const scalar = new Scalar(filled !== undefined && isKept ? `${filled.written}${suffix}` : literal);
  if (filled !== undefined && isKept) scalar.type = filled.isPlain ? Scalar.PLAIN : Scalar.QUOTE_DOUBLE;
  scalar.comment = originOf(path, rendering);
  return scalar;
}

/** Where a value comes from, unless that is the manifest itself. */
function originOf(path: Path, { first, merged, namesKeyFile }: Rendering): string | null {
  const at = pointerOf(path) === keyPointer && namesKeyFile ? keyFilePath : path;
  const part = merged.origins.partOf(pointerOf(at));
  return part === first ? null : ` ${visible(`${part.file}:${part.lineAt(at)}`)}`;
}
