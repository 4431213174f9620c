import { accountMarker, plansMarker } from '../core/comments/comment-marker.ts';
import { exitCodes, planCode, worstCode } from '../core/exit-codes.ts';
import { folderOf } from '../core/git/folder-identity.ts';
import { plannedCommitNotices } from '../core/git/planned-commit.ts';
import type { Plan } from '../core/plan/plan.ts';
import { renderPlanMarkdown } from '../core/render/markdown.ts';
import { code } from '../core/render/markdown-parts.ts';
import { renderProblems } from '../core/render/problems.ts';
import { renderPlan } from '../core/render/text.ts';
import { quoted, visible } from '../core/render/visible.ts';
import { commitText } from '../core/render/words.ts';
import { commitPlanDocument } from '../status/commit-plan-document.ts';
import type { CommitPlanRequest } from '../status/commit-plan-schema.ts';
import type { AccountPlan, CommitPlan } from './commit-plans.ts';
import type { SharedLooks } from './shared-looks.ts';

type FailedPlan = Extract<AccountPlan, { readonly code: string }>;
type Render = NonNullable<CommitPlanRequest['render']>;

/** The exit code of `plan --detailed-exitcode` for all of it. */
export function exitCodeOf({ accounts }: CommitPlan): number {
  return worstCode(accounts.map((one) => ('look' in one ? planCode(one.look.plan, true) : exitCodes.error)));
}

/** As a document, put together from texts that were written once. */
export function commitPlanJson({ planned, accounts, untouched }: CommitPlan, at: number, looks: SharedLooks): string {
  const errors = accounts.flatMap((one) => ('look' in one ? [] : [one]));
  const texts = accounts.flatMap((one) => ('look' in one ? [looks.planText(one.look)] : []));
  const document = commitPlanDocument(planned, { at, plans: [], errors, untouched: [...untouched] });
  return JSON.stringify(document).replace('"plans":[]', () => `"plans":[${texts.join(',')}]`);
}

/**
 * As comments on a pull request: first what is to be known of the commit, which is in each, then one account after another, each begun by its
 * marker.
 */
export function commitPlanMarkdown(plan: CommitPlan, { summary = false, maxBytes }: Render): string {
  const notices = plannedCommitNotices(plan.planned).map((notice) => `> ${code(visible(notice))}\n\n`);
  const texts = plan.accounts.map((one) => {
    const { account } = one;
    if (!('look' in one)) return failedMarkdown(one);
    const length = maxBytes === undefined ? {} : { maxBytes };
    return renderPlanMarkdown(one.look.plan, { name: account, account, summary, ...length });
  });
  const rest = texts.length === 0 ? `${untouchedLine(plan, code)}\n` : texts.join('\n');
  return `${plansMarker}\n${notices.join('')}${rest}`;
}

function failedMarkdown({ account, ...why }: FailedPlan): string {
  const title = `### vonage-gitops plan for ${code(quoted(account))}`;
  return `${accountMarker(account)}\n${title}\n\n**There is no plan: ${code(`${why.code}: ${visible(why.message)}`)}**\n`;
}

/** As the command shows it. */
export function commitPlanText(
  plan: CommitPlan,
  { summary = false, verbose = false, columns, color = false }: Render,
): string {
  const { planned, accounts } = plan;
  const head = [...plannedCommitNotices(planned), `Plan of commit ${commitText(planned.commit)}`].map(visible);
  const parts = accounts.flatMap((one) =>
    'look' in one
      ? [
          ...problemTexts(one.look.plan),
          renderPlan(one.look.plan, { account: one.account, color, columns, summary, verbose }),
        ]
      : [`No plan for account ${visible(one.account)}: ${visible(`${one.code}: ${one.message}`)}\n`],
  );
  const last = plan.untouched.length === 0 ? [] : [`${untouchedLine(plan, (text) => text)}\n`];
  return [`${head.join('\n')}\n`, ...parts, ...last].join('\n');
}

/** Without the lines of the manifests, which may hold anything. */
function problemTexts({ problems, root }: Plan): readonly string[] {
  if (problems.length === 0) return [];
  const located = problems.map(({ frame: _frame, ...problem }) => problem);
  return [renderProblems(located, 'text', { directory: folderOf(root) ?? '' })];
}

function untouchedLine({ planned, accounts, untouched }: CommitPlan, show: (text: string) => string): string {
  const names = untouched.map((name) => visible(name)).join(', ');
  const commit = show(commitText(planned.commit));
  return accounts.length === 0
    ? `Commit ${commit} changes no manifests of source ${show(quoted(planned.source))}. Not planned: ${show(names)}`
    : `Not planned, because their manifests are the same: ${show(names)}`;
}
