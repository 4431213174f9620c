import { ReconcilerError } from '../core/errors.ts';
import { parseObjectId } from '../core/git/object-id.ts';
import { commitPlanRequestSchema } from '../status/commit-plan-schema.ts';
import { bodyOf } from './body-of.ts';
import { commitPlanJson, commitPlanMarkdown, commitPlanText, exitCodeOf } from './commit-plan-views.ts';
import { CommitPlans, type CommitRequest } from './commit-plans.ts';
import { type HttpOptions, HttpRefusal } from './responses.ts';
import type { Caller, Handlers } from './routes.ts';
import type { SharedLooks } from './shared-looks.ts';

/** The exit code of `plan` for this answer, for who reads the text and not the document. */
const exitCodeHeader = 'vonage-gitops-exit-code';

/** What a commit would do. */
export function planRoutes(options: HttpOptions, looks: SharedLooks) {
  const plans = new CommitPlans(options, looks);
  return {
    'POST /plan': async (c, caller) => {
      const { render = {}, ...asked } = await bodyOf(c, commitPlanRequestSchema);
      const plan = await plans.plan(requestOf(asked, caller, options)).catch(refuseElsewhere);
      const { planned, accounts } = plan;
      options.log.info(
        { source: planned.source, commit: planned.commit.id, accounts: accounts.length, by: caller.setting },
        'commit planned',
      );
      c.header(exitCodeHeader, String(exitCodeOf(plan)));
      const { text, type } = viewOf(c.req.header('accept') ?? '');
      return c.body(options.scrub(text()), 200, { 'content-type': type });

      function viewOf(accept: string) {
        if (accept.includes('text/markdown'))
          return { text: () => commitPlanMarkdown(plan, render), type: 'text/markdown; charset=utf-8' };
        if (accept.includes('text/plain'))
          return { text: () => commitPlanText(plan, render), type: 'text/plain; charset=utf-8' };
        return { text: () => commitPlanJson(plan, options.clock.now(), looks), type: 'application/json' };
      }
    },
  } satisfies Partial<Handlers>;
}

function refuseElsewhere(error: unknown): never {
  if (error instanceof ReconcilerError && error.code === 'E_COMMIT_NOT_ON_BRANCH')
    throw new HttpRefusal(403, 'COMMIT_NOT_ON_BRANCH', error.message);
  throw error;
}

interface Asked {
  readonly commit: string;
  readonly account?: string | undefined;
  readonly source?: string | undefined;
}

/** What is asked for. Who may not be told of a source learns as much of it as of one that is not there. @throws {HttpRefusal} */
function requestOf({ commit, account, source }: Asked, { sources }: Caller, { commits }: HttpOptions): CommitRequest {
  const id = parseObjectId(commit);
  if (id === undefined) throw new HttpRefusal(400, 'COMMIT_INVALID', 'commit: the full id is needed, in lower case');
  const all = [...commits.accounts()].filter(([name]) => sources?.includes(name) ?? true);
  const known = all.filter(([name]) => source === undefined || name === source);
  if (source !== undefined && known.length === 0) {
    const names = all.map(([name]) => name);
    throw new HttpRefusal(404, 'NO_SUCH_SOURCE', `no such source: ${source}; sources: ${list(names)}`);
  }
  const having = known.filter(([, accounts]) => account === undefined || accounts.includes(account));
  if (account !== undefined && having.length === 0) {
    const names = known.flatMap(([, accounts]) => accounts);
    const message = `no such account: ${account}; accounts of git sources: ${list(names)}`;
    throw new HttpRefusal(404, 'NO_SUCH_ACCOUNT', message);
  }
  const [one, ...others] = having;
  if (one === undefined) throw new HttpRefusal(404, 'NO_SUCH_SOURCE', 'no account has a git source');
  if (others.length > 0)
    throw new HttpRefusal(400, 'SOURCE_NEEDED', `specify a source: ${having.map(([name]) => name).join(', ')}`);
  return { source: one[0], commit: id, account };
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
}
