import type { ReconcilerError } from '../core/errors.ts';
import { messageLines } from '../core/render/visible.ts';
import type { World } from './world.ts';

/** Tells a person of an error that ends a command: with its code, so that it can be looked up in docs/errors.md. */
export function reportError(error: ReconcilerError, { stderr }: World, account?: string): void {
  const of = account === undefined ? '' : ` (account ${account})`;
  stderr.write(`${messageLines(error.message, `Error ${error.code}${of}: `).join('\n')}\n`);
}
