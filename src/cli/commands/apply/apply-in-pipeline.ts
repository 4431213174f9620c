import type { CliContext } from '../../../app/context.ts';
import type { DaemonOptions } from '../../../app/daemon/daemon-client.ts';
import { openDaemonSession } from '../../../app/daemon/daemon-session.ts';
import type { Session } from '../../../app/session.ts';
import { ReconcilerError } from '../../../core/errors.ts';
import { fullCommitId } from '../../full-commit-id.ts';
import { syncCommand } from '../daemon/sync.ts';
import { type ApplyOptions, applyCommand } from './apply.ts';

/** Options of `apply --ci`. */
export interface PipelineOptions extends ApplyOptions, DaemonOptions {
  /** Full id of the commit that the pipeline is about. */
  readonly ci: string;
}

/**
 * Applies a commit from a pipeline. Where a daemon is named it is asked for a pass over the commit: two writers would have two ledgers. Else
 * the pipeline applies itself, which needs a state directory that lasts: without its ledger nothing is deleted, and with its private keys lost, they are lost permanently.
 * @throws {ReconcilerError} E_USAGE, E_REFUSED
 */
export async function applyInPipeline(
  target: string | undefined,
  options: PipelineOptions,
  context: CliContext,
): Promise<number> {
  fullCommitId('--ci', options.ci);
  const { session, client } = await openDaemonSession(context, options);
  if (!client.named) {
    refuseLostState(session);
    return applyCommand(target, options, context);
  }
  refuseParts(target, options, client.url);
  const { ci: commit, config, state, account, logLevel, color, quiet, daemon } = options;
  const given = { config, state, account, logLevel, color, quiet, daemon };
  const asked = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return syncCommand({ ...asked, color, format: options.format, commit, wait: true }, context);
}

/** A daemon makes whole passes, with the limits of its own configuration. */
function refuseParts(target: string | undefined, options: PipelineOptions, url: string): void {
  const given: Readonly<Record<string, unknown>> = {
    'a directory or plan': target,
    '--only': options.only,
    '--selector': options.selector,
    '--allow-deletes': options.allowDeletes,
    '--allow-updates': options.allowUpdates,
    '--allow-creates': options.allowCreates,
    '--allow-removals': options.allowRemovals,
    '--allow-linked': options.allowLinked,
    '--plan-hash': options.planHash,
    '--ignore-pause': options.ignorePause,
  };
  const [part] = Object.keys(given).filter((name) => given[name] !== undefined);
  if (part === undefined) return;
  const message = `${part} is not for the daemon at ${url}, which makes a pass over the whole commit: leave it out. What it may do is approved with approve`;
  throw new ReconcilerError('E_USAGE', { message });
}

function refuseLostState({ state, context }: Session): void {
  const what = `apply --ci with the state directory ${state.directory}`;
  if (!state.explicit)
    throw new ReconcilerError('E_REFUSED', {
      what,
      reason:
        'no one chose it, and the disk of a pipeline does not last: without the ledger nothing is deleted, and private keys made there are lost. Name the daemon that applies with daemon.url, or a directory that lasts with --state or state',
    });
  if (context.environment['RUNNER_ENVIRONMENT'] === 'github-hosted')
    throw new ReconcilerError('E_REFUSED', {
      what,
      reason:
        'a runner of GitHub is deleted after the job, and ledger and private keys with it. Name the daemon that applies with daemon.url, or use a runner of your own',
    });
}
