import type { GuardId } from '../plan/plan.ts';
import { z } from '../zod.ts';

/** Every guard. */
export const guardSchema = z.enum([
  'subset',
  'incomplete',
  'empty',
  'unstable',
  'deletes-max',
  'deletes-per-24h',
  'updates-max',
  'vanished',
  'adoption-loss',
  'key-custody',
  'adoption-custody',
  'keys-required',
  'key-delivery',
  'moved',
  'rewound',
  'fight',
  'in-use',
] as const satisfies readonly GuardId[]);
