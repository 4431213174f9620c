import type { CliContext } from '../../../app/context.ts';
import type { DaemonOptions } from '../../../app/daemon/daemon-client.ts';
import { openDaemonSession } from '../../../app/daemon/daemon-session.ts';
import type { CommonOptions } from '../../../app/session.ts';
import { ReconcilerError } from '../../../core/errors.ts';
import { exitCodes } from '../../../core/exit-codes.ts';
import { shortId } from '../../../core/git/commit-info.ts';
import { formatPlace, saidOf } from '../../../core/problem.ts';
import { jsonText, quoted, visible } from '../../../core/render/visible.ts';
import { type SyncDocument, syncSchema } from '../../../status/documents.ts';
import { fullCommitId } from '../../full-commit-id.ts';

/** Options of `sync`. */
export interface SyncOptions extends CommonOptions, DaemonOptions {
  readonly format: 'text' | 'json';
  /** Whether the passes are waited for. */
  readonly wait: boolean;
  /** Full id of the commit that must be applied. */
  readonly commit?: string;
}

/**
 * Asks the daemon for a pass now, and waits for it. The exit code is that of the passes, as of `apply`. With a commit it is an error if
 * the pass over it did not end in time: nobody knows then what came of it.
 * @throws {ReconcilerError} E_USAGE, E_DAEMON_UNREACHABLE, E_REFUSED when the commit is, E_NOT_FOUND when it is not on what is followed
 */
export async function syncCommand(options: SyncOptions, context: CliContext): Promise<number> {
  const { commit } = options;
  if (commit !== undefined) assertCommit(commit, options);
  const { client } = await openDaemonSession(context, options);
  const query = new URLSearchParams(options.wait ? { wait: 'true' } : {});
  if (commit !== undefined) query.set('commit', commit);
  if (options.account !== undefined) query.set('account', options.account);
  const document = await client.post('sync', `/api/v1/sync?${query}`, {}, syncSchema);
  if (document === undefined) throw client.noResponse('Start it with run, or make a pass here with apply');
  context.stdout.write(options.format === 'json' ? jsonText(document) : syncText(document));
  return document.exitCode ?? (commit === undefined ? exitCodes.done : exitCodes.error);
}

function assertCommit(commit: string, { wait }: SyncOptions): void {
  fullCommitId('--commit', commit);
  if (!wait) throw new ReconcilerError('E_USAGE', { message: '--commit waits for a pass: leave out --no-wait' });
}

function syncText({ waited, exitCode, results }: SyncDocument): string {
  if (!waited) return 'A pass was requested.\n';
  if (exitCode === null) return 'A pass was requested, and has not ended yet. status shows how it ends.\n';
  return results.map(resultText).join('');
}

function resultText({
  account,
  pass,
  message,
  revision,
  results,
  problems,
  exitCode,
}: SyncDocument['results'][number]) {
  const head =
    pass === null ? 'no pass' : `pass ${pass}${revision === null ? '' : ` at revision ${shortId(revision)}`}`;
  const changes = results.map(
    (one) =>
      `  ${one.outcome} ${one.action} ${quoted(one.name)}${one.message === undefined ? '' : `: ${visible(one.message)}`}`,
  );
  const told = problems.map((one) => `  ${visible(`${formatPlace(one.place)}: ${saidOf(one)}`)}`);
  const why = message === '' ? [] : [`  ${visible(message)}`];
  const held = exitCode === exitCodes.attention ? ['  manual action required: status says what'] : [];
  const none = [...changes, ...told, ...why, ...held].length === 0 ? ['  nothing to change'] : [];
  return `${[`${account}: ${head} (exit code ${exitCode})`, ...changes, ...told, ...why, ...held, ...none].join('\n')}\n`;
}
