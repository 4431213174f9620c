import type { FormatOptions } from '../../../app/account-command.ts';
import type { CliContext } from '../../../app/context.ts';
import { reportError } from '../../../app/report-error.ts';
import { openSession, type Session } from '../../../app/session.ts';
import { worstCode } from '../../../core/exit-codes.ts';
import type { Ledger } from '../../../core/ledger/ledger.ts';
import { jsonText, visible } from '../../../core/render/visible.ts';
import { dateText, renderTable, sizeText } from '../../table.ts';
import { type AccountState, accountStates, programFor } from './account-state.ts';

/** Shows where the state is and what named it, and of each account in it whose it is, how old and how large. Exit code 1 for a ledger that cannot be used. Reads only. */
export async function stateShowCommand(options: FormatOptions, context: CliContext): Promise<number> {
  const session = await openSession({ context, options });
  const states = await accountStates(session, options.account);
  const { directory, source, explicit } = session.state;
  const document = {
    format: 'vonage-gitops.state-show/1',
    directory,
    source,
    chosen: explicit,
    accounts: states.map(documentOf),
  };
  context.stdout.write(options.format === 'json' ? jsonText(document) : textOf(session, states));
  const errors = states.flatMap(({ account, ledgerError }) =>
    ledgerError === undefined ? [] : [{ account, ledgerError }],
  );
  for (const { account, ledgerError } of errors) reportError(ledgerError, context, account);
  return worstCode(errors.map(({ ledgerError }) => ledgerError.exitCode));
}

function documentOf(state: AccountState): object {
  const { account, directory, configured, format, fingerprints, bytes, writtenAt, earlier, daemon } = state;
  const { owned, host, since } = factsOf(state);
  return {
    account,
    directory,
    configured,
    ledger: state.ledger?.outcome ?? 'missing',
    ...(format === undefined ? {} : { ledgerFormat: format, needs: programFor(format) }),
    ...(host === undefined ? {} : { host }),
    ...(owned === undefined ? {} : { owned }),
    privateKeys: fingerprints.length,
    bytes,
    ...(since === undefined ? {} : { since: new Date(since).toISOString() }),
    ...(writtenAt === undefined ? {} : { writtenAt: new Date(writtenAt).toISOString() }),
    earlierLedgers: earlier,
    ...(daemon === undefined ? {} : { daemon }),
  };
}

interface Facts {
  readonly host?: string;
  readonly owned?: number;
  /** Of the first application, in milliseconds since 1970. */
  readonly since?: number | undefined;
}

function factsOf({ ledger }: AccountState): Facts {
  if (ledger?.outcome !== 'read') return {};
  const { account, ledger: content } = ledger.document;
  return { host: account.host, owned: content.entries.size, since: firstTime(content) };
}

function firstTime({ entries }: Ledger): number | undefined {
  const times = [...entries.values()].flatMap(({ boundAt, appliedAt }) => boundAt ?? appliedAt ?? []);
  return times.length === 0 ? undefined : Math.min(...times);
}

function textOf({ state }: Session, states: readonly AccountState[]): string {
  const { directory, source, explicit } = state;
  const chosen = explicit ? `named by ${source}` : `${source}; not chosen by --state, VONAGE_GITOPS_STATE or the file`;
  const head = `State directory: ${visible(directory)} (${visible(chosen)})\n`;
  if (states.length === 0) return `${head}There is no state of any account in it yet.\n`;
  const headings = [
    'ACCOUNT',
    'CONFIGURED',
    'API',
    'OWNED',
    'KEYS',
    'SIZE',
    'SINCE',
    'LAST WRITTEN',
    'LEDGER',
    'DAEMON',
  ];
  return `${head}\n${renderTable(headings, states.map(cells))}\n${advice}`;
}

const advice = `Back up the whole directory, at least after every create: private keys exist nowhere else. Keep the copy as safe as the keys. Files
are replaced as a whole, so a copy can be made while a daemon runs. "state check" tells whether a copy is complete.
`;

function cells(state: AccountState): readonly string[] {
  const { account, configured, format, fingerprints, bytes, writtenAt, daemon } = state;
  const { host = '-', owned, since } = factsOf(state);
  const ledger = format === undefined ? (state.ledger?.outcome ?? 'none') : `format ${format}`;
  return [
    account,
    configured ? 'yes' : 'no',
    host,
    owned === undefined ? '-' : String(owned),
    String(fingerprints.length),
    sizeText(bytes),
    since === undefined ? '-' : dateText(since).slice(0, 10),
    writtenAt === undefined ? '-' : dateText(writtenAt),
    ledger,
    daemon === undefined ? '-' : 'runs',
  ];
}
