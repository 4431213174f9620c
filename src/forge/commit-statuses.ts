import type { ForgeKind } from '../core/git/forge-api.ts';
import { isJsonObject, parseJson } from '../core/json.ts';
import { visible } from '../core/render/visible.ts';
import type { HttpResult, Send } from '../net/request.ts';
import { rateLimitWaitMs } from './rate-limit.ts';
import { reasonIn } from './response-text.ts';

/** What a commit is marked with. */
export interface CommitStatus {
  /** Full id of the commit. */
  readonly commit: string;
  /** Tells statuses of one commit apart. */
  readonly context: string;
  readonly state: 'pending' | 'success' | 'failure' | 'error';
  readonly description: string;
}

/** What came of setting a status. `isFinal`: no status of this commit and context will be taken. */
type StatusResult =
  | { readonly result: 'taken' }
  | { readonly result: 'refused'; readonly problem: string; readonly isFinal: boolean }
  | { readonly result: 'failed'; readonly problem: string; readonly afterMs?: number | undefined };

/** Where tokens come from. */
export interface StatusTokens {
  /** `isPassing`: asking once more may help. */
  token(
    signal: AbortSignal,
  ): Promise<{ readonly token: string } | { readonly problem: string; readonly isPassing: boolean }>;
  /** Throws away one that was refused. Whether another one may be let in. */
  forget(): boolean;
}

/** Of which repository statuses are set, and how. */
export interface CommitStatusesOptions {
  readonly kind: ForgeKind;
  /** Without a slash at its end. */
  readonly apiUrl: string;
  /** What the repository is called there, such as `acme/voice`. */
  readonly repository: string;
  /** The branch or tag that the commits are of, where it is one. */
  readonly ref: string | undefined;
  readonly tokens: StatusTokens;
  readonly send: Send;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

type Response = Extract<HttpResult, { readonly status: number }>;

/** Longest description, in characters. Source: GitHub's answer 422 to a longer one; docs.gitlab.com, "Commits API" */
const longestDescription: Readonly<Record<ForgeKind, number>> = { github: 140, gitlab: 255 };

const forgeNames: Readonly<Record<ForgeKind, string>> = { github: 'GitHub', gitlab: 'GitLab' };

/** Which right a token lacks, in words of the forge. Source: docs.github.com and docs.gitlab.com, as below */
const rights: Readonly<Record<ForgeKind, string>> = {
  github: 'the permission "Commit statuses: write" (a classic token: scope repo:status)',
  gitlab: 'scope api, and a role that may push to or merge into the branch',
};

/** Sets statuses of the commits of one repository. No secret is in what it says. */
export class CommitStatuses {
  readonly #options: CommitStatusesOptions;

  constructor(options: CommitStatusesOptions) {
    this.#options = options;
  }

  /** Sets one, by one attempt. Rejects only with the reason of an aborted signal. */
  async set(status: CommitStatus, signal: AbortSignal): Promise<StatusResult> {
    const first = await this.#attempt(status, signal);
    const isRefused = first.result === 'refused' && first.status === 401;
    return isRefused && this.#options.tokens.forget() ? this.#attempt(status, signal) : first;
  }

  async #attempt(status: CommitStatus, signal: AbortSignal): Promise<StatusResult & { readonly status?: number }> {
    const { kind, tokens } = this.#options;
    const read = await tokens.token(signal);
    if ('problem' in read) {
      const { problem } = read;
      return read.isPassing ? { result: 'failed', problem } : { result: 'refused', problem, isFinal: false };
    }
    const result = await this.#send(status, stateWords[kind][status.state], read.token, signal);
    if (kind !== 'gitlab' || !isSetAlready(result)) return this.#judge(result, read.token);
    // What is pending can take another text only by going on.
    const again = status.state === 'pending' ? await this.#send(status, 'running', read.token, signal) : result;
    return isSetAlready(again) ? { result: 'taken' } : this.#judge(again, read.token);
  }

