import { type ApplicationId, parseApplicationId } from '../application/application.ts';
import { isJsonObject, type Json, type JsonObject, mapObjectMember, objectMember, omitMembers } from '../json.ts';
import { type ExplainContext, explainIssues } from '../manifest/explain.ts';
import { errorAt, type PathFinding } from '../manifest/finding.ts';
import type { DeletionPolicy } from '../manifest/manifest.ts';
import type { ManifestOptions } from '../manifest/options.ts';
import type { ReadValue } from '../manifest/read-value.ts';
import { checkIgnore, normalPointer } from '../manifest/rules-ignore.ts';
import { broughtKey } from '../manifest/rules-keys.ts';
import { checkMeetings } from '../manifest/rules-meetings.ts';
import { checkName } from '../manifest/rules-name.ts';
import { checkSecrets, checkSpec, spellTimeouts, upperCaseMethods } from '../manifest/rules-spec.ts';
import { applicationSchema, deletionPolicies, expectedId } from '../manifest/schema.ts';
import { nameMatcher } from '../name-glob.ts';
import type { Pointer } from '../pointer.ts';
import { shownTextBy } from '../redact/scrubber.ts';

/** What a manifest's document says, checked; without its place and hashes. */
export interface DeclaredApplication {
  readonly name: string;
  readonly id?: ApplicationId;
  readonly formerly?: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly deletionPolicy?: DeletionPolicy;
  readonly reconcile: 'enabled' | 'paused';
  readonly ignore: readonly Pointer[];
  readonly spec: JsonObject;
  readonly concealed: ReadonlyMap<Pointer, string>;
  readonly concealedMetadata?: ReadonlyMap<Pointer, string>;
}

/** What came of checking a document. */
interface Checked {
  /** Of use only when there is no error; then it is what the document says, but for members whose value is unknown. */
  readonly declared: DeclaredApplication;
  readonly findings: readonly PathFinding[];
}

/** Checks a document that was read, its patches merged into it. `keyFrom`: the file that names its key file. */
export function checkDocument(
  { value, concealed, written }: Omit<ReadValue, 'findings'>,
  keyFrom: string,
  options: ManifestOptions,
): Checked {
  const document = withSuffix(objectMember({ value }, 'value'), options.nameSuffix);
  const { passthroughCapabilities: passthrough } = options;
  const context: ExplainContext = { value: document, concealed, written, show: shownTextBy(options.secrets) };
  const spec = upperCaseMethods(objectMember(document, 'spec'));
  const known = withoutPassthrough(spec, passthrough);
  const checkedValue = isJsonObject(document['spec']) ? { ...document, spec: known.spec } : document;
  const parsed = applicationSchema.safeParse(checkedValue);
  const key = broughtKey(spec, keyFrom, options.keyFile);
  const findings = [
    ...known.findings,
    ...checkSpec(known.spec),
    ...checkSecrets(known.spec, concealed),
    ...checkMeetings({ ...document, spec: known.spec }),
    ...key.findings,
  ];
  findings.push(...checkMetadata(objectMember(document, 'metadata'), options, concealed));
  const issues = parsed.success ? [] : parsed.error.issues;
  findings.unshift(...explainIssues(issues, context));
  return { declared: declare(document, spec, key.publicKey, suffixed(concealed, options.nameSuffix)), findings };
}

/** The document with what the account adds to every name, those of earlier times, too. */
function withSuffix(document: JsonObject, suffix: string): JsonObject {
  if (suffix === '') return document;
  const long = (text: Json): Json => (typeof text === 'string' && text !== '' ? `${text}${suffix}` : text);
  return mapObjectMember(document, 'metadata', ({ name, formerly, ...others }) => ({
    ...others,
    ...(name === undefined ? {} : { name: long(name) }),
    ...(formerly === undefined ? {} : { formerly: Array.isArray(formerly) ? formerly.map(long) : formerly }),
  }));
}

function suffixed(concealed: ReadonlyMap<Pointer, string>, suffix: string): ReadonlyMap<Pointer, string> {
  const name = concealed.get('/metadata/name');
  return name === undefined ? concealed : new Map([...concealed, ['/metadata/name', `${name}${suffix}`]]);
}

