import type { Context } from 'hono';
import { exitCodes, worstCode } from '../core/exit-codes.ts';
import { shortId } from '../core/git/commit-info.ts';
import { type ObjectId, parseObjectId } from '../core/git/object-id.ts';
import { isPassing, isReached, type SourceStatus } from '../core/git/source-status.ts';
import type { AccountView } from '../daemon/daemon.ts';
import { type SyncDocument, syncSchema } from '../status/documents.ts';
import { syncResult } from '../status/to-document.ts';
import { accountsOf } from './read-routes.ts';
import { type HttpOptions, HttpRefusal, respond } from './responses.ts';
import { defaultRequestMs } from './shared-looks.ts';

/**
 * Asks the git server, where manifests come from one, and then for a pass. With `wait=true` the response is that of the pass that began
 * after the request, its exit code as of apply: 200 when it did what it could, 409 when manifests are invalid or another daemon has the
 * account, 502 when something failed. With `commit` the pass is one over that commit, or one that descends from it.
 */
export async function sync(c: Context, options: HttpOptions): Promise<Response> {
  const commit = commitOf(c);
  const views = chosenViews(options, c.req.query('account'), commit);
  if (!waits(c)) {
    for (const { name, loop } of views) void options.refreshSource(name).then(() => loop.request('request'));
    return respond(c, options, syncSchema, { ...noResults, waited: false }, 202);
  }
  const deadline = deadlineAfter(options.requestMs ?? defaultRequestMs);
  try {
    if (commit !== undefined) await accepted(options, views, commit, deadline);
    const passes = Promise.all(
      views.map(async ({ name, loop }) => {
        if (commit === undefined) await options.refreshSource(name);
        return syncResult(name, await loop.passAfterNow('request'));
      }),
    );
    const results = await Promise.race([passes, deadline.over]);
    if (results === undefined) return respond(c, options, syncSchema, { ...noResults, waited: true }, 202);
    for (const one of results) await assertOver(options, commit, one);
    const exitCode = worstCode(results.map((result) => result.exitCode));
    const document: SyncDocument = { format: 'vonage-gitops.sync/1', waited: true, exitCode, results };
    return respond(c, options, syncSchema, document, statusOf(document));
  } finally {
    deadline.cancel();
  }
}

const noResults = { format: 'vonage-gitops.sync/1', exitCode: null, results: [] } satisfies Partial<SyncDocument>;

function statusOf({ results }: SyncDocument): 200 | 409 | 502 {
  const invalid = results.some(({ problems }) => problems.some(({ severity }) => severity === 'error'));
  const codes = results.map(({ exitCode }) => exitCode);
  if (invalid || codes.includes(exitCodes.invalid) || codes.includes(exitCodes.locked)) return 409;
  return codes.includes(exitCodes.error) || codes.includes(exitCodes.partly) ? 502 : 200;
}

/** @throws {HttpRefusal} for what is no full id, and for a commit that nobody waits for */
function commitOf(c: Context): ObjectId | undefined {
  const text = c.req.query('commit');
  if (text === undefined) return undefined;
  const commit = parseObjectId(text);
  if (commit === undefined)
    throw new HttpRefusal(400, 'COMMIT_INVALID', 'commit: expected a full commit id, 40 or 64 hexadecimal digits');
  if (!waits(c)) throw new HttpRefusal(400, 'WAIT_NEEDED', 'commit needs wait=true');
  return commit;
}

/** @throws {HttpRefusal} for anything but true and false */
function waits(c: Context): boolean {
  const text = c.req.query('wait') ?? 'false';
  if (text === 'true' || text === 'false') return text === 'true';
  throw new HttpRefusal(400, 'WAIT_INVALID', 'wait: expected true or false');
}

/** A commit is one of a single source: without an account, its accounts are meant. @throws {HttpRefusal} */
function chosenViews(
  options: HttpOptions,
  account: string | undefined,
  commit: ObjectId | undefined,
): readonly AccountView[] {
  const views = accountsOf(options, account);
  if (commit === undefined) return views;
  const fromGit = views.filter(({ name }) => options.sourceNameOf(name) !== undefined);
  const sources = new Set(fromGit.map(({ name }) => options.sourceNameOf(name)));
  if (sources.size === 0) {
    const whose = account === undefined ? 'no account has its manifests' : `account ${account} has not its manifests`;
    throw new HttpRefusal(400, 'NO_GIT_SOURCE', `${whose} from a git source: there is no commit to wait for`);
  }
  if (sources.size > 1) {
    const known = [...sources].join(', ');
    throw new HttpRefusal(
      400,
      'ACCOUNT_NEEDED',
      `the accounts have several git sources (${known}): specify an account`,
    );
  }
  return fromGit;
}

