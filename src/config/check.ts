import type { Path } from '../core/manifest/schema.ts';
import { fieldsMeant, type MembersAt, unknownField } from '../core/mistakes/misplaced.ts';
import { didYouMean } from '../core/mistakes/suggest.ts';
import { pointerOf } from '../core/pointer.ts';
import { schemaWords } from '../core/schema-words.ts';
import type { z } from '../core/zod.ts';
import { exampleOf } from './examples.ts';
import { keysAt } from './keys-at.ts';
import { type CheckedFile, type ConfigProblem, invalidConfig } from './problems.ts';
import { type LocatedYaml, readYaml } from './read-yaml.ts';
import { configSchema } from './schema.ts';

/** Parses and checks one file. @throws {ReconcilerError} E_CONFIG_INVALID with every problem at once */
export function checkFile(file: string, text: string): CheckedFile {
  const { value, errors, problemAt } = readYaml(file, text);
  if (errors.length > 0) throw invalidConfig(file, errors);
  if (isManifest(value)) throw invalidConfig(file, [problemAt(['kind'], manifestMessage)]);
  const parsed = configSchema.safeParse(value, { error: schemaWords });
  if (parsed.success) return { value: parsed.data, problemAt };
  throw invalidConfig(file, explain(parsed.error.issues, { value, membersAt: keysAt, problemAt }));
}

const manifestMessage =
  'this is a manifest, not a configuration: --config takes a file of kind Config. The directory of a manifest is given as DIR';

function isManifest(value: unknown): boolean {
  return isRecord(value) && value['kind'] === 'Application' && value['accounts'] === undefined;
}

/**
 * Where one alternative is of the kind that is given, an object with one of its fields among them, that is meant: what is wrong in it is
 * told, and not that no alternative fits.
 */
function insideUnion(issue: z.core.$ZodIssue, value: unknown): readonly z.core.$ZodIssue[] {
  const given = valueAt(value, pathOf(issue));
  if (issue.code !== 'invalid_union') return [issue];
  const [inside, other] = issue.errors.filter((inner) => !inner.some((one) => isOfItself('invalid_type', one)));
  if (inside === undefined || other !== undefined) return [issue];
  const unknown = inside.flatMap((one) => (isOfItself('unrecognized_keys', one) ? one.keys : []));
  if (isRecord(given) && unknown.length === Object.keys(given).length) return [issue];
  return inside.flatMap((inner) => insideUnion({ ...inner, path: [...issue.path, ...inner.path] }, value));
}

function isOfItself<Code extends string>(
  code: Code,
  issue: z.core.$ZodIssue,
): issue is Extract<z.core.$ZodIssue, { readonly code: Code }> {
  return issue.code === code && issue.path.length === 0;
}

/** A field that is missing because it has another name, or stands elsewhere, is told once; so is what an object lacks for an unknown field. */
function explain(
  found: readonly z.core.$ZodIssue[],
  { value, membersAt, problemAt }: Pick<LocatedYaml, 'value' | 'problemAt'> & { readonly membersAt: MembersAt },
): readonly ConfigProblem[] {
  const issues = found.flatMap((issue) => insideUnion(issue, value));
  const unknown = issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' ? issue.keys.map((key) => ({ parent: pathOf(issue), key })) : [],
  );
  const meant = fieldsMeant(unknown, membersAt);
  const strange = new Set(unknown.map(({ parent }) => pointerOf(parent)));
  return issues.flatMap((issue) => {
    const path = pathOf(issue);
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => {
        const field = { parent: path, key, name: JSON.stringify(key) };
        return problemAt([...path, key], unknownField(field, membersAt, didYouMean), 'key');
      });
    }
    if (issue.code === 'custom' && strange.has(pointerOf(path))) return [];
    const isEmpty = valueAt(value, path) === undefined || valueAt(value, path) === null;
    const example = issue.code === 'invalid_type' ? exampleOf(path) : '';
    return isEmpty && meant.has(pointerOf(path)) ? [] : [problemAt(path, `${issue.message}${example}`)];
  });
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, step) => {
    if (Array.isArray(inner)) return inner[Number(step)];
    return isRecord(inner) ? inner[String(step)] : undefined;
  }, value);
}

function pathOf(issue: z.core.$ZodIssue): Path {
  return issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
