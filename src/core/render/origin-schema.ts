import type { KnownCommit } from '../git/commit-info.ts';
import { z } from '../zod.ts';

/** A commit as documents show it. */
export const commitSchema = z.object({
  id: z.string().describe('Full id.'),
  author: z.string().exactOptional().describe('Who the commit says made it: not verified.'),
  signer: z.string().exactOptional().describe('Whose key signed it; absent where signatures are not verified.'),
  subject: z.string().exactOptional().describe('First line of its message, at most 100 characters.'),
  at: z.string().exactOptional().describe('When it was committed, as its committer says: ISO 8601 in UTC.'),
});

/** See {@link commitSchema}. */
export type CommitDocument = z.output<typeof commitSchema>;

/** What several documents are made of. */
export const documentParts = {
  id: z
    .string()
    .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/)
    .describe('Id of an application: a UUID in lower case.'),
  hash: z.string().min(1),
  count: z.int().min(0),
  pointer: z.string().describe('RFC 6901 pointer into the body of the application.'),
  place: z
    .object({ file: z.string(), line: z.int().min(1), column: z.int().min(1) })
    .describe('Location; the file is relative to the root of the manifests.'),
};

/** Where a plan comes from. */
export const originFields = {
  program: z.string().describe('Version of vonage-gitops that wrote this.'),
  account: z.string().describe('Name of the account in the configuration.'),
  accountHash: z.string().min(1).describe('Hash of the API key and host: a plan is applied to no other account.'),
  revision: z.string().describe('Id of the commit; of a directory, the same as content.'),
  content: z
    .string()
    .optional()
    .describe(
      'Hash of the contents of the files: equal ones are equal files. Absent in files of earlier versions, which have it as revision.',
    ),
  commit: commitSchema
    .optional()
    .describe(
      'The commit. Of a directory in a git work tree, the one checked out, of which only the id is known: files may have been changed since.',
    ),
  serial: z.int().min(0).describe('Serial of the ledger the plan was computed from.'),
};

/** A commit of a document, as it is told. */
export function knownCommit({ id, author, signer, subject, at }: CommitDocument): KnownCommit {
  if (author === undefined) return { id };
  return { id, author, ...(signer === undefined ? {} : { signer }), subject: subject ?? '', at: Date.parse(at ?? '') };
}
