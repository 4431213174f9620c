import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CliContext, DocumentName } from '../../../app/context.ts';
import { exitCodes } from '../../../core/exit-codes.ts';
import type { JsonObject } from '../../../core/json.ts';
import { packageDirectory } from '../tools/package-directory.ts';

/**
 * Prints the JSON Schema of one kind of document. It is the published one, which is beside the program: what makes a schema of the
 * program's own rules is larger than most of its commands.
 */
export async function schemaCommand(name: DocumentName, { stdout }: CliContext): Promise<number> {
  stdout.write(`${JSON.stringify(await schemaOf(name), undefined, 2)}\n`);
  return exitCodes.done;
}

async function schemaOf(name: DocumentName): Promise<JsonObject> {
  if (name !== 'patch') return readSchema(name);
  const { patchJsonSchema } = await import('../../../core/layers/patch-json-schema.ts');
  return patchJsonSchema(await readSchema('application'));
}

async function readSchema(name: DocumentName): Promise<JsonObject> {
  return JSON.parse(await readFile(join(packageDirectory(), 'config', `${name}.schema.json`), 'utf8'));
}