/**
 * Waits until the accepted commit is this one or descends from it: a commit that was just pushed is seen when the server is asked next.
 * Where another daemon has the accounts, that one waits for it.
 * @throws {HttpRefusal} when the commit is refused, is not on what is followed, or cannot be fetched
 */
async function accepted(
  options: HttpOptions,
  views: readonly AccountView[],
  commit: ObjectId,
  deadline: Deadline,
): Promise<void> {
  const account = views.find(({ status }) => status.standby === undefined)?.name;
  if (account === undefined) return;
  for (;;) {
    const before = options.sourceOf(account);
    if (await isIn(options, account, commit, before?.accepted?.id)) return;
    if (deadline.isOver()) throw neverAccepted(commit, before);
    await Promise.race([options.refreshSource(account), deadline.over]);
    const after = options.sourceOf(account);
    if (await isIn(options, account, commit, after?.accepted?.id)) return;
    await assertNotRefused(options, account, commit, after);
    if (!deadline.isOver() && !mayCome(before, after)) throw neverAccepted(commit, after);
  }
}

async function assertNotRefused(
  options: HttpOptions,
  account: string,
  commit: ObjectId,
  status: SourceStatus | undefined,
): Promise<void> {
  if (status?.state !== 'refused' || !(await isIn(options, account, commit, status.tip?.id))) return;
  throw new HttpRefusal(409, 'COMMIT_REFUSED', status.message);
}

/** Whether it is worth asking again: the server was asked, and what it said need not be its last word. */
function mayCome(before: SourceStatus | undefined, after: SourceStatus | undefined): boolean {
  if (after === undefined || after.askedAt === before?.askedAt) return false;
  return isReached(after.state) || isPassing(after.state);
}

function neverAccepted(commit: ObjectId, status: SourceStatus | undefined): HttpRefusal {
  if (status === undefined)
    return new HttpRefusal(503, 'SOURCE_FAILED', 'the git source is not followed at the moment');
  const { state, message, ref, repository, accepted: at } = status;
  if (!isReached(state)) return new HttpRefusal(503, 'SOURCE_FAILED', message);
  const where = `${ref} of ${repository}${at === undefined ? '' : `, which is at ${shortId(at.id)}`}`;
  const why = 'It may be on another branch, or replaced. With history: shallow only the newest commit is known';
  return new HttpRefusal(409, 'NO_SUCH_COMMIT', `commit ${shortId(commit)} is not on ${where}. ${why}`);
}

/** Whether `of` is the commit, or descends from it. */
async function isIn(options: HttpOptions, account: string, commit: ObjectId, of: string | undefined): Promise<boolean> {
  return of !== undefined && (of === commit || (await options.containsCommit(account, of, commit)));
}

/** What was accepted may have been taken back before the pass: its signer, or the directory. @throws {HttpRefusal} */
async function assertOver(
  options: HttpOptions,
  commit: ObjectId | undefined,
  { account, pass, revision }: SyncDocument['results'][number],
): Promise<void> {
  if (commit === undefined || revision === null || (await isIn(options, account, commit, revision))) return;
  const what = `account ${account}: pass ${pass} was over commit ${shortId(revision)}, which does not contain`;
  throw new HttpRefusal(409, 'COMMIT_REFUSED', `${what} ${shortId(commit)}. status says why`);
}

interface Deadline {
  /** Resolves with undefined when the time is over. */
  readonly over: Promise<undefined>;
  isOver(): boolean;
  /** A request that is answered leaves nothing behind. */
  cancel(): void;
}

function deadlineAfter(ms: number): Deadline {
  let isOver = false;
  let cancel: () => void = () => undefined;
  const over = new Promise<undefined>((resolve) => {
    const timer = setTimeout(() => {
      isOver = true;
      resolve(undefined);
    }, ms);
    cancel = () => clearTimeout(timer);
  });
  return { over, isOver: () => isOver, cancel };
}
