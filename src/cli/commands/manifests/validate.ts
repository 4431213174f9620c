import { join, relative } from 'node:path';
import type { CliContext } from '../../../app/context.ts';
import { eachAccount } from '../../../app/each-account.ts';
import { checkGivenDirectory } from '../../../app/given-directory.ts';
import { selectedDirectory } from '../../../app/open-account.ts';
import { otherLedgerNotice } from '../../../app/other-ledger.ts';
import { countErrors, reportError } from '../../../app/report-error.ts';
import { type CommonOptions, openSession, type Session } from '../../../app/session.ts';
import { type FetchOptions, fetchSources } from '../../../app/source/fetch-sources.ts';
import { openSource } from '../../../app/source/open-source.ts';
import { type StandInOptions, withStandIn } from '../../../app/source/stand-in.ts';
import type { AccountConfig } from '../../../config/account.ts';
import { ReconcilerError } from '../../../core/errors.ts';
import { exitCodes, worstCode } from '../../../core/exit-codes.ts';
import { limitProblems, problemsIn, withFiles } from '../../../core/limit-problems.ts';
import { plural } from '../../../core/plural.ts';
import type { Problem } from '../../../core/problem.ts';
import { type ProblemFormat, renderProblems } from '../../../core/render/problems.ts';
import { messageLines, visible } from '../../../core/render/visible.ts';

/** Options of `validate`. */
export interface ValidateOptions extends CommonOptions, FetchOptions, StandInOptions {
  readonly format: ProblemFormat;
  /** No manifest at all is no error. */
  readonly allowEmpty?: boolean;
}

/** Checks manifests without credentials and without network. Every problem of every account is in one answer. */
export async function validateCommand(
  directory: string | undefined,
  options: ValidateOptions,
  context: CliContext,
): Promise<number> {
  const session = withStandIn(await openSession({ context, options, directory }), options, directory);
  checkGivenDirectory(directory, 'validate', context, session.accounts);
  const selected = selectedDirectory(session, directory);
  const assertFetched = await fetchSources(session, options);
  const problems: Problem[] = [];
  const counts = new Map<string, number>();
  const code = await eachAccount(session, async (config) => {
    assertFetched(config);
    await warnOfOtherLedger(session, config);
    const desired = await openSource(session, config, { opaqueVariables: true }).load({ signal: context.stop });
    const inside = (file: string) => selected === undefined || file.startsWith(`${selected}/`);
    const base = baseOf(session, config);
    const found = problemsIn(desired.problems, inside);
    problems.push(...found.map((problem) => withFiles(problem, (file) => (base === '' ? file : `${base}/${file}`))));
    const declared = [...desired.manifests, ...desired.broken];
    counts.set(config.name, declared.filter(({ place }) => inside(place.file)).length);
    return countErrors(found) > 0 ? exitCodes.invalid : exitCodes.done;
  });
  const unread = session.accounts.map(({ name }) => name).filter((name) => !counts.has(name));
  const count = [...counts.values()].reduce((sum, one) => sum + one, 0);
  const clean = options.format === 'text' && problems.length === 0;
  if (clean && unread.length === session.accounts.length) return code; // why nothing could be read has been told
  const empty = sayEmpty(session, { counts, selected, allowEmpty: options.allowEmpty === true });
  const isValid = clean && unread.length === 0;
  const text = isValid ? validText(count) : renderProblems(limitProblems(problems), options.format, { unread });
  if (!isValid || empty === exitCodes.done) context.stdout.write(text); // that nothing is there has been told
  return worstCode([code, empty]);
}

interface Counted {
  /** Manifests, broken ones too, of each account that could be read. */
  readonly counts: ReadonlyMap<string, number>;
  readonly selected: string | undefined;
  readonly allowEmpty: boolean;
}

/** An empty checkout or a wrong directory must not be green. One account of several without a manifest is told only. */
function sayEmpty(session: Session, { counts, selected, allowEmpty }: Counted): number {
  const empty = session.accounts.filter(
    ({ name, policy }) => counts.get(name) === 0 && !policy.allowEmpty && !allowEmpty,
  );
  const isNothing = empty.length === session.accounts.length;
  for (const account of empty) {
    const { name } = account;
    const root = placeOf(session, account, selected);
    if (isNothing) {
      const of = session.accounts.length > 1 ? name : undefined;
      reportError(new ReconcilerError('E_NO_MANIFESTS', { root }), session.context, of);
    } else {
      session.context.stderr.write(`Account ${name}: no manifests in ${visible(root)}.\n`);
    }
  }
  return isNothing ? exitCodes.invalid : exitCodes.done;
}

/** A directory as seen from here; a repository's by its identity. */
function placeOf(
  { context }: Session,
  { manifests, source, standIn }: AccountConfig,
  selected: string | undefined,
): string {
  const whole = standIn ?? manifests;
  const root = selected === undefined ? whole : join(whole, selected);
  return source === undefined || standIn !== undefined ? relative(context.cwd, root) || '.' : root;
}

/** What comes before the files of an account: of a directory its path from here, of a repository that in it. */
function baseOf({ context }: Session, { source, standIn, layers: { root } }: AccountConfig): string {
  return source === undefined || standIn !== undefined ? relative(context.cwd, standIn ?? root) : root;
}

/** The notice that a plan has, as far as there is an API key to tell by: the run that writes would be refused. */
async function warnOfOtherLedger(session: Session, config: AccountConfig): Promise<void> {
  const notice = await otherLedgerNotice(session, config);
  if (notice !== undefined) session.context.stderr.write(`${messageLines(notice, 'Warning: ').join('\n')}\n`);
}

function validText(manifests: number): string {
  return `${plural(manifests, 'manifest is', 'manifests are')} valid.\n`;
}
