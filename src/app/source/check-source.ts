import { layerPaths } from '../../config/source/layers.ts';
import type { SourceConfig } from '../../config/source.ts';
import { ReconcilerError } from '../../core/errors.ts';
import { type CommitInfo, shortId } from '../../core/git/commit-info.ts';
import { describeRef } from '../../core/git/ref.ts';
import {
  type SourceFacts,
  type SourceRefusal,
  type SourceState,
  sourceStateText,
  stateOfFailure,
} from '../../core/git/source-state.ts';
import type { SourceCheck } from '../../core/git/source-status.ts';
import type { Refreshed, Repository } from '../../source/git/repository.ts';
import type { Session } from '../session.ts';
import { openRepository } from './open-repository.ts';

/**
 * Asks the server of a git source, fetches what is new, and accepts or refuses it. What goes wrong is the answer.
 * @throws {ReconcilerError} E_ABORTED
 */
export async function checkSource(session: Session, source: SourceConfig, signal: AbortSignal): Promise<SourceCheck> {
  const repository = openRepository(session, source);
  const before = await acceptedOf(repository, signal);
  try {
    const refreshed = await repository.refresh(signal);
    const accepted = await repository.accepted(signal);
    const seen = { before, accepted, missing: await missingPath(session, source, { repository, accepted }, signal) };
    return checkOf(source, refreshed, seen);
  } catch (error) {
    if (!(error instanceof ReconcilerError) || error.code === 'E_ABORTED') throw error;
    const state = error.code === 'E_LOCK_HELD' ? 'locked' : 'other';
    return { state, message: `source ${source.name}: ${error.message}`, said: '', accepted: before, isNews: false };
  }
}

/** What a check that only asks found. */
export interface AskedSource {
  /** Undefined when the server answered as it should. */
  readonly failure?: string;
  /** Whether it has what was accepted last. */
  readonly isSame: boolean;
}

/** Asks the server of a git source, and changes nothing of what is accepted. @throws {ReconcilerError} E_SOURCE_STORE, E_STATE_UNUSABLE, E_ABORTED */
export async function askSource(session: Session, source: SourceConfig, signal: AbortSignal): Promise<AskedSource> {
  const repository = openRepository(session, source);
  const asked = await repository.ask(signal);
  if (asked.result !== 'failed') return { isSame: asked.result === 'same' };
  const accepted = await acceptedOf(repository, signal);
  const { state, refusal } = stateOf(asked, undefined);
  logSaid(session, source, state, asked.said);
  const facts = { ...sourceFacts(source), ...asked, accepted: accepted && shortId(accepted.id), refusal };
  return { isSame: false, failure: sourceStateText(state, facts) };
}

/** Git's own words: wanted where nothing else is known, and else only by who looks closely. */
export function logSaid({ log }: Session, { name: source }: SourceConfig, state: SourceState, said: string): void {
  if (said === '') return;
  if (state === 'other') log.warn({ source, said }, 'git said');
  else log.debug({ source, said }, 'git said');
}

/** What is known of a source by itself. */
export function sourceFacts({ name, address, ref, auth }: SourceConfig): SourceFacts {
  return { name, repository: address.name, ref: describeRef(ref), auth: auth?.kind ?? 'none' };
}

interface Seen {
  readonly before: CommitInfo | undefined;
  readonly accepted: CommitInfo | undefined;
  /** A directory of an account that the accepted commit does not have. */
  readonly missing: string | undefined;
}

function checkOf(source: SourceConfig, refreshed: Refreshed, { before, accepted, missing }: Seen): SourceCheck {
  const { state, refusal } = stateOf(refreshed, missing);
  const tip = refreshed.result === 'failed' ? undefined : refreshed.commit;
  const message = sourceStateText(state, {
    ...sourceFacts(source),
    ...(refreshed.result === 'failed' ? refreshed : {}),
    accepted: accepted && shortId(accepted.id),
    tip: tip && shortId(tip.id),
    refusal,
    key: refreshed.result === 'refused' ? refreshed.key : undefined,
    path: missing,
  });
  const said = refreshed.result === 'failed' ? refreshed.said : '';
  return { state, refusal, message, said, tip, accepted, isNews: accepted?.id !== before?.id };
}

function stateOf(
  refreshed: Refreshed,
  missing: string | undefined,
): { readonly state: SourceState; readonly refusal?: SourceRefusal } {
  switch (refreshed.result) {
    case 'failed':
      return refreshed.failure === 'too-large'
        ? { state: 'refused', refusal: 'too-large' }
        : stateOfFailure(refreshed.failure);
    case 'refused':
      return { state: 'refused', refusal: refreshed.why };
    case 'accepted':
      return { state: missing === undefined ? 'ok' : 'path-missing' };
  }
}

/** What cannot be read of it is told by the refresh. */
async function acceptedOf(repository: Repository, signal: AbortSignal): Promise<CommitInfo | undefined> {
  try {
    return await repository.accepted(signal);
  } catch (error) {
    if (error instanceof ReconcilerError && error.code !== 'E_ABORTED') return undefined;
    throw error;
  }
}

async function missingPath(
  { config }: Session,
  { name }: SourceConfig,
  { repository, accepted }: { readonly repository: Repository; readonly accepted: CommitInfo | undefined },
  signal: AbortSignal,
): Promise<string | undefined> {
  if (accepted === undefined) return undefined;
  const paths = config.accounts.flatMap(({ source, layers }) => (source?.name === name ? layerPaths(layers) : []));
  const contents = await repository.contentsAt(accepted.id, paths, signal);
  return paths.find((path) => !contents.has(path));
}
