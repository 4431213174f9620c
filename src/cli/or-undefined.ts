import { ReconcilerError } from '../core/errors.ts';

/** The value, or undefined where an expected error says why there is none. */
export async function orUndefined<Value>(read: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof ReconcilerError) return undefined;
    throw error;
  }
}
