import { type Asked, type Recorded, startRecordedServer } from './recorded-server.ts';

/** A request as it came. */
interface Received extends Omit<Asked, 'body'> {
  readonly body: Readonly<Record<string, unknown>>;
}

/** A status that was set. */
interface SetStatus {
  readonly commit: string;
  readonly context: string;
  /** In the forge's words. */
  readonly state: string;
  readonly description: string;
}

/** A GitHub and a GitLab on this machine, each with the repository acme/voice. A test must end with no `unknown` request. */
export interface ForgeServer {
  readonly github: string;
  readonly gitlab: string;
  /** Its clock, in milliseconds since 1970. */
  now: number;
  /** What is said to the next requests, first to last, instead. `cut`: the connection breaks. */
  readonly instead: (Recorded | 'cut')[];
  /** While set, what is said to all requests. */
  down: Recorded | 'cut' | undefined;
  readonly requests: Received[];
  /** Statuses in the order in which they were set. */
  readonly statuses: SetStatus[];
  /** Requests that are not recorded. */
  readonly unknown: string[];
  /** What statuses of this commit and context were, first to last. */
  statesOf(commit: string, context: string): readonly string[];
  close(): Promise<void>;
}

/** The tokens that are let in. */
export const statusToken = 'glpat-or-github-pat-0123456789';
const appToken = 'ghs_0123456789abcdefghijABCDEFGHIJ012345';

/** Starts it. `repository` is its path there, where it is not acme/voice. */
export async function startForgeServer({ repository = 'acme/voice', port = 0 } = {}): Promise<ForgeServer> {
  const server = await startRecordedServer((asked) => {
    const received: Received = { ...asked, body: asked.body === '' ? {} : JSON.parse(asked.body) };
    forge.requests.push(received);
    const answer = forge.down ?? forge.instead.shift() ?? respond(forge, received, repository);
    if (answer === 'cut') return answer;
    return { ...answer, headers: { date: new Date(forge.now).toUTCString(), ...answer.headers } };
  }, port);
  const forge: ForgeServer = {
    github: `${server.origin}/api/v3`,
    gitlab: `${server.origin}/api/v4`,
    now: Date.now(),
    instead: [],
    down: undefined,
    requests: [],
    statuses: [],
    unknown: [],
    statesOf: (commit, context) =>
      forge.statuses.filter((one) => one.commit === commit && one.context === context).map(({ state }) => state),
    close: server.close,
  };
  return forge;
}

function respond(forge: ForgeServer, received: Received, repository: string): Recorded {
  const { method, path } = received;
  const github = `/api/v3/repos/${repository}/statuses/`;
  const gitlab = `/api/v4/projects/${encodeURIComponent(repository)}/statuses/`;
  if (method === 'POST' && path.startsWith(github)) return githubStatus(forge, received, path.slice(github.length));
  if (method === 'POST' && path.startsWith(gitlab)) return gitlabStatus(forge, received, path.slice(gitlab.length));
  if (method === 'POST' && path === '/api/v3/app/installations/7/access_tokens') return issue(forge, received);
  return unknown(forge, received);
}

function unknown(forge: ForgeServer, { method, path, headers, body }: Received): Recorded {
  const { accept, 'x-github-api-version': version, 'content-type': type } = headers;
  forge.unknown.push(`${method} ${path} ${accept} ${version} ${type} ${JSON.stringify(body)}`);
  return { status: 404, body: { message: 'Not Found' } };
}

/** Source: docs.github.com, "REST API endpoints for commit statuses" */
function githubStatus(forge: ForgeServer, received: Received, commit: string): Recorded {
  const { headers, body } = received;
  const { state, description, context } = body;
  const isRecorded =
    headers.accept === 'application/vnd.github+json' &&
    headers['x-github-api-version'] === '2022-11-28' &&
    headers['content-type'] === 'application/json' &&
    Object.keys(body).toSorted().join() === 'context,description,state' &&
    ['error', 'failure', 'pending', 'success'].includes(String(state));
  if (!isRecorded) return unknown(forge, received);
  const documentation_url = 'https://docs.github.com/rest/commits/statuses#create-a-commit-status';
  const token = headers.authorization?.replace(/^Bearer /, '') ?? '';
  if (![statusToken, appToken].includes(token))
    return { status: 401, body: { message: 'Bad credentials', documentation_url, status: '401' } };
  const invalid = (error: string) => ({
    status: 422,
    body: {
      message: 'Validation Failed',
      errors: [{ resource: 'Status', code: 'custom', message: error }],
      documentation_url,
    },
  });
  if (!/^[0-9a-f]{40}$/.test(commit)) return { status: 422, body: { message: `No commit found for SHA: ${commit}` } };
  if (String(description).length > 140) return invalid('description is too long (maximum is 140 characters)');
  const status = { commit, context: String(context), state: String(state), description: String(description) };
  if (forge.statesOf(commit, status.context).length >= 1000)
    return invalid('This SHA and context has reached the maximum number of statuses.');
  forge.statuses.push(status);
  const at = new Date(forge.now).toISOString();
  const id = forge.statuses.length;
  return {
    status: 201,
    body: { url: '', id, node_id: '', state, description, target_url: null, context, created_at: at, updated_at: at },
  };
}

/** Source: docs.gitlab.com, "Commits API"; gitlab-org/gitlab, app/services/ci/create_commit_status_service.rb */
function gitlabStatus(forge: ForgeServer, received: Received, commit: string): Recorded {
  const { headers, body } = received;
  const { state, description, name, ref } = body;
  const isRecorded =
    headers['content-type'] === 'application/json' &&
    ['description,name,ref,state', 'description,name,state'].includes(Object.keys(body).toSorted().join()) &&
    ['pending', 'running', 'success', 'failed', 'canceled'].includes(String(state));
  if (!isRecorded) return unknown(forge, received);
  if (headers['private-token'] !== statusToken) return { status: 401, body: { message: '401 Unauthorized' } };
  const status = { commit, context: String(name), state: String(state), description: String(description) };
  const before = forge.statesOf(commit, status.context).at(-1) ?? '';
  const verb = state === 'pending' ? 'enqueue' : 'run';
  const isOpen = ['pending', 'running'].includes(before);
  if (isOpen && (state === 'pending' || (state === 'running' && before === 'running'))) {
    const message = `Cannot transition status via :${verb} from :${before} (Reason(s): Status cannot transition via "${verb}")`;
    return { status: 400, body: { message } };
  }
  forge.statuses.push(status);
  const at = new Date(forge.now).toISOString();
  const id = forge.statuses.length;
  return {
    status: 201,
    body: { id, sha: commit, ref: ref ?? 'main', status: state, name, target_url: null, description, created_at: at },
  };
}

/** Source: docs.github.com, "Create an installation access token for an app" */
function issue(forge: ForgeServer, received: Received): Recorded {
  const { headers, body } = received;
  const isRecorded =
    headers.accept === 'application/vnd.github+json' &&
    JSON.stringify(body) === '{"repositories":["voice"],"permissions":{"statuses":"write"}}';
  if (!isRecorded) return unknown(forge, received);
  const expires = new Date(forge.now + 3_600_000).toISOString().replace(/\.\d+Z$/, 'Z');
  const permissions = { statuses: 'write', metadata: 'read' };
  return { status: 201, body: { token: appToken, expires_at: expires, permissions, repository_selection: 'selected' } };
}
