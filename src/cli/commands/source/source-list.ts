import type { FormatOptions } from '../../../app/account-command.ts';
import type { CliContext } from '../../../app/context.ts';
import { reportError } from '../../../app/report-error.ts';
import { openSession, type Session } from '../../../app/session.ts';
import { asReconcilerError, type ReconcilerError } from '../../../core/errors.ts';
import { worstCode } from '../../../core/exit-codes.ts';
import { shortId } from '../../../core/git/commit-info.ts';
import { describeRef } from '../../../core/git/ref.ts';
import { jsonText } from '../../../core/render/visible.ts';
import { ageText, renderTable } from '../../table.ts';
import { sourcesDocument } from './source-document.ts';
import { noSources, type SourceOnDisk, sourceOnDisk } from './source-state.ts';

/** Lists git sources as the disk has them. One whose store cannot be used is told, and the others are shown. */
export async function sourceListCommand(options: FormatOptions, context: CliContext): Promise<number> {
  const session = await openSession({ context, options });
  const sources: SourceOnDisk[] = [];
  const errors: ReconcilerError[] = [];
  for (const config of wanted(session, options)) {
    try {
      sources.push(await sourceOnDisk(session, config));
    } catch (error) {
      errors.push(asReconcilerError(error));
    }
  }
  const isJson = options.format === 'json';
  context.stdout.write(isJson ? jsonText(sourcesDocument(sources)) : textOf(sources, errors, context.clock.now()));
  for (const error of errors) reportError(error, context);
  return worstCode(errors.map(({ exitCode }) => exitCode));
}

/** With --account, those of this account. */
function wanted({ config, accounts }: Session, { account }: FormatOptions): Session['config']['sources'] {
  if (account === undefined) return config.sources;
  return config.sources.filter(({ name }) => accounts.some(({ source }) => source?.name === name));
}

function textOf(sources: readonly SourceOnDisk[], errors: readonly ReconcilerError[], now: number): string {
  if (sources.length > 0)
    return renderTable(
      headings,
      sources.map((source) => cells(source, now)),
    );
  return errors.length > 0 ? '' : `${noSources.replace(/^n/, 'N')}\n`;
}

const headings = ['NAME', 'REPOSITORY', 'REF', 'ACCEPTED', 'AGE', 'ACCOUNTS'];

function cells({ config, accepted, users }: SourceOnDisk, now: number): readonly string[] {
  return [
    config.name,
    config.address.name,
    describeRef(config.ref),
    accepted === undefined ? '-' : shortId(accepted.id),
    accepted === undefined ? '-' : ageText(now - accepted.at),
    users.length === 0 ? '-' : users.map(({ account }) => account).join(', '),
  ];
}
