import { relative } from 'node:path';
import type { CliContext } from '../../../app/context.ts';
import { eachAccount } from '../../../app/each-account.ts';
import { checkGivenDirectory } from '../../../app/given-directory.ts';
import { openSource, selectedDirectory } from '../../../app/open-account.ts';
import { otherLedgerNotice } from '../../../app/other-ledger.ts';
import { countErrors } from '../../../app/report-error.ts';
import { type CommonOptions, openSession, type Session } from '../../../app/session.ts';
import type { AccountConfig } from '../../../config/account.ts';
import { exitCodes } from '../../../core/exit-codes.ts';
import { limitProblems, problemsIn, withFiles } from '../../../core/limit-problems.ts';
import { ManifestCache } from '../../../core/manifest/cache.ts';
import { plural } from '../../../core/plural.ts';
import type { Problem } from '../../../core/problem.ts';
import { type ProblemFormat, renderProblems } from '../../../core/render/problems.ts';
import { messageLines } from '../../../core/render/visible.ts';

/** Options of `validate`. */
export interface ValidateOptions extends CommonOptions {
  readonly format: ProblemFormat;
}

/** Checks manifests without credentials and without network. Every problem of every account is in one answer. */
export async function validateCommand(
  directory: string | undefined,
  options: ValidateOptions,
  context: CliContext,
): Promise<number> {
  checkGivenDirectory(directory, 'validate', context);
  const session = await openSession({ context, options, directory });
  const selected = selectedDirectory(session, directory);
  const problems: Problem[] = [];
  let manifests = 0;
  const code = await eachAccount(session, async (config) => {
    await warnOfOtherLedger(session, config);
    const desired = await openSource(session, config, new ManifestCache(), true).load(context.stop);
    const inside = (file: string) => selected === undefined || file.startsWith(`${selected}/`);
    const base = relative(context.cwd, config.manifests);
    const found = problemsIn(desired.problems, inside);
    problems.push(...found.map((problem) => withFiles(problem, (file) => (base === '' ? file : `${base}/${file}`))));
    manifests += desired.manifests.filter(({ place }) => inside(place.file)).length;
    return countErrors(found) > 0 ? exitCodes.invalid : exitCodes.done;
  });
  const clean = options.format === 'text' && problems.length === 0;
  if (clean && code !== exitCodes.done) return code; // the error that kept manifests from being read has been told
  context.stdout.write(clean ? validText(manifests) : renderProblems(limitProblems(problems), options.format));
  return code;
}

/** The notice that a plan has, as far as there is an API key to tell by: the run that writes would be refused. */
async function warnOfOtherLedger(session: Session, config: AccountConfig): Promise<void> {
  const notice = await otherLedgerNotice(session, config);
  if (notice !== undefined) session.context.stderr.write(`${messageLines(notice, 'Warning: ').join('\n')}\n`);
}

function validText(manifests: number): string {
  return `${plural(manifests, 'manifest is', 'manifests are')} valid.\n`;
}
