import { type KeyObject, verify } from 'node:crypto';
import { type Recorded, startRecordedServer } from './recorded-server.ts';

/** A GitHub that gives out tokens of one installation of one App. */
export interface GithubServer {
  /** Of a repository there. */
  readonly url: string;
  /** Its clock, in milliseconds since 1970. */
  now: number;
  /** What it says to the next requests, first to last, instead of a token. */
  readonly instead: Recorded[];
  /** JSON web tokens that came, good or not. */
  readonly shown: string[];
  /** Tokens that were given out. */
  readonly issued: string[];
  /** Requests that are not recorded: there must be none. */
  readonly unknown: string[];
  close(): Promise<void>;
}

/** Starts it, for App 42 and its installation 7, with this public key. */
export async function startGithubServer(publicKey: KeyObject): Promise<GithubServer> {
  const server = await startRecordedServer(({ method, path, headers, body }) => {
    const kind = `${method} ${path} ${headers.accept} ${headers['x-github-api-version']} ${headers['user-agent']} ${body}`;
    if (kind !== recorded) github.unknown.push(kind);
    const jwt = headers.authorization?.replace(/^Bearer /, '') ?? '';
    github.shown.push(jwt);
    const answer = github.instead.shift() ?? refusal(jwt, publicKey, github.now) ?? issue(github);
    return { ...answer, headers: { date: new Date(github.now).toUTCString(), ...answer.headers } };
  });
  const github: GithubServer = {
    url: `${server.origin}/acme/voice.git`,
    now: Date.now(),
    instead: [],
    shown: [],
    issued: [],
    unknown: [],
    close: server.close,
  };
  return github;
}

const asked = '{"repositories":["voice"],"permissions":{"contents":"read"}}';
const recorded = `POST /api/v3/app/installations/7/access_tokens application/vnd.github+json 2022-11-28 vonage-gitops/test ${asked}`;

/** A token ends after an hour. */
function issue(github: GithubServer): Recorded {
  const token = `ghs_16C7e42F292c6912E7710c838347Ae178B4${github.issued.length}`;
  github.issued.push(token);
  const expires = new Date(github.now + 3_600_000).toISOString().replace(/\.\d+Z$/, 'Z');
  const permissions = { contents: 'read', metadata: 'read' };
  return { status: 201, body: { token, expires_at: expires, permissions, repository_selection: 'selected' } };
}

function refusal(jwt: string, publicKey: KeyObject, now: number): Recorded | undefined {
  const [head = '', claims = '', signature = ''] = jwt.split('.');
  const isSigned = verify(
    'RSA-SHA256',
    Buffer.from(`${head}.${claims}`),
    publicKey,
    Buffer.from(signature, 'base64url'),
  );
  if (!isSigned) return unauthorized('A JSON web token could not be decoded');
  const { iat, exp, iss } = JSON.parse(Buffer.from(claims, 'base64url').toString());
  if (iss !== '42') return unauthorized('Integration not found');
  const seconds = now / 1000;
  if (iat > seconds)
    return unauthorized(
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    );
  if (exp > seconds + 600) return unauthorized("'Expiration time' claim ('exp') is too far in the future");
  if (exp < seconds)
    return unauthorized(
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    );
  return undefined;
}

function unauthorized(message: string): Recorded {
  return { status: 401, body: { message, documentation_url: 'https://docs.github.com/rest' } };
}
