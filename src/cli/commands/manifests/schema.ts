import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CliContext, DocumentName } from '../../../app/context.ts';
import { exitCodes } from '../../../core/exit-codes.ts';
import { packageDirectory } from '../tools/package-directory.ts';

/**
 * Prints the JSON Schema of one kind of document. It is the published one, which is beside the program: what makes a schema of the
 * program's own rules is larger than most of its commands.
 */
export async function schemaCommand(name: DocumentName, { stdout }: CliContext): Promise<number> {
  const text = await readFile(join(packageDirectory(), 'config', `${name}.schema.json`), 'utf8');
  stdout.write(`${JSON.stringify(JSON.parse(text), undefined, 2)}\n`);
  return exitCodes.done;
}
