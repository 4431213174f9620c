import type { Path } from '../core/manifest/schema.ts';
import { z } from '../core/zod.ts';
import { configSchema } from './schema.ts';

/** The keys that may be written at a path of the configuration, over all alternatives; none where the path is unknown or holds no object. */
export function keysAt(path: Path): readonly string[] {
  const found = path.reduce<readonly unknown[]>(
    (schemas, step) => schemas.flatMap((one) => below(one, step)),
    [configSchema],
  );
  return [
    ...new Set(
      found.flatMap(alternatives).flatMap((one) => (one instanceof z.ZodObject ? Object.keys(one.shape) : [])),
    ),
  ];
}

function below(schema: unknown, step: string | number): readonly unknown[] {
  return alternatives(schema).flatMap((one) => {
    if (one instanceof z.ZodArray) return typeof step === 'number' ? [one.element] : [];
    return one instanceof z.ZodObject && Object.hasOwn(one.shape, step) ? [one.shape[step]] : [];
  });
}

/** What the schema is made of, without what only says that a value may be absent, or has a default. */
function alternatives(schema: unknown): readonly unknown[] {
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(alternatives);
  if (schema instanceof z.ZodPipe) return alternatives(schema.in);
  const isOptional =
    schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault;
  return isOptional ? alternatives(schema.unwrap()) : [schema];
}
