import type { CliContext, DocumentName } from '../../../app/context.ts';
import { configJsonSchema } from '../../../config/schema.ts';
import { exitCodes } from '../../../core/exit-codes.ts';
import { applicationJsonSchema } from '../../../core/manifest/schema.ts';
import { planJsonSchema, reportJsonSchema } from '../../../core/render/schema.ts';

const schemas: Readonly<Record<DocumentName, () => object>> = {
  application: applicationJsonSchema,
  config: configJsonSchema,
  plan: planJsonSchema,
  report: reportJsonSchema,
};

/** Prints the JSON Schema of one kind of document. */
export function schemaCommand(name: DocumentName, { stdout }: CliContext): number {
  stdout.write(`${JSON.stringify(schemas[name](), undefined, 2)}\n`);
  return exitCodes.done;
}
