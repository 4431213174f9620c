import { commitIdProblem, type Ref, refNameProblem } from '../../core/git/ref.ts';
import { versionRangeProblem } from '../../core/git/versions.ts';
import { typeWords } from '../../core/schema-words.ts';
import { z } from '../../core/zod.ts';
import { refuse } from './refuse.ts';

const kinds = ['branch', 'tag', 'semver', 'commit'] as const;
type Kind = (typeof kinds)[number];

const expected = `one of ${kinds.join(', ')}: the default branch of the server is not guessed`;

const text = z.string().optional();

/** What of a repository is followed: exactly one kind of ref. */
export const refSchema = z
  .strictObject(
    {
      branch: text.describe('Name of a branch, without refs/heads/.'),
      tag: text.describe('Name of a tag, without refs/tags/.'),
      semver: text.describe(
        'Range of versions, such as ^1.2.0: the highest of the tags v1.2.3 and 1.2.3 in it. Pre-releases count only where the range names one.',
      ),
      commit: text.describe('Full id of a commit: 40 or 64 lower-case hexadecimal digits.'),
    },
    { error: typeWords(expected) },
  )
  .transform((given, context): Ref => {
    const [one, other] = kinds.flatMap((kind) => {
      const value = given[kind];
      return value === undefined ? [] : [{ kind, value }];
    });
    if (one === undefined) return refuse(context, `missing: expected ${expected}`);
    if (other !== undefined) return refuse(context, `set either ${one.kind} or ${other.kind}, not both`, [other.kind]);
    const problem = problemOf(one.kind, one.value);
    return problem === undefined ? refOf(one.kind, one.value) : refuse(context, problem, [one.kind]);
  })
  .meta({ description: 'What is followed; exactly one of its keys.', minProperties: 1, maxProperties: 1 });

function problemOf(kind: Kind, value: string): string | undefined {
  if (kind === 'commit') return commitIdProblem(value);
  if (kind === 'semver') return versionRangeProblem(value);
  const problem = refNameProblem(value);
  return problem && `expected the name of a ${kind}: ${problem}`;
}

function refOf(kind: Kind, value: string): Ref {
  switch (kind) {
    case 'branch':
    case 'tag':
      return { kind, name: value };
    case 'semver':
      return { kind, range: value };
    case 'commit':
      return { kind, id: value };
  }
}