function declare(
  document: JsonObject,
  spec: JsonObject,
  publicKey: string | undefined,
  concealed: ReadonlyMap<Pointer, string>,
): DeclaredApplication {
  const {
    name,
    id: idText,
    formerly,
    labels,
    deletionPolicy: policyText,
    reconcile,
    ignore,
  } = objectMember(document, 'metadata');
  const id = parseApplicationId(typeof idText === 'string' ? idText : '');
  const deletionPolicy = deletionPolicies.find((policy) => policy === policyText);
  const hidden = metadataPointers(concealed);
  return {
    name: typeof name === 'string' ? name : '',
    ...(id === undefined ? {} : { id }),
    ...(formerly === undefined ? {} : { formerly: texts(formerly) }),
    labels: textMembers(labels),
    ...(deletionPolicy === undefined ? {} : { deletionPolicy }),
    reconcile: reconcile === 'paused' ? 'paused' : 'enabled',
    ignore: texts(ignore).map(normalPointer),
    spec: withKey(spellTimeouts(spec), publicKey),
    concealed: bodyPointers(concealed),
    ...(hidden.size === 0 ? {} : { concealedMetadata: hidden }),
  };
}

function textMembers(value: Json | undefined): Readonly<Record<string, string>> {
  const members = isJsonObject(value) ? Object.entries(value) : [];
  return Object.fromEntries(members.map(([member, text]) => [member, String(text)]));
}

function withKey(spec: JsonObject, publicKey: string | undefined): JsonObject {
  return publicKey === undefined ? spec : { ...spec, keys: { public_key: publicKey } };
}

function withoutPassthrough(
  spec: JsonObject,
  names: readonly string[],
): { readonly spec: JsonObject; readonly findings: readonly PathFinding[] } {
  const capabilities = spec['capabilities'];
  if (names.length === 0 || !isJsonObject(capabilities)) return { spec, findings: [] };
  const findings = names
    .filter((name) => Object.hasOwn(capabilities, name) && !isJsonObject(capabilities[name]))
    .map((name) => errorAt(['spec', 'capabilities', name], 'expected an object'));
  return { spec: { ...spec, capabilities: omitMembers(capabilities, names) }, findings };
}

function checkMetadata(
  metadata: JsonObject,
  options: ManifestOptions,
  concealed: ReadonlyMap<Pointer, string>,
): readonly PathFinding[] {
  const { name, id, ignore } = metadata;
  const findings: PathFinding[] = [];
  if (typeof name === 'string' && options.scopeNames.length > 0 && !nameMatcher(options.scopeNames)(name)) {
    const message = `this name is outside the account's scope.names (${options.scopeNames.join(', ')})`;
    findings.push(errorAt(['metadata', 'name'], message));
  }
  if (typeof name === 'string' && nameMatcher(options.neighborScopes)(name)) {
    const message = `this name is in another account's scope.names as well (${options.neighborScopes.join(', ')}): two ledgers would manage one application`;
    findings.push(errorAt(['metadata', 'name'], message));
  }
  if (typeof id === 'string' && id !== '' && parseApplicationId(id) === undefined) {
    findings.push(errorAt(['metadata', 'id'], `expected ${expectedId}`));
  }
  findings.push(...(typeof name === 'string' ? checkName(name) : []), ...checkFormerly(metadata));
  const isConcealed = (index: number) => concealed.has(`/metadata/ignore/${index}`);
  return [...findings, ...checkIgnore(texts(ignore), isConcealed, options)];
}

function checkFormerly({ name, formerly }: JsonObject): readonly PathFinding[] {
  const names = texts(formerly);
  const first = new Map([...names.entries()].reverse().map(([index, former]) => [former, index]));
  return names.flatMap((former, index) => {
    const path = ['metadata', 'formerly', index];
    if (former === name) return errorAt(path, "this is the manifest's own name: formerly lists earlier names");
    return first.get(former) === index ? [] : errorAt(path, 'this name is listed twice');
  });
}

/** The list with everything that is no text made empty, so that indexes stay true; what is no list is empty. */
function texts(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.map((item) => (typeof item === 'string' ? item : '')) : [];
}

function bodyPointers(concealed: ReadonlyMap<Pointer, string>): ReadonlyMap<Pointer, string> {
  const inBody = new Map<Pointer, string>();
  for (const [pointer, text] of concealed) {
    if (pointer === '/metadata/name') inBody.set('/name', text);
    else if (pointer.startsWith('/spec/')) inBody.set(normalPointer(pointer.slice('/spec'.length)), text);
  }
  return inBody;
}

/** What has a meaning only here; a name identifies its application wherever it is shown. */
function metadataPointers(concealed: ReadonlyMap<Pointer, string>): ReadonlyMap<Pointer, string> {
  const shown = [...concealed].filter(([pointer]) => /^\/metadata\/(labels|ignore)\//.test(pointer));
  return new Map(shown.map(([pointer, text]) => [pointer.slice('/metadata'.length), text]));
}
