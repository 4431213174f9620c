import { typeWords } from '../../core/schema-words.ts';
import { z } from '../../core/zod.ts';
import { refuse } from './refuse.ts';

/** A directory of a repository, relative to its top with forward slashes; empty for the top. */
const pathWords = 'a directory of the repository, such as applications/main, or "." for all of it';

const path = z.string({ error: typeWords(pathWords) }).transform((text, context) => {
  const steps = text.split('/').filter((step) => step !== '' && step !== '.');
  const problem = pathProblem(text, steps);
  return problem === undefined ? steps.join('/') : refuse(context, problem);
});

/** Where an account has its manifests. */
export const manifestsSchema = z
  .union(
    [
      z.string().min(1),
      z.array(z.string().min(1)).min(1),
      z.strictObject({
        source: z
          .string({ error: typeWords('the name of a source, such as main') })
          .describe('Name of the source, one of sources.'),
        path: z
          .union([path, z.array(path).min(1)], { error: typeWords(pathWords) })
          .describe(
            'Directory in the repository, with forward slashes; "." is all of it. Or a list of directories, the base first.',
          ),
      }),
    ],
    { error: typeWords('the directory of the manifests, such as apps, or { source: NAME, path: DIR }') },
  )
  .describe(
    'Directory of the manifests, relative to this file; or a list of directories, the base first; or directories of a git repository, one of sources.',
  );

function pathProblem(text: string, steps: readonly string[]): string | undefined {
  if (/\p{Cc}/u.test(text)) return 'it contains a line break or a control character';
  if (text.includes('\\')) return 'expected forward slashes, such as applications/main';
  if (text.startsWith('/'))
    return 'expected a path relative to the top of the repository: remove the slash at its start';
  return steps.includes('..') ? 'a step ".." could lead out of the repository' : undefined;
}
