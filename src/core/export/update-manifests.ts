import type { Application, ApplicationId } from '../application/application.ts';
import { parseApplicationId } from '../application/application.ts';
import { type Json, type JsonObject, objectMember, ownMember } from '../json.ts';
import { AliasTargets, Locator, type YamlDocument } from '../manifest/locate.ts';
import type { Manifest } from '../manifest/manifest.ts';
import type { ManifestOptions } from '../manifest/options.ts';
import { parseManifests } from '../manifest/parse.ts';
import { parseYaml, type YamlFile } from '../manifest/parse-yaml.ts';
import type { ManifestFile } from '../manifest/read-file.ts';
import { readValue } from '../manifest/read-value.ts';
import { dottedPath, isWithin, type Pointer, pointerTokens } from '../pointer.ts';
import { formatPlace, type Place } from '../problem.ts';
import { declarable } from './declarable.ts';
import { editYaml } from './edit-yaml.ts';
import { ManifestWriter } from './live-writer.ts';
import type { SecretNames } from './secret-names.ts';
import { type LeftToDo, updatedSpec } from './updated-spec.ts';
import { writtenTree } from './written-tree.ts';

/** A manifest, and the application it declares as that is live. */
export interface ManifestUpdate {
  readonly manifest: Manifest;
  readonly application: Application;
}

/** How manifests are updated. */
export interface UpdateOptions {
  /** What the manifests were read with. */
  readonly manifest: ManifestOptions;
  readonly withIds: boolean;
  readonly withKeys: boolean;
  readonly names: SecretNames;
}

/** Something that a person has to change or to look at. */
export interface UpdateRemark {
  readonly place: Place;
  /** Dotted path in the document; empty for the document itself. */
  readonly path: string;
  readonly what: string;
}

/** A file with manifests in it that are up to what is live, as far as they can be. */
export interface UpdatedFile {
  /** The same as before when nothing means anything else now. */
  readonly text: string;
  /** Applications whose manifest says something else now. */
  readonly updated: readonly ApplicationId[];
  readonly remarks: readonly UpdateRemark[];
  /** Variables that must be set, with the name of the application they belong to. */
  readonly variables: readonly { readonly variable: string; readonly application: string }[];
}

/** One document, and what it is to say. */
interface WantedDocument {
  readonly index: number;
  readonly tree: JsonObject;
  readonly toDo: readonly LeftToDo[];
  readonly variables: readonly string[];
  readonly application: Application;
}

/**
 * Brings manifests of one file up to what is live. Only what differs is written anew. Values that other places use, and texts whose variables
 * are not known here, are left as they are, and told. A file that would no longer be valid is left as it is.
 */
export function updateManifests(
  file: ManifestFile,
  updates: readonly ManifestUpdate[],
  options: UpdateOptions,
): UpdatedFile {
  const yaml = parseYaml(file.path, file.text);
  const places = new Map(updates.map((update) => [formatPlace(update.manifest.place), update]));
  const wanted = yaml.documents.flatMap((document, index) => {
    const update = places.get(formatPlace(placeOf(yaml, document, ['metadata', 'name'])));
    return update === undefined ? [] : [wantedDocument(document, { file, index, update }, options)];
  });
  const edited = editYaml(file.path, file.text, new Map(wanted.map(({ index, tree }) => [index, tree])));
  const toDo = wanted.flatMap((one) => one.toDo.map((left) => remarkOf(yaml, one.index, left)));
  const variables = wanted.flatMap(({ variables: names, application }) =>
    names.map((variable) => ({ variable, application: application.name })),
  );
  const given = variables.map(({ variable }) => variable);
  if (edited.text !== file.text && !isAsValid(file, edited.text, given, options)) {
    const place: Place = { file: file.path, line: 1, column: 1 };
    const invalid = { place, path: '', what: 'what is live would make this file invalid: it was left as it is' };
    return { text: file.text, updated: [], remarks: [...toDo, invalid], variables: [] };
  }
  const left = edited.left.map(({ place, path, why }) => ({ place, path: path.join('.'), what: whyLeft[why] }));
  const { documents } = edited.text === file.text ? yaml : parseYaml(file.path, edited.text);
  const updated = wanted.filter(
    ({ index }) => sourceOf(yaml.documents[index], file.text) !== sourceOf(documents[index], edited.text),
  );
  const ids = updated.map(({ application: { id } }) => id);
  return { text: edited.text, updated: ids, remarks: [...toDo, ...left], variables };
}

function sourceOf(document: YamlDocument | undefined, text: string): string | undefined {
  return document && text.slice(document.range[0], document.range[2]);
}

