import type { ExistingComment } from '../core/comments/comment-edits.ts';
import type { Json } from '../core/json.ts';
import {
  askForge,
  type ForgeComments,
  type ForgeOptions,
  mostPages,
  pageSize,
  type WrittenComment,
} from './comments.ts';
import { objectIn, textIn } from './response-text.ts';

/** A merge request of GitLab, and how it is asked. */
export interface GitlabCommentsOptions extends ForgeOptions {
  /** Its number, or its path. */
  readonly project: string;
  readonly number: number;
}

/**
 * Comments of a merge request of GitLab, which calls them notes.
 * Sources: docs.gitlab.com, "Notes API" (GET and POST /projects/:id/merge_requests/:merge_request_iid/notes with `sort` and `order_by`, PUT with
 * /:note_id at the end; `system` notes are not written by people), "Users API" (GET /user), "REST API" (`x-next-page` is empty on the last
 * page; a token may come as `Authorization: Bearer`)
 */
export function gitlabComments(options: GitlabCommentsOptions): ForgeComments {
  const { apiUrl, project, number } = options;
  const notes = `${apiUrl}/projects/${encodeURIComponent(project)}/merge_requests/${number}/notes`;
  const headers = { accept: 'application/json' };
  return {
    author: async (signal) => {
      const { json } = await askForge(options, { method: 'GET', url: `${apiUrl}/user`, headers, signal });
      return textIn(objectIn(json)['username']) || undefined;
    },
    list: async (author, signal) => {
      const found: ExistingComment[] = [];
      for (let page = '1', read = 0; page !== '' && read < mostPages; read += 1) {
        const url = `${notes}?sort=asc&order_by=created_at&per_page=${pageSize}&page=${page}`;
        const { json, headers: received } = await askForge(options, { method: 'GET', url, headers, signal });
        const comments = Array.isArray(json) ? json.map(objectIn) : [];
        found.push(...comments.filter((note) => note['system'] !== true && authorOf(note) === author).map(existing));
        page = received['x-next-page']?.trim() ?? '';
      }
      return found;
    },
    create: async (body, signal) =>
      written(await askForge(options, { method: 'POST', url: notes, headers, body: { body }, signal })),
    replace: async (id, body, signal) =>
      written(await askForge(options, { method: 'PUT', url: `${notes}/${id}`, headers, body: { body }, signal })),
  };
}

function existing({ id, body }: { readonly [key: string]: Json | undefined }): ExistingComment {
  return { id: Number(id), body: textIn(body) };
}

function written({ json }: { readonly json: Json | undefined }): WrittenComment {
  return { author: authorOf(objectIn(json)) };
}

function authorOf({ author }: { readonly [key: string]: Json | undefined }): string {
  return textIn(objectIn(author)['username']);
}
