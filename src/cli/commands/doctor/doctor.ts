import { openLooking } from '../../../app/account-command.ts';
import type { CliContext } from '../../../app/context.ts';
import type { CommonOptions, Session } from '../../../app/session.ts';
import { secretsOfDaemon } from '../../../config/config.ts';
import { apiTokens } from '../../../config/tokens.ts';
import { asReconcilerError, ReconcilerError } from '../../../core/errors.ts';
import { exitCodes } from '../../../core/exit-codes.ts';
import { padColumns, widthOf } from '../../../core/render/columns.ts';
import { type Paint, paintWith } from '../../../core/render/paint.ts';
import { jsonText, messageLines } from '../../../core/render/visible.ts';
import { checkSchedule } from '../../../schedule/schedule.ts';
import { type Finding, finding, findings } from './doctor-finding.ts';
import { localFindings } from './doctor-local.ts';
import { remoteFindings } from './doctor-remote.ts';
import { sourceFindings } from './doctor-source.ts';

/** Options of `doctor`. */
export interface DoctorOptions extends CommonOptions {
  readonly format: 'text' | 'json';
}

/** Checks everything a run needs, one line each with the remedy. Exit code 1 when something fails. */
export async function doctorCommand(options: DoctorOptions, context: CliContext): Promise<number> {
  const session = await openLooking(context, options).catch((error: unknown) => {
    if (error instanceof ReconcilerError) return error;
    throw error;
  });
  const all = session instanceof ReconcilerError ? [failedConfiguration(session)] : await examine(session);
  const color = !(session instanceof ReconcilerError) && session.color;
  context.stdout.write(
    options.format === 'json' ? jsonText({ format: 'vonage-gitops.doctor/1', findings: all }) : textOf(all, color),
  );
  return all.some(({ level }) => level === 'fail') ? exitCodes.error : exitCodes.done;
}

function failedConfiguration({ message }: ReconcilerError): Finding {
  return finding('fail', 'configuration', message);
}

async function examine(session: Session): Promise<readonly Finding[]> {
  const all: Finding[] = [...configurationFindings(session)];
  for (const source of new Set(session.accounts.flatMap((account) => account.source?.git ?? []))) {
    const found = await tried(session, source, sourceFindings);
    all.push(...found.map((one) => ({ ...one, source: source.name })));
  }
  for (const account of session.accounts) {
    const named = (found: readonly Finding[]) => found.map((one) => ({ ...one, account: account.name }));
    for (const check of [localFindings, remoteFindings]) all.push(...named(await tried(session, account, check)));
  }
  return all;
}

/** A check that fails unexpectedly is a finding too: it must not hide what the others find. */
async function tried<About extends { readonly name: string }>(
  session: Session,
  about: About,
  check: (session: Session, about: About) => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  try {
    return await check(session, about);
  } catch (error) {
    const expected = asReconcilerError(error);
    session.log.error({ about: about.name, err: expected }, 'unexpected error');
    return [finding('fail', 'checks', expected.message)];
  }
}

function configurationFindings({ config, accounts }: Session): readonly Finding[] {
  const { listen } = config.daemon;
  // Tokens of reports are findings of their sources.
  const secrets = secretsOfDaemon(config).filter((secret) => config.reports.every(({ token }) => token !== secret));
  const missing = secrets.flatMap((secret) =>
    findings('daemon secrets', () => {
      secret.read();
      return [];
    }),
  );
  const api = apiTokens(config).length === 0 ? 'no token is configured, so /api/ is off' : '/api/ needs a token';
  const daemon = finding('ok', 'daemon', `listening on ${listen.host}:${listen.port}; ${api}`);
  const schedules = accounts.map((account) =>
    findings('schedule', () => {
      checkSchedule(account, config.file);
      return [];
    }),
  );
  return [
    finding('ok', 'configuration', config.file ?? 'from the environment: no configuration file'),
    ...(missing.length === 0 ? [daemon] : missing),
    ...schedules.flat(),
  ];
}

const styles: Readonly<Record<Finding['level'], Parameters<Paint>[0]>> = {
  ok: 'create',
  warn: 'update',
  fail: 'delete',
};

function textOf(all: readonly Finding[], color: boolean): string {
  const paint = paintWith(color);
  const width = Math.max(...all.map((one) => widthOf(headOf(one))));
  const lines = all.flatMap((one) =>
    messageLines(one.message, `${paint(styles[one.level], one.level.padEnd(4))}  ${padColumns(headOf(one), width)}  `),
  );
  return `${lines.join('\n')}\n`;
}

function headOf({ what, account, source }: Finding): string {
  if (source !== undefined) return `source ${source}: ${what}`;
  return account === undefined ? what : `${account}: ${what}`;
}
