import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { accountStore } from '../../../app/daemon/daemon-accounts.ts';
import { runningDaemon } from '../../../app/daemon/running-daemon.ts';
import { openLedger } from '../../../app/open-ledger.ts';
import { assertOnlyLedger, otherLedgerNotice } from '../../../app/other-ledger.ts';
import { countErrors } from '../../../app/report-error.ts';
import type { Session } from '../../../app/session.ts';
import { emptyRemedy } from '../../../app/source/empty-remedy.ts';
import { openRepository } from '../../../app/source/open-repository.ts';
import { openSource } from '../../../app/source/open-source.ts';
import { type AccountConfig, keyDirectory } from '../../../config/account.ts';
import { ReconcilerError } from '../../../core/errors.ts';
import type { Ledger } from '../../../core/ledger/ledger.ts';
import { retryAfterMs } from '../../../core/ledger/retry.ts';
import { describeMove } from '../../../core/ledger/source-standing.ts';
import { plural } from '../../../core/plural.ts';
import { dottedPath } from '../../../core/pointer.ts';
import { countProblems } from '../../../core/problem.ts';
import { quoted } from '../../../core/render/visible.ts';
import { trackedByGit } from '../../../keys/tracked-by-git.ts';
import { lockStatus } from '../../../lock/status.ts';
import { activePauses, describePause, isAnyPaused } from '../../../pass/pauses.ts';
import { dateText } from '../../table.ts';
import { deliveryFindings } from './doctor-deliveries.ts';
import { directoryFindings } from './doctor-directory.ts';
import { type Finding, finding, findings, findingsOf } from './doctor-finding.ts';
import { keyFindings } from './doctor-keys.ts';

/** Everything about an account that can be checked without its API. */
export async function localFindings(session: Session, account: AccountConfig): Promise<readonly Finding[]> {
  const directory = join(session.state.directory, account.name);
  const keys = keyDirectory(account, session.state.directory);
  return [
    ...findings('credentials', () => {
      account.credentials();
      return [finding('ok', 'credentials', 'API key and secret are set')];
    }),
    ...(await directoryFindings('state directory', directory)),
    ...(await directoryFindings('key directory', keys)),
    ...(await findingsOf('key directory', () => trackedFindings(session, keys))),
    ...(await findingsOf('key delivery', () => deliveryFindings(session, account))),
    ...(await findingsOf('locks', () => lockFindings(session, account.name, directory))),
    ...(await findingsOf('ledger', () => ledgerFindings(session, account))),
    ...(await findingsOf('manifests', () => manifestFindings(session, account))),
    ...(await findingsOf('pauses', () => pauseFindings(session, account))),
  ];
}

async function trackedFindings({ context }: Session, keys: string): Promise<readonly Finding[]> {
  const tracking = await trackedByGit(keys, context.environment.PATH);
  if (tracking.answer === 'not-tracked') return [];
  if (tracking.answer === 'unknown') {
    const { top, reason } = tracking;
    throw new ReconcilerError('E_KEY_DIRECTORY_UNCHECKED', { path: keys, top, reason });
  }
  const remedy = 'private keys must not be committed: set keys.directory to a directory outside the repository';
  return [finding('fail', 'key directory', `${keys} is tracked by git: ${remedy}`)];
}

async function lockFindings(session: Session, account: string, directory: string): Promise<readonly Finding[]> {
  const { clock, stop: signal } = session.context;
  const running = await runningDaemon(session, account);
  const daemon = await lockStatus({ directory, kind: 'daemon', clock, signal });
  const writer = await lockStatus({ directory, kind: 'writer', clock, signal });
  return [
    finding(
      'ok',
      'locks',
      `daemon: ${daemon}; writer: ${writer} (locks protect this state directory, not the account)`,
    ),
    ...(running === undefined ? [] : [finding('ok', 'daemon', running)]),
  ];
}

/** @throws {ReconcilerError} E_LEDGER_SECOND, which is all there is to say of the ledger then */
async function ledgerFindings(session: Session, account: AccountConfig): Promise<readonly Finding[]> {
  await assertOnlyLedger(session, account);
  const elsewhere = await otherLedgerNotice(session, account);
  const other = elsewhere === undefined ? [] : [finding('warn', 'ledger', elsewhere)];
  const ledger = await openLedger(session, account).load();
  const none = finding('warn', 'ledger', 'no ledger: ownership and deletes are unknown until the first apply or run');
  return [...other, ...(ledger.known ? ownedFindings(session, account, ledger) : [none])];
}

