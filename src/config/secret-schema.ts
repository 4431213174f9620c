import { z } from '../core/zod.ts';

/** Name of an environment variable. */
export const variableName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: 'expected the name of an environment variable, such as VONAGE_API_KEY' });

/** Where a secret comes from: never the secret itself. */
export const secretSchema = z.union(
  [
    z.strictObject({
      env: variableName.describe(
        'Environment variable with the value; if unset, NAME_FILE is the path of a file with it.',
      ),
    }),
    z.strictObject({
      file: z.string().min(1).describe('File with the value, relative to this file; a trailing newline is removed.'),
    }),
  ],
  { error: ({ input }) => secretMessage(input) },
);

/** The value itself is never quoted. */
function secretMessage(input: unknown): string {
  const expected = 'expected { env: NAME } or { file: PATH }';
  if (input === undefined) return `missing: ${expected}`;
  const keys = typeof input === 'object' && input !== null ? Object.keys(input).join(' ') : '';
  if (keys === 'env') return `${expected}, with the name of an environment variable, such as VONAGE_API_KEY`;
  if (keys === 'file') return `${expected}, with the path of a file`;
  if (keys === 'env file' || keys === 'file env') return `${expected}, not both`;
  return `secrets are not allowed in this file: ${expected}`;
}

/** Where a secret comes from. */
export type SecretFile = z.output<typeof secretSchema>;
