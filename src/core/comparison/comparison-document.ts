import { dottedPath } from '../pointer.ts';
import { z } from '../zod.ts';
import type { Comparison } from './compare-manifests.ts';

const place = z.strictObject({ file: z.string(), line: z.int(), column: z.int() });
const field = z.strictObject({
  path: z.string().describe('Dotted path, for display.'),
  pointer: z.string().describe('JSON Pointer into the manifest: fields of its spec without /spec.'),
  before: z.unknown().optional().describe('Value in the commit. Never a secret.'),
  after: z.unknown().optional().describe('Value in the directory. Never a secret.'),
});

/** Manifests of a directory compared with those of a commit: the document of plan --against. */
export const comparisonSchema = z.strictObject({
  format: z.literal('vonage-gitops.comparison/1'),
  program: z.string(),
  account: z.string(),
  directory: z.string(),
  against: z.strictObject({ revision: z.string().describe('As it was asked for.'), commit: z.string() }),
  summary: z.strictObject({
    added: z.int(),
    changed: z.int(),
    removed: z.int(),
    equal: z.int(),
    incomparable: z.int(),
  }),
  differences: z.array(
    z.strictObject({
      kind: z.enum(['added', 'changed', 'removed']),
      name: z.string(),
      formerly: z.string().optional().describe('Name in the commit, of a manifest that was renamed.'),
      place: place.describe('In the commit, of a manifest that was removed.'),
      fields: z.array(field),
    }),
  ),
  incomparable: z
    .array(z.strictObject({ side: z.enum(['before', 'after']), name: z.string().optional(), place }))
    .describe('Manifests that are invalid on one side.'),
});

type ComparisonDocument = z.infer<typeof comparisonSchema>;

/** A comparison as a document. */
export function comparisonDocument(
  { differences, equal, incomparable }: Comparison,
  about: Pick<ComparisonDocument, 'program' | 'account' | 'directory' | 'against'>,
): ComparisonDocument {
  const count = (kind: ComparisonDocument['differences'][number]['kind']) =>
    differences.filter((one) => one.kind === kind).length;
  return {
    format: 'vonage-gitops.comparison/1',
    ...about,
    summary: {
      added: count('added'),
      changed: count('changed'),
      removed: count('removed'),
      equal,
      incomparable: incomparable.length,
    },
    differences: differences.map(({ kind, name, formerly, place: at, members }) => ({
      kind,
      name,
      ...(formerly === undefined ? {} : { formerly }),
      place: { ...at },
      fields: members.map(({ path, before, after }) => ({
        path: dottedPath(path),
        pointer: path,
        ...(before === undefined ? {} : { before }),
        ...(after === undefined ? {} : { after }),
      })),
    })),
    incomparable: incomparable.map(({ side, name, place: at }) => ({
      side,
      ...(name === undefined ? {} : { name }),
      place: { file: at.file, line: at.line, column: at.column },
    })),
  };
}
