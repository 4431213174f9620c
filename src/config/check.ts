import { closest, distance } from 'fastest-levenshtein';
import type { z } from '../core/zod.ts';
import { type LocatedYaml, type Path, parseLocated } from './locate.ts';
import { type CheckedFile, type ConfigProblem, invalidConfig } from './problems.ts';
import { configJsonSchema, configSchema } from './schema.ts';

/** Parses and checks one file. @throws {ReconcilerError} E_CONFIG_INVALID with every problem at once */
export function checkFile(file: string, text: string): CheckedFile {
  const yaml = parseLocated(file, text);
  const problemAt = (path: Path, message: string): ConfigProblem => ({
    place: yaml.placeOf(path),
    path: path.map(String).join('.'),
    message,
  });
  if (yaml.errors.length > 0)
    throw invalidConfig(
      file,
      yaml.errors.map((error) => ({ ...error, path: '' })),
    );
  const parsed = configSchema.safeParse(yaml.value);
  if (!parsed.success)
    throw invalidConfig(
      file,
      parsed.error.issues.flatMap((issue) => problemsOf(issue, yaml, problemAt)),
    );
  return { value: parsed.data, problemAt };
}

function problemsOf(
  issue: z.core.$ZodIssue,
  yaml: LocatedYaml,
  problemAt: CheckedFile['problemAt'],
): readonly ConfigProblem[] {
  if (issue.code !== 'unrecognized_keys') return [problemAt(issue.path, issue.message)];
  const known = keysAt(configJsonSchema(), issue.path);
  return issue.keys.map((key) => ({
    place: yaml.placeOfKey([...issue.path, key]),
    path: [...issue.path, key].map(String).join('.'),
    message: `unknown key${suggestion(key, known)}`,
  }));
}

function suggestion(key: string, known: readonly string[]): string {
  if (known.length === 0) return '';
  const nearest = closest(key, [...known]);
  if (distance(key.toLowerCase(), nearest.toLowerCase()) <= Math.max(2, key.length / 3))
    return `; did you mean ${nearest}?`;
  return `; valid keys: ${known.join(', ')}`;
}

/** The keys the schema knows at a path, over all its alternatives. */
function keysAt(schema: unknown, path: Path): readonly string[] {
  const [step, ...rest] = path;
  const alternatives = alternativesOf(schema);
  if (step === undefined) return [...new Set(alternatives.flatMap((one) => Object.keys(recordAt(one, 'properties'))))];
  return [
    ...new Set(
      alternatives.flatMap((one) =>
        keysAt(typeof step === 'number' ? recordAt(one, 'items') : recordAt(one, 'properties')[String(step)], rest),
      ),
    ),
  ];
}

function alternativesOf(schema: unknown): readonly Readonly<Record<string, unknown>>[] {
  if (!isRecord(schema)) return [];
  const inner = [schema['anyOf'], schema['oneOf'], schema['allOf']].filter(Array.isArray).flat();
  return [schema, ...inner.flatMap(alternativesOf)];
}

function recordAt(record: Readonly<Record<string, unknown>>, key: string): Readonly<Record<string, unknown>> {
  const value = record[key];
  return isRecord(value) ? value : {};
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
