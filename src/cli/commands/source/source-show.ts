import type { FormatOptions } from '../../../app/account-command.ts';
import type { CliContext } from '../../../app/context.ts';
import { openSession } from '../../../app/session.ts';
import type { Config } from '../../../config/config.ts';
import type { SourceConfig } from '../../../config/source.ts';
import { exitCodes } from '../../../core/exit-codes.ts';
import { type CommitInfo, describeAuthor } from '../../../core/git/commit-info.ts';
import { describeRef } from '../../../core/git/ref.ts';
import { jsonText, quoted, visible } from '../../../core/render/visible.ts';
import { ageText, dateText, sizeText } from '../../table.ts';
import { sourcesDocument, webhookPath } from './source-document.ts';
import { placeOf, type SourceOnDisk, type SourceUser, sourceNamed, sourceOnDisk } from './source-state.ts';

/** Shows everything about one git source that the configuration and the disk have. @throws {ReconcilerError} E_USAGE, E_SOURCE_STORE */
export async function sourceShowCommand(name: string, options: FormatOptions, context: CliContext): Promise<number> {
  const session = await openSession({ context, options });
  const source = await sourceOnDisk(session, sourceNamed(session, name));
  const now = context.clock.now();
  context.stdout.write(
    options.format === 'json' ? jsonText(sourcesDocument([source])) : textOf(source, session.config.reports, now),
  );
  return exitCodes.done;
}

function textOf(source: SourceOnDisk, reports: Config['reports'], now: number): string {
  const { config, directory, bytes, accepted, tip, users } = source;
  const { url, user } = placeOf(config);
  const rows: readonly (readonly [label: string, text: string])[] = [
    ['Source', config.name],
    ['Repository', config.address.name],
    ['URL', user === undefined ? url : `${url}, as user ${user}`],
    ['Ref', describeRef(config.ref)],
    ['Access', accessText(config)],
    ['Verify', verifyText(config)],
    ['Interval', `${config.intervalSeconds} s`],
    ['History', config.history],
    ...(config.webhook === undefined ? [] : [['Webhook', webhookText(config.name, config.webhook)] as const]),
    ...(config.planToken === undefined ? [] : [['Plans', `token from ${config.planToken.source}`] as const]),
    ...reports.filter((report) => report.source === config).map((report) => ['Reports', reportText(report)] as const),
    ['Store', `${directory} (${sizeText(bytes)})`],
    ['Accepted', accepted === undefined ? 'none yet' : commitLine(accepted, now)],
    ...(tip === undefined ? [] : [['Tip', `${commitLine(tip, now)}; not accepted`] as const]),
    ...users.map((user) => ['Account', userText(user)] as const),
    ...(users.length === 0 ? [['Account', 'none reads it'] as const] : []),
  ];
  return rows.map(([label, text]) => `${`${label}:`.padEnd(12)}${visible(text)}\n`).join('');
}

function accessText({ auth }: SourceConfig): string {
  switch (auth?.kind) {
    case undefined:
      return 'none';
    case 'token':
      return `token from ${auth.token.source}`;
    case 'ssh-key':
      return `ssh-key ${auth.file}, known hosts ${auth.knownHosts}`;
    case 'github-app':
      return `github-app ${auth.appId}, installation ${auth.installationId}, private key from ${auth.privateKey.source}`;
  }
}

function verifyText({ verify }: SourceConfig): string {
  if (verify === undefined) return 'no signature is asked for';
  const { mode, allowedSigners, gpgKeys, allowRewind } = verify;
  const files = [
    ...(allowedSigners === undefined ? [] : [`allowed signers ${allowedSigners}`]),
    ...gpgKeys.map((file) => `gpg key ${file}`),
  ];
  return [mode, ...files, ...(allowRewind ? ['rewinds allowed'] : [])].join(', ');
}

function webhookText(name: string, { kind, secret }: NonNullable<SourceConfig['webhook']>): string {
  return `POST ${webhookPath(name, kind)}, secret from ${secret.source}`;
}

function reportText({ kind, repository, apiUrl, context, token }: Config['reports'][number]): string {
  const by = token === undefined ? 'token of the GitHub App' : `token from ${token.source}`;
  return `${kind} statuses ${context}/ACCOUNT of ${repository} at ${apiUrl}, ${by}`;
}

function commitLine(commit: CommitInfo, now: number): string {
  return `${commit.id} by ${describeAuthor(commit)}: ${quoted(commit.subject)}, ${dateText(commit.at)} (${ageText(now - commit.at)} ago)`;
}

function userText({ account, path, present }: SourceUser): string {
  const where = `${account}: ${path === '' ? 'the top of the repository' : path}`;
  if (present === undefined) return where;
  return present ? `${where} (in the accepted commit)` : `${where} (missing in the accepted commit)`;
}
