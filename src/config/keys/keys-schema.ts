import { defaultPolicy } from '../../core/plan/policy.ts';
import { z } from '../../core/zod.ts';
import { deliverSchema } from './deliver-schema.ts';

/** `keys` of an account. */
export const keysSchema = z
  .strictObject({
    mode: z
      .enum(['generate', 'required'])
      .default(defaultPolicy.keysMode)
      .describe(
        'generate: a key pair is generated for a new application. required: its manifest must have a public key.',
      ),
    directory: z
      .string()
      .min(1)
      .optional()
      .describe('Directory of the private keys, relative to the state directory. Default: <state>/<account>/keys'),
    deliver: deliverSchema,
    rotateAfterDays: z
      .int()
      .min(1)
      .max(3650)
      .optional()
      .describe('Age from which doctor warns about a generated key pair, in days. No key is rotated by it.'),
  })
  .prefault({})
  .describe('Key pairs of new applications.');
