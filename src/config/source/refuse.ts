import { z } from '../../core/zod.ts';

/** Refuses what a transform of a schema was given, or the part of it at a path. The message must not quote a value. */
export function refuse(context: z.RefinementCtx, message: string, path: readonly string[] = []): never {
  context.addIssue({ code: 'custom', path: [...path], message });
  return z.NEVER;
}
