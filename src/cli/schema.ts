import { configJsonSchema } from '../config/schema.ts';
import { applicationJsonSchema } from '../core/manifest/schema.ts';
import { exitCodes } from '../core/outcome.ts';
import { planJsonSchema, reportJsonSchema } from '../core/render/schema.ts';
import type { DocumentName } from './choices.ts';
import type { World } from './world.ts';

const schemas: Readonly<Record<DocumentName, () => object>> = {
  application: applicationJsonSchema,
  config: configJsonSchema,
  plan: planJsonSchema,
  report: reportJsonSchema,
};

/** Prints the JSON Schema of one kind of document. */
export function schemaCommand(name: DocumentName, { stdout }: World): number {
  stdout.write(`${JSON.stringify(schemas[name](), undefined, 2)}\n`);
  return exitCodes.done;
}
