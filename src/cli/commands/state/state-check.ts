import { join } from 'node:path';
import type { FormatOptions } from '../../../app/account-command.ts';
import type { CliContext } from '../../../app/context.ts';
import { assertOnlyLedger } from '../../../app/other-ledger.ts';
import { pauseFile } from '../../../app/pause-file.ts';
import { openSession, type Session } from '../../../app/session.ts';
import { ReconcilerError } from '../../../core/errors.ts';
import { exitCodes, worstCode } from '../../../core/exit-codes.ts';
import type { LedgerEntry } from '../../../core/ledger/ledger.ts';
import { plural } from '../../../core/plural.ts';
import { jsonText, messageLines, quoted } from '../../../core/render/visible.ts';
import { openToOthers, refuseLinks } from '../../../disk/state-directory.ts';
import { readBody } from '../../../ledger/kept-bodies.ts';
import { ledgerFileName } from '../../../ledger/ledger-file.ts';
import { type AccountState, accountStates, programFor } from './account-state.ts';

/** Something about a state that is not as it should be. */
interface Finding {
  readonly account: string;
  /** `error`: something is lost or unreadable; `attention`: a person should see to it. */
  readonly severity: 'error' | 'attention';
  readonly message: string;
}

/** Checks whether the state is whole and which program it needs, without credentials and without the API: a backup, too. Reads only. */
export async function stateCheckCommand(options: FormatOptions, context: CliContext): Promise<number> {
  const session = await openSession({ context, options });
  const states = await accountStates(session, options.account);
  const findings = (await Promise.all(states.map((state) => findingsOf(session, state)))).flat();
  const needs = states.flatMap(({ account, format, earlier }) =>
    format === undefined
      ? []
      : [{ account, ledgerFormat: format, program: programFor(format), earlierLedgers: earlier }],
  );
  const document = { format: 'vonage-gitops.state-check/1', directory: session.state.directory, needs, findings };
  const lines = [
    ...findings.flatMap(({ account, severity, message }) => messageLines(message, `${severity}: ${account}: `)),
    ...needs.flatMap(({ account, ledgerFormat, program, earlierLedgers }) => [
      `${account}: ledger format ${ledgerFormat} needs ${program}.`,
      ...earlierLedgers.map((name) => `${account}: ${name} is kept for a way back to the program that wrote it.`),
    ]),
    `${plural(states.length, 'account')} in ${session.state.directory}: ${findings.length === 0 ? 'no problems found' : plural(findings.length, 'finding')}.`,
  ];
  context.stdout.write(
    options.format === 'json' ? jsonText(document) : `${lines.flatMap((line) => messageLines(line)).join('\n')}\n`,
  );
  return worstCode(findings.map(({ severity }) => (severity === 'error' ? exitCodes.error : exitCodes.attention)));
}

type Check = (session: Session, state: AccountState) => Promise<readonly string[]>;

/** What is lost or unreadable. */
const errorChecks: readonly Check[] = [linkProblems, ledgerProblems, secondLedgerProblems, keyProblems, bodyProblems];
/** What a person should see to. */
const attentionChecks: readonly Check[] = [remainsProblems, modeProblems, pauseProblems];

async function findingsOf(session: Session, state: AccountState): Promise<readonly Finding[]> {
  const run = async (checks: readonly Check[], severity: Finding['severity']) => {
    const messages = await Promise.all(checks.map((check) => messagesOf(() => check(session, state))));
    return messages.flat().map((message) => ({ account: state.account, severity, message }));
  };
  return [...(await run(errorChecks, 'error')), ...(await run(attentionChecks, 'attention'))];
}

/** An expected error is a finding as well, for its message names the remedy. */
async function messagesOf(check: () => Promise<readonly string[]>): Promise<readonly string[]> {
  try {
    return await check();
  } catch (error) {
    if (error instanceof ReconcilerError) return [error.message];
    throw error;
  }
}

async function linkProblems(_session: Session, { directory }: AccountState): Promise<readonly string[]> {
  refuseLinks(directory, ['bodies', 'last-good']);
  return [];
}

async function ledgerProblems(
  _session: Session,
  { directory, ledger, ledgerError }: AccountState,
): Promise<readonly string[]> {
  if (ledgerError !== undefined) return [ledgerError.message];
  if (ledger?.outcome !== 'newer') return [];
  return [`${join(directory, ledgerFileName)}: format ${ledger.schema} needs ${programFor(ledger.schema)}`];
}

async function secondLedgerProblems(session: Session, { account }: AccountState): Promise<readonly string[]> {
  const configured = session.config.accounts.find(({ name }) => name === account);
  if (configured !== undefined) await assertOnlyLedger(session, configured);
  return [];
}

/** Every private key can be used, and every one that the ledger names is there. */
async function keyProblems(
  _session: Session,
  { keys, fingerprints, ledger }: AccountState,
): Promise<readonly string[]> {
  const unreadable = await Promise.all(
    fingerprints.map((fingerprint) =>
      messagesOf(async () => {
        await keys.find(fingerprint);
        return [];
      }),
    ),
  );
  const held = new Set(fingerprints);
  const lost = entriesOf(ledger).filter(
    ({ keyGenerated, keyFingerprint }) => keyGenerated && keyFingerprint !== undefined && !held.has(keyFingerprint),
  );
  return [
    ...unreadable.flat(),
    ...lost.map(
      ({ name, id }) =>
        `the private key of ${quoted(name)} (${id}) is not in ${keys.directory}: restore it from a backup, or run rotate-key`,
    ),
  ];
}

async function bodyProblems(_session: Session, { directory, ledger }: AccountState): Promise<readonly string[]> {
  const deletes = ledger?.outcome === 'read' ? ledger.document.ledger.deletes : [];
  const problems = await Promise.all(
    deletes.map(({ id, name }) =>
      messagesOf(async () => {
        const body = await readBody(directory, id);
        return body === undefined ? [`no body is stored for the deleted ${quoted(name)} (${id})`] : [];
      }),
    ),
  );
  return problems.flat();
}

async function remainsProblems(
  _session: Session,
  { ledger, fingerprints, keys }: AccountState,
): Promise<readonly string[]> {
  if (ledger !== undefined || fingerprints.length === 0) return [];
  const count = plural(fingerprints.length, 'private key');
  return [`no ledger, but ${count} in ${keys.directory}: restore the ledger from a backup, or run ledger rebuild`];
}

async function modeProblems(_session: Session, { directory, keys }: AccountState): Promise<readonly string[]> {
  const open = [...new Set([directory, keys.directory])].map(async (path) => {
    const mode = await openToOthers(path);
    return mode === undefined
      ? []
      : [`${path} is accessible to other users (${mode}): chmod 0700, unless a group needs read access`];
  });
  return (await Promise.all(open)).flat();
}

async function pauseProblems({ context }: Session, { directory }: AccountState): Promise<readonly string[]> {
  const { account } = await pauseFile(directory, context.clock).load();
  return account?.since === 0 ? [`the whole account is paused: ${account.reason}`] : [];
}

function entriesOf(ledger: AccountState['ledger']): readonly LedgerEntry[] {
  return ledger?.outcome === 'read' ? [...ledger.document.ledger.entries.values()] : [];
}
