import { layerPaths } from '../../config/source/layers.ts';
import type { SourceConfig } from '../../config/source.ts';
import { ReconcilerError } from '../../core/errors.ts';
import { shortId } from '../../core/git/commit-info.ts';
import type { ObjectId } from '../../core/git/object-id.ts';
import { sourceStateText } from '../../core/git/source-state.ts';
import { withSignals } from '../../core/signals.ts';
import type { Commits, CommitToPlan } from '../../http/commits.ts';
import type { OpenedCommit } from '../../source/git/opened-commit.ts';
import type { Opened } from '../../source/git/planned-commits.ts';
import { NamesMovingToOtherAccounts } from '../moved-names.ts';
import type { Session } from '../session.ts';
import { logSaid, sourceFacts } from '../source/check-source.ts';
import { openRepository } from '../source/open-repository.ts';
import { type GitAccount, openCommitSource, openSource } from '../source/open-source.ts';
import { SharedReadings } from '../source/shared-readings.ts';

/** Commits of a daemon's git sources, as configured now. */
export function openCommits(session: () => Session): Commits {
  return {
    accounts: () => {
      const now = session();
      const named = now.config.sources.map(({ name }) => [name, accountsOf(now, name).map((one) => one.name)] as const);
      return new Map(named.filter(([, accounts]) => accounts.length > 0));
    },
    open: (source, commit, signal) => openCommit(session(), source, commit, signal),
  };
}

function accountsOf({ accounts }: Session, source: string): readonly GitAccount[] {
  return accounts.filter((account): account is GitAccount => account.source?.name === source);
}

async function openCommit(
  session: Session,
  name: string,
  commit: ObjectId,
  signal: AbortSignal,
): Promise<CommitToPlan> {
  const source = session.config.sources.find((one) => one.name === name);
  if (source === undefined) throw new ReconcilerError('E_NOT_FOUND', { what: name, reason: 'there is no such source' });
  // A daemon that stops leaves no fetch behind.
  return withSignals([signal, session.context.stop], async (until) => {
    const opened = await openRepository(session, source).planned.open(commit, until);
    switch (opened.result) {
      case 'elsewhere':
        throw new ReconcilerError('E_COMMIT_NOT_ON_BRANCH', { commit, repository: source.address.name });
      case 'failed':
        throw failureOf(session, source, commit, opened);
      case 'opened':
        return toPlan(session, name, opened.commit, until);
    }
  });
}

async function toPlan(
  session: Session,
  name: string,
  commit: OpenedCommit,
  signal: AbortSignal,
): Promise<CommitToPlan> {
  const ofSource = accountsOf(session, name);
  const paths = ofSource.flatMap(({ layers }) => layerPaths(layers));
  const touched = await commit.touched(paths, signal);
  const accounts = ofSource.map(({ name, layers }) => ({
    name,
    isTouched: layerPaths(layers).some((path) => touched.has(path)),
  }));
  const sources = new Map(ofSource.map((one) => [one.name, openCommitSource(session, one, commit)]));
  // A manifest that the commit moves to another account is on its way there, not removed.
  const readings = new SharedReadings(session, (one) => sources.get(one.name) ?? openSource(session, one));
  return {
    planned: commit.planned,
    accounts,
    accountWith: (account) => {
      const { config, ports } = account;
      const source = sources.get(config.name);
      if (source === undefined) throw new RangeError(`account ${config.name} is not of source ${name}`);
      const moving = new NamesMovingToOtherAccounts(session, config, ports.ledger, readings);
      const rules = { ...ports.rules, preview: 'commit' as const };
      return { ...account, ports: { ...ports, source, rules }, movingNames: (stop) => moving.now(stop) };
    },
  };
}

type Failed = Extract<Opened, { readonly result: 'failed' }>;

function failureOf(session: Session, source: SourceConfig, commit: ObjectId, failed: Failed): ReconcilerError {
  logSaid(session, source, failed.failure === 'other' ? 'other' : 'refused', failed.said);
  return new ReconcilerError('E_SOURCE_FETCH', { reason: reasonOf(source, commit, failed) });
}

function reasonOf(source: SourceConfig, commit: ObjectId, failed: Failed): string {
  const { name, address } = source;
  switch (failed.failure) {
    case 'too-large':
      return `source ${name}: the branches of ${address.name} have more than 256 MiB that is not in the accepted commit. Push the commit as the tip of a branch, or delete large branches`;
    case 'malformed':
      return `source ${name}: commit ${shortId(commit)}, or something fetched with it, is malformed: git fsck in the repository says what`;
    default:
      return sourceStateText(failed.failure, {
        ...sourceFacts(source),
        ...failed,
        accepted: shortId(failed.accepted),
      });
  }
}