const whyLeft = {
  shared: 'other fields use this value, too (an anchor): what is live differs for one of them, change it manually',
  layout: 'it is written in a way that cannot be edited here: change it manually',
} as const;

function placeOf(yaml: YamlFile, document: YamlDocument, path: readonly (string | number)[]): Place {
  return yaml.placeOf(new Locator(document).offsetOf(path, 'value'));
}

function remarkOf(yaml: YamlFile, index: number, { pointer, what }: LeftToDo): UpdateRemark {
  const document = yaml.documents[index] as YamlDocument;
  return { place: placeOf(yaml, document, pointerTokens(pointer)), path: dottedPath(pointer), what };
}

interface Origin {
  readonly file: ManifestFile;
  readonly index: number;
  readonly update: ManifestUpdate;
}

function wantedDocument(document: YamlDocument, { index, update }: Origin, options: UpdateOptions): WantedDocument {
  const { manifest, application } = update;
  const targets = new AliasTargets(document);
  const written = objectMember({ tree: writtenTree(document.contents, targets) }, 'tree');
  const filled = objectMember({ value: readValue(document, targets, options.manifest).value }, 'value');
  const live = declarable(application.body, { ...options.manifest, withKeys: options.withKeys });
  const writer = new ManifestWriter(application.name, options.names, options.manifest);
  const key = ownMember(objectMember(manifest.spec, 'keys'), 'public_key');
  const spec = updatedSpec(
    {
      written: objectMember(written, 'spec'),
      filled: objectMember(filled, 'spec'),
      publicKey: typeof key === 'string' ? key : undefined,
      ignore: manifest.ignore,
    },
    { body: application.body, spec: live.spec },
    writer,
  );
  const metadata = updatedMetadata({ update, writer, ignore: live.ignore }, objectMember(written, 'metadata'), options);
  return {
    index,
    tree: { ...written, metadata: metadata.written, spec: spec.written },
    toDo: [...metadata.toDo, ...spec.toDo.map(({ pointer, what }) => ({ pointer: `/spec${pointer}`, what }))],
    variables: writer.variables,
    application,
  };
}

interface MetadataUpdate {
  readonly update: ManifestUpdate;
  readonly writer: ManifestWriter;
  /** What of the live application no manifest can declare. */
  readonly ignore: readonly Pointer[];
}

/** A new name comes with the id, or with the earlier name: otherwise it would look like another application. */
function updatedMetadata(
  { update: { manifest, application }, writer, ignore }: MetadataUpdate,
  written: JsonObject,
  { manifest: { nameSuffix }, withIds }: UpdateOptions,
): { readonly written: JsonObject; readonly toDo: readonly LeftToDo[] } {
  const more = ignore.filter((pointer) => !manifest.ignore.some((known) => isWithin(pointer, known)));
  const ignored = more.length === 0 ? {} : { ignore: [...listOf(written['ignore']), ...more] };
  if (manifest.name === application.name) return { written: { ...written, ...ignored }, toDo: [] };
  const pointer = '/metadata/name';
  if (!application.name.endsWith(nameSuffix) || application.name === nameSuffix) {
    const what = `its live name does not end in the account's nameSuffix: rename it there, or remove the suffix`;
    return { written: { ...written, ...ignored }, toDo: [{ pointer, what }] };
  }
  const name = application.name.slice(0, application.name.length - nameSuffix.length);
  const { written: renamed, toDo } = writer.rename(String(written['name']), name);
  const told = toDo === undefined ? [] : [{ pointer, what: toDo }];
  const earlier =
    withIds || manifest.id !== undefined ? pin(manifest.id, application.id, written) : formerly(written, name);
  return { written: { ...written, name: renamed, ...(toDo === undefined ? earlier : {}), ...ignored }, toDo: told };
}

function pin(id: ApplicationId | undefined, live: ApplicationId, written: JsonObject): JsonObject {
  const isThere = id !== undefined || parseApplicationId(String(written['id'])) === live;
  return isThere ? {} : { id: live };
}

function formerly({ name = '', formerly: names }: JsonObject, renamed: string): JsonObject {
  return { formerly: [...listOf(names).filter((one) => one !== renamed && one !== name), name] };
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

/** Whether as many manifests in it can be read as before, once the variables are set. */
function isAsValid(before: ManifestFile, text: string, variables: readonly string[], options: UpdateOptions): boolean {
  const allowedEnvironment = [...options.manifest.allowedEnvironment, ...variables];
  const read = (file: ManifestFile) =>
    parseManifests([file], { ...options.manifest, allowedEnvironment, opaqueVariables: true });
  const [one, other] = [read(before), read({ ...before, text })];
  return one.manifests.length === other.manifests.length && one.broken.length === other.broken.length;
}
