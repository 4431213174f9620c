import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { readYaml } from '../../../config/read-yaml.ts';
import { ReconcilerError } from '../../../core/errors.ts';
import type { Path } from '../../../core/manifest/schema.ts';
import { fileReason } from '../../../core/mistakes/file-reason.ts';
import { didYouMean } from '../../../core/mistakes/suggest.ts';
import { formatPlace, saidOf } from '../../../core/problem.ts';
import { schemaWords } from '../../../core/schema-words.ts';
import type { z } from '../../../core/zod.ts';
import { type OwnedNumber, ownedNumberSchema, ownedNumbersSchema } from '../../../emulator/numbers/owned-number.ts';

/**
 * The numbers in a file given to `--numbers`: a list of them, or a response of the Numbers API.
 * @throws {ReconcilerError} E_USAGE with every problem at once, each with its place
 */
export async function readNumbersFile(file: string, cwd: string): Promise<readonly OwnedNumber[]> {
  const text = await readFile(resolve(cwd, file), 'utf8').catch((error: unknown) => {
    throw usage(`--numbers ${file}: ${fileReason(error)}`, error);
  });
  const { value, errors, problemAt } = readYaml(file, text);
  const parsed = ownedNumbersSchema.safeParse(value, { error: schemaWords });
  if (errors.length === 0 && parsed.success) return parsed.data;
  const within = (path: Path) => (Array.isArray(value) ? path.slice(1) : path);
  const found = parsed.error?.issues.flatMap(saidBy).map(({ path, message }) => problemAt(within(path), message));
  const problems = errors.length > 0 ? errors : (found ?? []);
  throw usage(problems.map((problem) => `${formatPlace(problem.place)}: ${saidOf(problem)}`).join('\n'));
}

/** What an issue says, of each unknown field by itself. */
function saidBy(issue: z.core.$ZodIssue): readonly { readonly path: Path; readonly message: string }[] {
  const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
  if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }];
  const known = Object.keys(ownedNumberSchema.shape);
  return issue.keys.map((key) => ({ path: [...path, key], message: `unknown field${didYouMean(key, known)}` }));
}

function usage(message: string, cause?: unknown): ReconcilerError {
  return new ReconcilerError('E_USAGE', { message }, { cause });
}
