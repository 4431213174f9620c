import type { Application, ApplicationId } from '../core/application/application.ts';
import { type ErrorCode, ReconcilerError } from '../core/errors.ts';
import { mapConcurrently } from './map-concurrently.ts';

/** How absent ids are looked up. */
export interface ConfirmSource {
  /** A GET; undefined when the API says that there is no such application. */
  readonly read: (id: ApplicationId, signal: AbortSignal) => Promise<Application | undefined>;
  /** How many are looked up. Nothing is known of the rest. */
  readonly atMost: number;
  /** Read side by side. */
  readonly limit: number;
  /** Whether the time for looking up is over: what is left then is unconfirmed. */
  readonly isLate: () => boolean;
}

/** What became of the ids. */
export interface Confirmed {
  readonly found: readonly Application[];
  readonly missing: ReadonlySet<ApplicationId>;
  readonly unconfirmed: ReadonlySet<ApplicationId>;
}

type Verdict = Application | 'missing' | 'unconfirmed';

/** Failures of a GET that say nothing about the application, nor against asking for the next one. */
const noVerdict: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'E_API_UNREACHABLE',
  'E_API_RESPONSE_UNREADABLE',
  'E_API_REJECTED',
  'E_API_RATE_LIMITED',
  'E_API_FAILED',
]);

/**
 * Looks up the ids that no page of a listing held. Rejects when nothing could be asked any more: refused credentials, an open
 * circuit, an aborted signal.
 */
export async function confirmIds(
  absent: readonly ApplicationId[],
  source: ConfirmSource,
  signal: AbortSignal | undefined,
): Promise<Confirmed> {
  const { limit } = source;
  const ask = (ids: readonly ApplicationId[]): Promise<readonly Verdict[]> =>
    mapConcurrently(ids, { limit, signal }, (id, stop) => verdictOn(id, source, stop));
  // None asked, none missing: at least one must be.
  const first = absent.slice(0, Math.max(1, source.atMost));
  const rest = absent.slice(first.length);
  const verdicts = [...(await ask(first)), ...rest.map((): Verdict => 'unconfirmed')];
  const idsOf = (wanted: Verdict) => new Set(absent.filter((_, index) => verdicts[index] === wanted));
  return {
    found: verdicts.filter((verdict) => typeof verdict === 'object'),
    missing: idsOf('missing'),
    unconfirmed: idsOf('unconfirmed'),
  };
}

async function verdictOn(id: ApplicationId, { read, isLate }: ConfirmSource, signal: AbortSignal): Promise<Verdict> {
  if (isLate()) return 'unconfirmed';
  try {
    return (await read(id, signal)) ?? 'missing';
  } catch (error) {
    if (signal.aborted || !(error instanceof ReconcilerError) || !noVerdict.has(error.code)) throw error;
    if (error.details.status === 401) throw error; // whoever asks for credentials will for the other ids, too
    return 'unconfirmed';
  }
}