  #send(status: CommitStatus, state: string, token: string, signal: AbortSignal): Promise<HttpResult> {
    const { kind, send } = this.#options;
    const description = cutAtWord(status.description, longestDescription[kind]);
    const { path, headers, body } = this.#request[kind](status, token);
    return send({
      method: 'POST',
      url: `${this.#options.apiUrl}${path}`,
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ state, description, ...body }),
      signal,
    });
  }

  readonly #request = {
    /** Source: docs.github.com, "REST API endpoints for commit statuses" */
    github: ({ commit, context }: CommitStatus, token: string) => ({
      path: `/repos/${this.#options.repository.split('/').map(encodeURIComponent).join('/')}/statuses/${commit}`,
      headers: {
        accept: 'application/vnd.github+json',
        authorization: `Bearer ${token}`,
        'x-github-api-version': '2022-11-28',
      },
      body: { context },
    }),
    /** Source: docs.gitlab.com, "Commits API", set the pipeline status of a commit */
    gitlab: ({ commit, context }: CommitStatus, token: string) => ({
      path: `/projects/${encodeURIComponent(this.#options.repository)}/statuses/${commit}`,
      headers: { 'private-token': token },
      body: { name: context, ...(this.#options.ref === undefined ? {} : { ref: this.#options.ref }) },
    }),
  };

  #judge(result: HttpResult, token: string): StatusResult & { readonly status?: number } {
    const { apiUrl, now } = this.#options;
    if ('failure' in result) return { result: 'failed', problem: `${apiUrl}: ${result.reason}` };
    const { status } = result;
    if (status >= 200 && status < 300)
      return isJsonObject(parseJson(result.text)) ? { result: 'taken' } : this.#foreign(status);
    const afterMs = rateLimitWaitMs(result, now());
    if (afterMs !== undefined) return { result: 'failed', problem: this.#problem(result, token), afterMs };
    // 409: another status of the commit is being set.
    if (status >= 500 || status === 408 || status === 409)
      return { result: 'failed', problem: this.#problem(result, token) };
    return { result: 'refused', problem: this.#problem(result, token), isFinal: status === 422, status };
  }

  /** Something in between responded, such as a page to log in: the forge knows nothing of the status. */
  #foreign(status: number): StatusResult {
    const { kind, apiUrl } = this.#options;
    const problem = `${apiUrl} responded with ${status}, but not as ${forgeNames[kind]} does. Check apiUrl of the report, and proxies`;
    return { result: 'failed', problem };
  }

  #problem({ status, text }: Response, token: string): string {
    const { kind, repository } = this.#options;
    const reason = reasonIn(text, token);
    const responded = `${forgeNames[kind]} responded with ${status}${reason === '' ? '' : ` (${reason})`}`;
    const remedy = remedyOf(status, { repository: visible(repository), right: rights[kind] });
    return remedy === undefined ? responded : `${responded}: ${remedy}`;
  }
}

/** Source: docs.github.com, "REST API endpoints for commit statuses"; docs.gitlab.com, "Commits API" */
const stateWords: Readonly<Record<ForgeKind, Readonly<Record<CommitStatus['state'], string>>>> = {
  github: { pending: 'pending', success: 'success', failure: 'failure', error: 'error' },
  gitlab: { pending: 'pending', success: 'success', failure: 'failed', error: 'failed' },
};

/** GitLab refuses to set what is set: `Cannot transition status via :enqueue from :pending`. Source: gitlab-foss issue 25807 */
function isSetAlready(result: HttpResult): boolean {
  return 'status' in result && result.status === 400 && /cannot transition status/i.test(result.text);
}

function remedyOf(
  status: number,
  { repository, right }: { readonly repository: string; readonly right: string },
): string | undefined {
  if (status >= 300 && status < 400)
    return `${repository} has moved, and redirects are not followed. Set url of the source, or apiUrl of the report`;
  switch (status) {
    case 401:
      return 'the token is not valid. Check token of the report: it may have expired';
    case 403:
      return `the token may not set statuses of ${repository}: it needs ${right}`;
    case 404:
      return `${repository} does not exist there, or is hidden from the token, which needs ${right}`;
    case 422:
      return 'no more statuses of this commit are sent';
    default:
      return undefined;
  }
}

function cutAtWord(text: string, most: number): string {
  if (text.length <= most) return text;
  const head = text.slice(0, most - 2);
  return `${head.slice(0, Math.max(head.lastIndexOf(' '), most / 2))} …`;
}
