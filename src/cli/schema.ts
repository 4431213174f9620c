import { configJsonSchema } from '../config/schema.ts';
import { applicationJsonSchema } from '../core/manifest/schema.ts';
import { exitCodes } from '../core/outcome.ts';
import { planJsonSchema, reportJsonSchema } from '../core/render/schema.ts';
import type { World } from './world.ts';

const schemas = {
  application: applicationJsonSchema,
  config: configJsonSchema,
  plan: planJsonSchema,
  report: reportJsonSchema,
} as const;

/** Documents that have a published JSON Schema. */
export const schemaNames = Object.keys(schemas) as readonly (keyof typeof schemas)[];

/** Prints the JSON Schema of one kind of document. */
export function schemaCommand(name: keyof typeof schemas, { stdout }: World): number {
  stdout.write(`${JSON.stringify(schemas[name](), undefined, 2)}\n`);
  return exitCodes.done;
}
