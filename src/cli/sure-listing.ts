import type { ApplicationId, LiveState } from '../core/application.ts';
import { ReconcilerError } from '../core/errors.ts';
import { listingSeen } from '../core/listing-seen.ts';
import type { ApplicationReader } from '../reconcile/ports.ts';

/** Applications on one page of a listing. Source: Vonage OpenAPI 2.4.1, page_size. */
const pageSize = 100;

/** What is listed, for whom. */
export interface SureListingOptions {
  readonly confirm: readonly ApplicationId[];
  /** The command that needs it. */
  readonly what: string;
  readonly signal: AbortSignal;
}

/**
 * A listing that misses nothing: of several pages one can miss an application that moved between them, so they are read twice.
 * @throws {ReconcilerError} E_REFUSED while the listing changes as it is read
 */
export async function sureListing(
  api: ApplicationReader,
  { confirm, what, signal }: SureListingOptions,
): Promise<LiveState> {
  const live = await api.list({ confirm, signal });
  const again = live.applications.length > pageSize ? await api.list({ confirm, signal }) : live;
  if (live.stable && again.stable && listingSeen(live).hash === listingSeen(again).hash) return live;
  const reason = 'the listing changed while it was read, so an application may be missing in it: try again';
  throw new ReconcilerError('E_REFUSED', { what, reason });
}
