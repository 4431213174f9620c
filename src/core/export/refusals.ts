import { isJsonObject, type Json, type JsonObject, objectMember, omitMembers } from '../json.ts';
import type { PathFinding } from '../manifest/finding.ts';
import { broughtKey } from '../manifest/rules-keys.ts';
import { checkName } from '../manifest/rules-name.ts';
import { checkSpec } from '../manifest/rules-spec.ts';
import { apiVersion, applicationSchema, expectedAt } from '../manifest/schema.ts';
import { type Pointer, pointerOf } from '../pointer.ts';
import { isSecretName, privateKeyStart } from '../redact/patterns.ts';
import { holdsSecret } from '../redact/scrubber.ts';

/** What manifests of an account can and cannot hold. */
export interface RefusalOptions {
  /** Capabilities whose content is taken as it is. */
  readonly passthroughCapabilities: readonly string[];
  /** Configured secrets, which no manifest may hold. */
  readonly secrets: readonly string[];
}

/** A part of a spec that no manifest can hold, and why, in words without values. */
export interface Refusal {
  readonly pointer: Pointer;
  readonly reason: string;
}

/** Everything in a spec for which the manifest that says so would be invalid, by the rules manifests are read with. */
export function refusals(spec: JsonObject, options: RefusalOptions): readonly Refusal[] {
  const passed = options.passthroughCapabilities;
  const capabilities = spec['capabilities'];
  const known = isJsonObject(capabilities) ? { ...spec, capabilities: omitMembers(capabilities, passed) } : spec;
  const found = [
    ...bySchema(known),
    ...byRules(known),
    ...valueRefusals(spec, '', { options, isSecret: false, depth: 2 }),
  ];
  const odd = passed.filter((name) => {
    const content = objectMember(spec, 'capabilities')[name];
    return content !== undefined && !isJsonObject(content);
  });
  return [
    ...found,
    ...odd.map((name) => ({ pointer: pointerOf(['capabilities', name]), reason: 'expected an object' })),
  ];
}

/** Why no manifest can declare an application of this name, in words without it; undefined when one can. */
export function nameRefusal(name: string, options: RefusalOptions): string | undefined {
  if (name === '') return 'its name is empty, or lacks the nameSuffix of the account';
  const problem = textProblem(name, options);
  if (problem !== undefined) return `its name cannot be in a manifest: ${problem}`;
  const [error] = checkName(name).filter(({ severity }) => severity === 'error');
  return error && `its name cannot be in a manifest: ${wordsOf(error)}`;
}

function bySchema(spec: JsonObject): readonly Refusal[] {
  const parsed = applicationSchema.safeParse({ apiVersion, kind: 'Application', metadata: { name: 'name' }, spec });
  if (parsed.success) return [];
  return parsed.error.issues.flatMap((issue) => {
    const path = issue.path.slice(1).map(String);
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({ pointer: pointerOf([...path, key]), reason: 'not known to this version' }));
    return [{ pointer: pointerOf(path), reason: `expected ${expectedAt(['spec', ...path])}` }];
  });
}

function byRules(spec: JsonObject): readonly Refusal[] {
  const findings = [...checkSpec(spec), ...broughtKey(spec, '', () => ({ reason: '' })).findings];
  return findings.filter(({ severity }) => severity === 'error').map(refusalOf);
}

function refusalOf(finding: PathFinding): Refusal {
  return { pointer: pointerOf(finding.path.slice(1)), reason: wordsOf(finding) };
}

function wordsOf({ message }: PathFinding): string {
  return `${message}`; // errors about values are told as text
}

/** Deepest nesting of a manifest. */
const maxDepth = 64;

interface At {
  readonly options: RefusalOptions;
  /** Whether it lies in a member whose name says that it is secret. */
  readonly isSecret: boolean;
  readonly depth: number;
}

/** Values that no manifest can hold, wherever they are. */
function* valueRefusals(value: Json, pointer: Pointer, at: At): Generator<Refusal, void, undefined> {
  const reason = valueProblem(value, at);
  if (reason !== undefined) {
    yield { pointer, reason };
    return;
  }
  const below = { ...at, depth: at.depth + 1 };
  if (Array.isArray(value))
    for (const [index, item] of value.entries()) yield* valueRefusals(item, `${pointer}/${index}`, below);
  if (!isJsonObject(value)) return;
  for (const [name, inner] of Object.entries(value)) {
    const path = `${pointer}${pointerOf([name])}`;
    const isSecret = at.isSecret || isSecretName(name);
    if (isOddName(name, at.options)) yield { pointer: path, reason: 'its name cannot be written' };
    else yield* valueRefusals(inner, path, { ...below, isSecret });
  }
}

function valueProblem(value: Json, { options, isSecret, depth }: At): string | undefined {
  if (depth > maxDepth) return 'nested too deeply';
  if (typeof value === 'string') return textProblem(value, options);
  if (typeof value === 'number' && !isExact(value)) return 'a number that cannot be represented exactly';
  if (isSecret && (typeof value === 'number' || typeof value === 'boolean')) return 'a secret that is not text';
  return undefined;
}

function textProblem(text: string, { secrets }: RefusalOptions): string | undefined {
  if (privateKeyStart.test(text)) return 'a private key';
  if (holdsSecret(text, secrets)) return 'it holds a configured secret';
  return /\p{Cs}/u.test(text) ? 'half of a surrogate pair' : undefined;
}

/** Longest name of a member that YAML has in one line, with all of it escaped. Source: YAML 1.2.2, section 7.4.2 */
const longestName = 100;

function isOddName(name: string, options: RefusalOptions): boolean {
  const isReserved = name === '__proto__' || name === '<<';
  return isReserved || name.length > longestName || textProblem(name, options) !== undefined;
}

function isExact(value: number): boolean {
  return Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value);
}
