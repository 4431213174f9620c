import { vi } from 'vitest';

/** Resolves once the check passes. The bound only names what never came: a busy machine takes its time. */
export function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, { timeout: 120_000, interval: 20 });
}
