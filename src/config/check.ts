import type { Path } from '../core/manifest/schema.ts';
import { didYouMean, unknownMember } from '../core/mistakes/suggest.ts';
import { schemaWords } from '../core/schema-words.ts';
import { type CheckedFile, type ConfigProblem, invalidConfig } from './problems.ts';
import { readYaml } from './read-yaml.ts';
import { configJsonSchema, configSchema } from './schema.ts';

/** Parses and checks one file. @throws {ReconcilerError} E_CONFIG_INVALID with every problem at once */
export function checkFile(file: string, text: string): CheckedFile {
  const { value, errors, problemAt } = readYaml(file, text);
  if (errors.length > 0) throw invalidConfig(file, errors);
  const parsed = configSchema.safeParse(value, { error: schemaWords });
  if (parsed.success) return { value: parsed.data, problemAt };
  const problems = parsed.error.issues.flatMap((issue): readonly ConfigProblem[] => {
    const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
    if (issue.code !== 'unrecognized_keys') return [problemAt(path, issue.message)];
    const known = keysAt(configJsonSchema(), path);
    return issue.keys.map((key) =>
      problemAt([...path, key], unknownMember(JSON.stringify(key), didYouMean(key, known), known), 'key'),
    );
  });
  throw invalidConfig(file, problems);
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
