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
        'Environment variable that holds it; when it is unset, NAME_FILE names a file that does.',
      ),
    }),
    z.strictObject({
      file: z.string().min(1).describe('File that holds it, relative to this file; a newline at its end is left out.'),
    }),
  ],
  { error: 'a secret is never written into this file: expected { env: NAME } or { file: PATH }' },
);

/** Where a secret comes from. */
export type SecretFile = z.output<typeof secretSchema>;
