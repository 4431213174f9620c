import type { Command } from 'commander';
import { ReconcilerError } from '../../../core/errors.ts';
import { fewestMarkdownBytes } from '../../../core/render/markdown.ts';

/** What a person may choose where a daemon plans a commit: nothing that is the daemon's own. */
const withCommit: ReadonlySet<string> = new Set([
  ...['commit', 'source', 'daemon', 'account'],
  ...['format', 'maxBytes', 'summary', 'verbose', 'detailedExitcode'],
  ...['config', 'state', 'logLevel', 'quiet', 'color'],
]);
const onlyWithCommit: ReadonlySet<string> = new Set(['source', 'daemon']);

/** Refuses options of `plan` that mean nothing together. @throws {ReconcilerError} E_USAGE */
export function checkPlanOptions(command: Command, directory: string | undefined): void {
  const given = command.options.filter(
    (option) => command.getOptionValueSource(option.attributeName()) === 'cli', // the daemon may be in the environment
  );
  const isCommit = given.some((option) => option.attributeName() === 'commit');
  const stranger = given.find((option) => {
    const name = option.attributeName();
    return isCommit ? !withCommit.has(name) : onlyWithCommit.has(name);
  });
  if (isCommit && (directory !== undefined || stranger !== undefined))
    throw usage(`--commit does not go with ${stranger?.long ?? 'DIR'}: the daemon plans as it makes passes`);
  if (stranger !== undefined) throw usage(`${stranger.long} goes with --commit only: without it no daemon is asked`);
  checkMaxBytes(command.opts());
}

function checkMaxBytes({ maxBytes, format }: { readonly maxBytes?: number; readonly format?: string }): void {
  if (maxBytes === undefined) return;
  if (format !== 'markdown') throw usage('--max-bytes goes with --format markdown only');
  if (maxBytes < fewestMarkdownBytes) throw usage(`--max-bytes ${maxBytes}: expected ${fewestMarkdownBytes} or more`);
}

function usage(message: string): ReconcilerError {
  return new ReconcilerError('E_USAGE', { message });
}
