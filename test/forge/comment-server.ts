import { type Asked as AskedWhole, type Recorded, startRecordedServer } from './recorded-server.ts';

/** A comment on the request. */
interface Comment {
  readonly id: number;
  readonly author: string;
  body: string;
  readonly system?: boolean;
}

/** A request as it came. */
interface Asked extends AskedWhole {
  /** Of the path. */
  readonly search: string;
}

type Answer = Recorded | typeof lost;

/** A forge with one request, whose comments can be read and written. */
export interface CommentServer {
  /** Of its REST API. */
  readonly apiUrl: string;
  readonly comments: Comment[];
  /** What it says to the next requests, first to last. A function does with the request what it likes, and may pass it on. */
  readonly instead: (Answer | ((asked: Asked) => Answer | undefined))[];
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
  const server = await startRecordedServer((whole) => {
    const { pathname: path, search } = new URL(whole.path, 'http://forge.example');
    forge.asked.push(`${whole.method} ${whole.path}`);
    forge.tokens.add(whole.headers.authorization);
    return answer(forge, kind, { ...whole, path, search });
  });
  const forge: CommentServer = {
    apiUrl: `${server.origin}${kind === 'github' ? '/api/v3' : '/api/v4'}`,
    comments: [],
    instead: [],
    asked: [],
    tokens: new Set(),
    unknown: [],
    login: 'plans[bot]',
    writer: 'plans[bot]',
    close: server.close,
  };
  return forge;
}

/** The response is lost: the connection ends. */
export const lost = 'cut';

function answer(forge: CommentServer, kind: 'github' | 'gitlab', asked: Asked): Answer {
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
