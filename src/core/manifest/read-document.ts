import { type ApplicationId, parseApplicationId } from '../application/application.ts';
import { isJsonObject, type Json, type JsonObject, objectMember, omitMembers } from '../json.ts';
import { syntaxSlips } from '../mistakes/syntax-slip.ts';
import { nameMatcher } from '../name-glob.ts';
import { type Pointer, pointerOf } from '../pointer.ts';
import type { Place } from '../problem.ts';
import { shownTextBy } from '../redact/scrubber.ts';
import type { Steps } from '../steps.ts';
import { type Cut, maxItems } from './cut-document.ts';
import { type ExplainContext, explainIssues } from './explain.ts';
import { errorAt, type Finding, type PathFinding } from './finding.ts';
import { AliasTargets, Locator, type YamlDocument } from './locate.ts';
import type { DeletionPolicy } from './manifest.ts';
import type { ManifestOptions } from './options.ts';
import { readHeader } from './read-header.ts';
import { type ReadValue, readValue } from './read-value.ts';
import { checkIgnore, normalPointer } from './rules-ignore.ts';
import { broughtKey } from './rules-keys.ts';
import { checkMeetings } from './rules-meetings.ts';
import { checkName } from './rules-name.ts';
import { checkSecrets, checkSpec, spellTimeouts, upperCaseMethods } from './rules-spec.ts';
import { applicationSchema, deletionPolicies, expectedId } from './schema.ts';

/** What a manifest's document says, checked; without its place and hashes. */
interface DeclaredApplication {
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

/** What came of one document: nothing to read, a configuration, written by this program, no manifest of ours, broken, or an application. */
export type DocumentResult = { readonly findings: readonly Finding[] } & (
  | { readonly kind: 'empty' | 'config' | 'written' }
  | { readonly kind: 'foreign' | 'broken' }
  | { readonly kind: 'application'; readonly declared: DeclaredApplication }
);

/** Errors of the YAML parser told per document: later ones mostly follow from the first. */
const maxSyntaxErrors = 5;

/** Where a document comes from. */
interface Origin {
  /** Relative to the manifests' root. */
  readonly file: string;
  /** Set when it is not complete. */
  readonly cut: Cut | undefined;
  /** The whole file. */
  readonly text: string;
  readonly placeOf: (offset: number) => Place;
}

/** Reads one parsed document, in steps. */
export function* readDocument(
  document: YamlDocument,
  { file, cut, text, placeOf }: Origin,
  options: ManifestOptions,
): Steps<DocumentResult> {
  const cutOff = cut === undefined ? [] : [cutFinding(cut)];
  const errors = document.errors.slice(0, maxSyntaxErrors);
  const source = { text, start: document.range[0], lineOf: (offset: number) => placeOf(offset).line };
  const syntax = syntaxSlips(source, errors).map(({ offset, message }) => syntaxFinding(offset, message));
  if (syntax.length > 0) return { kind: 'broken', findings: [...syntax, ...cutOff] };
  const header = readHeader(document);
  if (header !== undefined) return header;
  const warnings = document.warnings.map((warning) => syntaxFinding(warning.pos[0], warning.message));
  const targets = new AliasTargets(document);
  const read = readValue(document, targets, options);
  yield;
  const checked = check(read, file, options);
  yield;
  const locator = new Locator(document, targets);
  const told = cut === undefined ? checked.findings : checked.findings.filter(({ at }) => at !== 'missing');
  const findings = [...warnings, ...read.findings, ...located(locator, told, read), ...cutOff];
  const sound = findings.every((finding) => finding.severity === 'warning');
  return sound ? { kind: 'application', declared: checked.declared, findings } : { kind: 'broken', findings };
}

function syntaxFinding(offset: number, message: string): Finding {
  return { severity: 'error', offset, path: [], message: `YAML: ${message}` };
}

function cutFinding({ count, offset }: Cut): Finding {
  const most = maxItems.toLocaleString('en-US');
  const message = `more than ${most} fields and items in one document: the document is not used`;
  return { severity: 'error', offset, path: [], message, count };
}

function located(locator: Locator, findings: readonly PathFinding[], read: ReadValue): readonly Finding[] {
  const refused = new Set(read.findings.filter((f) => f.severity === 'error').map((f) => pointerOf(f.path)));
  return findings.flatMap(({ severity, path, at, message }) => {
    const pointer = pointerOf(path);
    // A value that is unknown, or that was refused already, has nothing more to be said about it.
    if (read.opaque.has(pointer) || refused.has(pointer)) return [];
    return [{ severity, path, message, offset: locator.offsetOf(path, at) }];
  });
}

interface Checked {
  /** Of use only when there is no error; then it is what the document says, but for members whose value is unknown. */
  readonly declared: DeclaredApplication;
  readonly findings: readonly PathFinding[];
}

function check({ value, concealed, written }: ReadValue, file: string, options: ManifestOptions): Checked {
  const document = objectMember({ value }, 'value');
  const { passthroughCapabilities: passthrough } = options;
  const context: ExplainContext = { value: document, concealed, written, show: shownTextBy(options.secrets) };
  const spec = upperCaseMethods(objectMember(document, 'spec'));
  const known = withoutPassthrough(spec, passthrough);
  const checkedValue = isJsonObject(document['spec']) ? { ...document, spec: known.spec } : document;
  const parsed = applicationSchema.safeParse(checkedValue);
  const key = broughtKey(spec, file, options.keyFile);
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
  return { declared: declare(document, spec, key.publicKey, concealed), findings };
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
