import type { Json } from '../json.ts';
import { isJsonObject } from '../json.ts';
import { fieldsMeant, unknownField } from '../mistakes/misplaced.ts';
import type { didYouMean } from '../mistakes/suggest.ts';
import { writingHint } from '../mistakes/writing-hint.ts';
import { pointerOf } from '../pointer.ts';
import { isSensitiveMember } from '../redact/redact-value.ts';
import type { Scrub } from '../redact/scrubber.ts';
import type { z } from '../zod.ts';
import { errorAt, type PathFinding } from './finding.ts';
import { expectedAt, membersAt, type Path } from './schema.ts';

type Suggest = typeof didYouMean;

/** What messages about a document are made from. */
export interface ExplainContext {
  readonly value: Json;
  readonly concealed: ReadonlyMap<string, string>;
  /** Texts of the numbers and flags that are written otherwise than JSON has them. */
  readonly written: ReadonlyMap<string, string>;
  readonly show: Scrub;
}

// What people paste from a response of the API, or from elsewhere, and where it belongs.
const remedies: Readonly<Record<string, string>> = {
  '/spec/name': "Set the application's name in metadata.name",
  '/spec/id': "Set the application's id in metadata.id",
  '/spec/_links': 'Remove it: it is set by the server',
  '/spec/keys/private_key': 'Remove it: private keys are not allowed in manifests',
};

/**
 * Problems of the schema, in words: what was found, what is allowed, what may be meant. A field that is missing because it has another
 * name, or stands elsewhere, is told once.
 */
export function explainIssues(issues: readonly z.core.$ZodIssue[], context: ExplainContext): readonly PathFinding[] {
  const isEmpty = (issue: z.core.$ZodIssue): boolean => {
    if (issue.code === 'unrecognized_keys') return false;
    const found = valueIn(context.value, pathOf(issue));
    return found === undefined || found === null;
  };
  const meant = issues.some(isEmpty) ? fieldsMeant(issues.flatMap(unknownFields), membersAt) : new Set();
  const told = issues.filter((issue) => !(isEmpty(issue) && meant.has(pointerOf(pathOf(issue)))));
  return told.flatMap((issue) => explainIssue(issue, context));
}

function unknownFields(issue: z.core.$ZodIssue): readonly { readonly parent: Path; readonly key: string }[] {
  if (issue.code !== 'unrecognized_keys') return [];
  const parent = pathOf(issue);
  return issue.keys.map((key) => ({ parent, key }));
}

function pathOf(issue: z.core.$ZodIssue): Path {
  return issue.path.map((token) => (typeof token === 'number' ? token : String(token)));
}

function explainIssue(issue: z.core.$ZodIssue, context: ExplainContext): readonly PathFinding[] {
  const path = pathOf(issue);
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownFinding(path, key, context.show));
  const found = valueIn(context.value, path);
  if (found === undefined) {
    const message = () => `missing: expected ${expectedAt(path)}${exampleAt(path)}`;
    return [{ severity: 'error', path, at: 'missing', message }];
  }
  return [errorAt(path, (suggest) => unexpected(found, path, { ...context, suggest }))];
}

function exampleAt(path: Path): string {
  return pointerOf(path) === '/metadata/name' ? ', such as "Support line"' : '';
}

function unexpected(found: Json, path: Path, context: ExplainContext & { readonly suggest: Suggest }): string {
  const expected = expectedAt(path);
  const example = found === null ? exampleAt(path) : '';
  return `expected ${expected}${example}, found ${shownValue(found, path, context)}${hint(found, path, expected, context.suggest)}`;
}

function valueIn(value: Json, path: Path): Json | undefined {
  return path.reduce<Json | undefined>((inner, token) => {
    if (Array.isArray(inner)) return inner[Number(token)];
    return isJsonObject(inner) && Object.hasOwn(inner, token) ? inner[token] : undefined;
  }, value);
}

function unknownFinding(parent: Path, key: string, show: Scrub): PathFinding {
  const path = [...parent, key];
  const message = (suggest: Suggest): string => {
    const name = show(JSON.stringify(key.slice(0, 80)));
    return unknownField({ parent, key, name }, membersAt, suggest, remedies[pointerOf(path)]);
  };
  return { severity: 'error', path, at: 'key', message };
}

/** A value as it may stand in a message: short, without secrets, and as it was written when it came from the environment. */
function shownValue(value: Json, path: Path, context: ExplainContext): string {
  const pointer = pointerOf(path);
  if (pointer.startsWith('/spec/keys/') || isSensitiveMember(pointer)) return 'something else (not shown)';
  if (Array.isArray(value)) return 'a list';
  if (isJsonObject(value)) return 'an object';
  if (value === null) return 'nothing';
  if (value === '') return 'empty text';
  const written = context.written.get(pointer);
  if (written !== undefined) return context.show(written.slice(0, 80));
  const text = context.concealed.get(pointer) ?? value;
  const shown = typeof text === 'string' && text.length > 80 ? `${text.slice(0, 80)}...` : text;
  return context.show(JSON.stringify(shown));
}

function hint(found: Json, path: Path, expected: string, suggest: Suggest): string {
  const writing = writingHint({ found, expected, fields: membersAt(path) });
  if (writing !== '') return writing;
  if (path.at(-1) === 'address' && found === '') return '. To remove a webhook, remove its whole entry';
  return typeof found === 'string' ? suggest(found, quoted(expected)) : '';
}

function quoted(expected: string): readonly string[] {
  return [...expected.matchAll(/"([^"]*)"/g)].map(([, word = '']) => word);
}
