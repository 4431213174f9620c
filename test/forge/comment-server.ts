import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A comment on the request. */
interface Comment {
  readonly id: number;
  readonly author: string;
  body: string;
  readonly system?: boolean;
}

/** A response as the forges' documentation records it. */
interface Recorded {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request as it came. */
interface Asked {
  readonly method: string;
  readonly path: string;
  readonly search: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A forge with one request, whose comments can be read and written. */
export interface CommentServer {
  /** Of its REST API. */
  readonly apiUrl: string;
  readonly comments: Comment[];
  /** What it says to the next requests, first to last. A function does with the request what it likes, and may pass it on. */
  readonly instead: (Recorded | ((asked: Asked) => Recorded | undefined))[];
  /** Every request: method and path. */
  readonly asked: string[];
  /** Tokens that came. */
  readonly tokens: Set<string | undefined>;
  /** Requests that are not recorded: there must be none. */
  readonly unknown: string[];
  /** What the forge says about whose token it is; undefined where it does not tell. */
  login: string | undefined;
  /** Who writes what is posted. */
  writer: string;
  close(): Promise<void>;
}

/** GitHub: request 12 of acme/voice. GitLab: request 12 of project 7. */
export async function startCommentServer(kind: 'github' | 'gitlab'): Promise<CommentServer> {
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      const { pathname: path, search } = new URL(request.url ?? '', 'http://forge.example');
      const asked: Asked = { method: request.method ?? '', path, search, headers: request.headers, body };
      forge.asked.push(`${asked.method} ${path}${search}`);
      forge.tokens.add(request.headers.authorization);
      const { status, body: sent, headers } = answer(forge, kind, asked);
      if (status === 0) request.socket.destroy();
      else response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(sent));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const forge: CommentServer = {
    apiUrl: `http://127.0.0.1:${port}${kind === 'github' ? '/api/v3' : '/api/v4'}`,
    comments: [],
    instead: [],
    asked: [],
    tokens: new Set(),
    unknown: [],
    login: 'plans[bot]',
    writer: 'plans[bot]',
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return forge;
}

/** The response is lost: the connection ends. */
export const lost: Recorded = { status: 0, body: null };

function answer(forge: CommentServer, kind: 'github' | 'gitlab', asked: Asked): Recorded {
  const next = forge.instead.shift();
  const said = typeof next === 'function' ? next(asked) : next;
  return said ?? (kind === 'github' ? githubAnswer(forge, asked) : gitlabAnswer(forge, asked));
}

/** The response to a request when nothing is wrong; also what `instead` uses to let a request take effect whose response is lost. */
export function githubAnswer(forge: CommentServer, asked: Asked): Recorded {
  const { method, path, search, headers } = asked;
  const isVersioned =
    headers.accept === 'application/vnd.github+json' && headers['x-github-api-version'] === '2022-11-28';
  if (!isVersioned) return unrecorded(forge, asked);
  if (`${method} ${path}` === 'POST /api/graphql') {
    if (asked.body !== '{"query":"query { viewer { login } }"}') return unrecorded(forge, asked);
    if (forge.login !== undefined) return { status: 200, body: { data: { viewer: { login: forge.login } } } };
    return {
      status: 200,
      body: { data: null, errors: [{ type: 'FORBIDDEN', message: 'Resource not accessible by integration' }] },
    };
  }
  const page = /^\?per_page=50&page=(\d+)$/.exec(search)?.[1];
  if (method === 'GET' && path === '/api/v3/repos/acme/voice/issues/12/comments' && page !== undefined)
    return { status: 200, body: pageOf(forge, Number(page)).map(githubComment) };
  if (method === 'POST' && path === '/api/v3/repos/acme/voice/issues/12/comments')
    return { status: 201, body: githubComment(post(forge, asked)) };
  const id = /^\/api\/v3\/repos\/acme\/voice\/issues\/comments\/(\d+)$/.exec(path)?.[1];
  const edited = forge.comments.find((one) => one.id === Number(id));
  if (method === 'PATCH' && edited !== undefined) return { status: 200, body: githubComment(edit(edited, asked)) };
  return unrecorded(forge, asked);
}

function gitlabAnswer(forge: CommentServer, asked: Asked): Recorded {
  const { method, path, search } = asked;
  const notes = '/api/v4/projects/7/merge_requests/12/notes';
  if (`${method} ${path}` === 'GET /api/v4/user') return { status: 200, body: { id: 1, username: forge.login } };
  const page = /^\?sort=asc&order_by=created_at&per_page=50&page=(\d+)$/.exec(search)?.[1];
  if (method === 'GET' && path === notes && page !== undefined) {
    const next = pageOf(forge, Number(page) + 1).length > 0 ? String(Number(page) + 1) : '';
    return { status: 200, body: pageOf(forge, Number(page)).map(gitlabNote), headers: { 'x-next-page': next } };
  }
  if (method === 'POST' && path === notes) return { status: 201, body: gitlabNote(post(forge, asked)) };
  const edited = forge.comments.find(({ id }) => path === `${notes}/${id}`);
  if (method === 'PUT' && edited !== undefined) return { status: 200, body: gitlabNote(edit(edited, asked)) };
  return unrecorded(forge, asked);
}

function unrecorded(forge: CommentServer, { method, path, search, body }: Asked): Recorded {
  forge.unknown.push(`${method} ${path}${search} ${body}`);
  return { status: 404, body: { message: 'Not Found' } };
}

function pageOf({ comments }: CommentServer, page: number): readonly Comment[] {
  return comments.slice((page - 1) * 50, page * 50);
}

function post(forge: CommentServer, { body }: Asked): Comment {
  const comment = { id: 1000 + forge.comments.length, author: forge.writer, body: JSON.parse(body).body };
  forge.comments.push(comment);
  return comment;
}

function edit(comment: Comment, { body }: Asked): Comment {
  comment.body = JSON.parse(body).body;
  return comment;
}

function githubComment({ id, author, body }: Comment) {
  const type = author.endsWith('[bot]') ? 'Bot' : 'User';
  const url = `https://github.example/acme/voice/pull/12#issuecomment-${id}`;
  return { id, html_url: url, user: { login: author, type }, body, author_association: 'NONE' };
}

function gitlabNote({ id, author, body, system = false }: Comment) {
  return { id, type: null, body, author: { id: 1, username: author, state: 'active' }, system, noteable_iid: 12 };
}
