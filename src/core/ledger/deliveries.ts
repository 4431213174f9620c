import type { ApplicationId } from '../application/application.ts';

/**
 * A private key of ours at one target outside of the key directory. `preparing`: the target was asked to take it, so that it may be
 * there; `prepared`: it is there, beside the one in use; `active`: its application is known to have it, and so is the target; `former`:
 * it was active, and its application has another key there by now, or was deleted. What was delivered is never deleted.
 */
export interface Delivery {
  readonly fingerprint: string;
  /** Name of the target. */
  readonly target: string;
  /** The application's name, as the target was told last. */
  readonly name: string;
  /** Known once its create is confirmed. */
  readonly id?: ApplicationId;
  readonly phase: 'preparing' | 'prepared' | 'active' | 'former';
  /** When it came to this phase, in milliseconds since 1970. */
  readonly at: number;
  /** Absolute path, where the target keeps keys in files. */
  readonly file?: string;
  /** Why the last attempt at the next phase failed. */
  readonly failed?: { readonly at: number; readonly reason: string };
}

/** The deliveries after this one: it replaces the one of its key at its target, and what it supersedes there is no longer active. */
export function withDelivery(deliveries: readonly Delivery[], delivery: Delivery): readonly Delivery[] {
  const others = deliveries.filter((one) => one.fingerprint !== delivery.fingerprint || one.target !== delivery.target);
  const rest =
    delivery.phase === 'active' ? others.map((one) => (supersedes(delivery, one) ? asFormer(one) : one)) : others;
  return [...rest, delivery];
}

function supersedes({ target, id, file }: Delivery, other: Delivery): boolean {
  return other.target === target && (other.id === id || (file !== undefined && other.file === file));
}

/** The deliveries after an application was deleted. */
export function withoutApplication(deliveries: readonly Delivery[], id: ApplicationId): readonly Delivery[] {
  return deliveries.map((one) => (one.id === id ? asFormer(one) : one));
}

/** The deliveries after the private key was removed from the key directory: those still in use at a target stay known. */
export function withoutPruned(deliveries: readonly Delivery[], fingerprint: string): readonly Delivery[] {
  return deliveries.filter((one) => one.fingerprint !== fingerprint || one.phase === 'active');
}

function asFormer(delivery: Delivery): Delivery {
  return delivery.phase === 'active' ? { ...delivery, phase: 'former' } : delivery;
}
