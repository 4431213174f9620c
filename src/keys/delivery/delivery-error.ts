import { ReconcilerError } from '../../core/errors.ts';
import { stateError } from '../../disk/state-error.ts';
import type { KeyFacts } from '../../reconcile/ports.ts';

/** Why a key is not delivered, told by what found out. */
export class DeliveryRefused extends Error {}

/**
 * The error of a delivery that failed: what was refused, and what the file system said. Other expected errors stay what they are, such as
 * that of a lost lock.
 */
export function deliveryError({ name }: KeyFacts, target: string, error: unknown): unknown {
  const reason = reasonOf(error);
  if (reason === undefined) return error;
  return new ReconcilerError('E_KEY_DELIVERY', { application: name, target, reason }, { cause: error });
}

function reasonOf(error: unknown): string | undefined {
  if (error instanceof DeliveryRefused) return error.message;
  const { path, reason } = detailsOf(error);
  return path === undefined ? undefined : `${path}: ${reason}`;
}

function detailsOf(error: unknown): ReconcilerError['details'] {
  const told = stateError(pathOf(error), error);
  return told instanceof ReconcilerError && told.code === 'E_STATE_UNUSABLE' ? told.details : {};
}

function pathOf(error: unknown): string {
  return error instanceof Error && 'path' in error && typeof error.path === 'string' ? error.path : 'the directory';
}
