import { shortId } from '../../../core/git/commit-info.ts';
import { knownCommit } from '../../../core/render/origin-schema.ts';
import { type Paint, paintWith } from '../../../core/render/paint.ts';
import { quoted, visible } from '../../../core/render/visible.ts';
import { commitText } from '../../../core/render/words.ts';
import type { AccountDocument, ApplicationDocument } from '../../../status/documents.ts';
import { renderTable } from '../../table.ts';

const styles: Readonly<Record<AccountDocument['state'], Parameters<Paint>[0]>> = {
  starting: 'faint',
  standby: 'faint',
  failed: 'delete',
  attention: 'delete',
  paused: 'update',
  drifted: 'update',
  pending: 'update',
  synced: 'create',
};

/** The status of accounts for people: a paragraph each, and a table of the applications that are not simply in sync. */
export function renderStatus(accounts: readonly AccountDocument[], origin: string | undefined, color: boolean): string {
  const paint = paintWith(color);
  return [
    ...(origin === undefined ? [] : [visible(origin)]),
    ...accounts.map((account) => accountText(account, paint)),
  ].join('\n');
}

function accountText(account: AccountDocument, paint: Paint): string {
  const {
    state,
    counts,
    lastAttempt,
    lastSuccess,
    nextPass,
    revision,
    problems,
    owned,
    unmanaged,
    deletesLeft,
    source,
  } = account;
  const none = problems.some(({ severity }) => severity === 'error') ? 'none that can be read' : 'none';
  const numbers = Object.entries(counts).filter(([, count]) => count > 0);
  const facts = [
    ['applications', numbers.map(([name, count]) => `${count} ${name}`).join(', ') || none],
    ['owned', owned === null ? undefined : `${owned}, and ${unmanaged} unmanaged`],
    ['revision', revisionText(revision, problems)],
    ['source', source && sourceText(source)],
    ['last pass', lastAttempt ?? undefined],
    ['last success', lastSuccess ?? undefined],
    ['next pass', nextPass ?? undefined],
    ['deletes left', deletesLeft === null ? undefined : `${deletesLeft} within 24 hours`],
  ] as const;
  const lines = facts.flatMap(([what, value]) =>
    value === undefined ? [] : [`  ${what.padEnd(13)} ${visible(value)}`],
  );
  const ofSource = source === undefined || source.state === 'ok' ? [] : [source.message];
  const ofReports = source?.reportProblem === undefined ? [] : [`commit statuses are not set: ${source.reportProblem}`];
  const conditions = [...ofSource, ...ofReports, ...account.conditions].map((condition) => `  ! ${visible(condition)}`);
  const open = account.applications.filter((application) => application.state !== 'synced');
  const table = open.length === 0 ? '' : `\n${applicationTable(open)}`;
  return `${paint('strong', account.account)}: ${paint(styles[state], state)}\n${[...lines, ...conditions].join('\n')}\n${table}`;
}

function revisionText(
  { seen, enforced }: AccountDocument['revision'],
  problems: AccountDocument['problems'],
): string | undefined {
  if (seen === null) return undefined;
  if (enforced === null || enforced === seen) return shortId(seen);
  const isInvalid = problems.some(({ severity }) => severity === 'error');
  return `${shortId(seen)}; ${isInvalid ? 'enforced where that is invalid' : 'last applied'}: ${shortId(enforced)}`;
}

/** `voice: ok, branch main of git.example.com/acme/voice at 3f9c2e1 by Ann: "Retire IVR"` */
function sourceText({
  name,
  state,
  refusal,
  repository,
  ref,
  accepted,
}: NonNullable<AccountDocument['source']>): string {
  const how = refusal === undefined ? state : `${state} (${refusal})`;
  const at = accepted === undefined ? 'nothing accepted yet' : `at ${commitText(knownCommit(accepted))}`;
  return `${name}: ${how}, ${ref} of ${repository} ${at}`;
}

function applicationTable(applications: readonly ApplicationDocument[]): string {
  const rows = applications.map(({ name, state, place, message }) => [
    state,
    quoted(name),
    place === undefined ? '' : `${place.file}:${place.line}`,
    message.length > 120 ? `${message.slice(0, 119)}…` : message,
  ]);
  return renderTable(['STATE', 'APPLICATION', 'MANIFEST', 'WHY'], rows);
}
