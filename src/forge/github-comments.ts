import type { ExistingComment } from '../core/comments/comment-edits.ts';
import type { Json } from '../core/json.ts';
import {
  askForge,
  type ForgeComments,
  type ForgeOptions,
  ForgeRefusal,
  mostPages,
  pageSize,
  type WrittenComment,
} from './comments.ts';
import { objectIn, textIn } from './response-text.ts';

/** A pull request of GitHub, and how it is asked. */
export interface GithubCommentsOptions extends ForgeOptions {
  readonly graphqlUrl: string;
  /** `owner/name`. */
  readonly repository: string;
  readonly number: number;
}

const headers = { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' };

/**
 * Comments of a pull request of GitHub, which are those of its issue.
 * Sources: docs.github.com, "REST API endpoints for issue comments" (GET and POST /repos/{owner}/{repo}/issues/{issue_number}/comments, in the order of
 * their ids; PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}); the tokens of workflows and Apps may not ask GET /user
 * (403 "Resource not accessible by integration"), but GraphQL `viewer` answers them, with `[bot]` at the end: pingdotgg/t3code #11273,
 * fullsend-ai/fullsend #1953
 */
export function githubComments(options: GithubCommentsOptions): ForgeComments {
  const { apiUrl, repository, number } = options;
  const issue = `${apiUrl}/repos/${repository}/issues/${number}/comments`;
  return {
    author: async (signal) => {
      const body = { query: 'query { viewer { login } }' };
      try {
        const { json } = await askForge(options, { method: 'POST', url: options.graphqlUrl, headers, body, signal });
        const { login } = objectIn(objectIn(objectIn(json)['data'])['viewer']);
        return textIn(login) || undefined;
      } catch (error) {
        if (error instanceof ForgeRefusal && ['forbidden', 'not-found', 'other'].includes(error.kind)) return undefined;
        throw error;
      }
    },
    list: async (author, signal) => {
      const found: ExistingComment[] = [];
      for (let page = 1; page <= mostPages; page += 1) {
        const url = `${issue}?per_page=${pageSize}&page=${page}`;
        const { json } = await askForge(options, { method: 'GET', url, headers, signal });
        const comments = Array.isArray(json) ? json.map(objectIn) : [];
        found.push(...comments.filter(({ user }) => isLogin(objectIn(user)['login'], author)).map(existing));
        if (comments.length < pageSize) break;
      }
      return found;
    },
    create: async (text, signal) =>
      written(await askForge(options, { method: 'POST', url: issue, headers, body: { body: text }, signal })),
    replace: async (id, text, signal) => {
      const url = `${apiUrl}/repos/${repository}/issues/comments/${id}`;
      return written(await askForge(options, { method: 'PATCH', url, headers, body: { body: text }, signal }));
    },
  };
}

function existing({ id, body }: { readonly [key: string]: Json | undefined }): ExistingComment {
  return { id: Number(id), body: textIn(body) };
}

function written({ json }: { readonly json: Json | undefined }): WrittenComment {
  const { user, html_url: url } = objectIn(json);
  return { author: textIn(objectIn(user)['login']), ...(textIn(url) === '' ? {} : { url: textIn(url) }) };
}

/** Logins are the same in capitals or not. */
function isLogin(login: Json | undefined, author: string): boolean {
  return textIn(login).toLowerCase() === author.toLowerCase();
}