function ownedFindings(session: Session, account: AccountConfig, ledger: Ledger): readonly Finding[] {
  const now = session.context.clock.now();
  const times = [...ledger.entries.values()].map(({ appliedAt = 0 }) => appliedAt);
  const ahead = [...times, ...ledger.deletes.map(({ at }) => at)].filter((at) => at > now + 60_000).length;
  const clock = finding(
    'warn',
    'clock',
    `${plural(ahead, 'ledger record is', 'ledger records are')} from the future: check this machine's clock`,
  );
  const open = ledger.intents.length;
  return [
    finding('ok', 'ledger', plural(ledger.entries.size, 'owned application')),
    ...(open === 0
      ? []
      : [finding('warn', 'ledger', `undecided creates: ${open}; the next apply or pass resolves them`)]),
    ...(ahead === 0 ? [] : [clock]),
    ...keyFindings(session, account, ledger),
    ...sourceFindings(session, account, ledger),
    ...rewrittenFindings(ledger, now),
  ];
}

/** Manifests from elsewhere: why nothing is deleted although all is well otherwise. A directory that is not there is told of by itself. */
function sourceFindings(session: Session, account: AccountConfig, owned: Ledger): readonly Finding[] {
  if (account.source === undefined && !existsSync(account.manifests)) return [];
  const desired = { root: account.layers.root, source: openSource(session, account).identity() };
  const message = describeMove({ desired, owned, policy: account.policy });
  return message === undefined ? [] : [finding('warn', 'ledger', message)];
}

/** What the server has been rewriting for long enough that a person should know. */
function rewrittenFindings({ entries }: Ledger, now: number): readonly Finding[] {
  return [...entries.values()].flatMap(({ name, normalised }) => {
    const old = normalised.filter(({ since }) => now - since >= retryAfterMs);
    if (old.length === 0) return [];
    const fields = old.map(({ path, since }) => `${dottedPath(path)} (since ${dateText(since)})`).join(', ');
    const remedy = 'declare the value it returns, or add the field to metadata.ignore';
    return [
      finding(
        'warn',
        'ledger',
        `${quoted(name)}: the server returns other values than were sent: ${fields}: ${remedy}`,
      ),
    ];
  });
}

/** That nothing was fetched yet is no failure of a first run; whether it can be is a finding of the source. */
async function manifestFindings(session: Session, account: AccountConfig): Promise<readonly Finding[]> {
  if (account.source !== undefined && (await openRepository(session, account.source.git).accepted()) === undefined) {
    return [finding('warn', 'manifests', `not read yet: source ${account.source.name} has no accepted commit`)];
  }
  const { manifests, problems, root } = await openSource(session, account).load({ signal: session.context.stop });
  const errors = countErrors(problems);
  if (errors > 0)
    return [finding('fail', 'manifests', `${plural(errors, 'error')} in ${root}: run vonage-gitops validate`)];
  if (manifests.length === 0) {
    return [finding('warn', 'manifests', `no manifests in ${root}: ${emptyRemedy(account)}`)];
  }
  const { warnings: count } = countProblems(problems);
  const warnings = count === 0 ? '' : `, ${plural(count, 'warning')}`;
  return [finding('ok', 'manifests', `${manifests.length} in ${root}${warnings}`)];
}

async function pauseFindings(session: Session, account: AccountConfig): Promise<readonly Finding[]> {
  const pauses = activePauses(await accountStore(session, account.name).pauses.load(), session.context.clock.now());
  if (!isAnyPaused(pauses)) return [];
  const applications = Object.entries(pauses.applications).map(
    ([name, pause]) => `${quoted(name)} is ${describePause(pause)}`,
  );
  const all = [
    ...(pauses.account === undefined ? [] : [`the account is ${describePause(pauses.account)}`]),
    ...applications,
  ];
  const remedy = pauses.account?.isBroken
    ? 'Fix or remove the file: "resume" does not replace it'
    : '"vonage-gitops resume" ends it';
  return [finding('warn', 'pauses', `${all.join('; ')}. ${remedy}`)];
}
