import { ReconcilerError } from '../core/errors.ts';
import { parseJson } from '../core/json.ts';
import type { Scrub } from '../core/redact/scrubber.ts';
import {
  type ApiResponse,
  type AttemptResult,
  abortedCode,
  attemptKind,
  type TransportFailure,
  type Unreadable,
  type Verb,
} from './attempt-result.ts';
import { apiFragment } from './problem-type.ts';
import { decodeProblem, unknownMember, type WireProblem } from './wire.ts';

const snippetLength = 120;
const maxDetailLength = 1_000;

/** The error of a call that brought no usable response: the status decides where there is one. Nothing of the HTTP library is in it. */
export function failureOf(call: Call, sent: CallResult): ReconcilerError {
  if (sent.end === 'stopped') return sent.error;
  const { result } = sent;
  if (result.kind === 'response') return responseFailure(call, sent, result);
  return result.kind === 'unreadable' ? excessFailure(call, result) : transportFailure(call, sent, result);
}

/** The error of a response that is not the Application API's; `reason` names the field where it is but for that one. */
export function unreadable(
  { verb, shown: url }: Call,
  response: ApiResponse,
  scrub: Scrub,
  reason?: string,
): ReconcilerError {
  const { status, contentType } = response;
  if (reason !== undefined) return new ReconcilerError('E_API_RESPONSE_UNREADABLE', { verb, url, status, reason });
  return new ReconcilerError('E_API_RESPONSE_UNREADABLE', {
    verb,
    url,
    status,
    contentType: contentType.slice(0, snippetLength),
    snippet: snippetOf(response.text, scrub),
  });
}

/** One line of a text from outside, without secrets, at most 120 characters. */
function snippetOf(text: string, scrub: Scrub): string {
  // Scrubbed before it is cut: half a secret is not recognized.
  const line = scrub(text.slice(0, 20_000))
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  return line.length > snippetLength ? `${line.slice(0, snippetLength - 1)}…` : line;
}

/** What the API says about a request, without secrets. */
export function problemOf(response: ApiResponse, scrub: Scrub): WireProblem {
  // Scrubbed after parsing: JSON has escapes that hide a value from a search.
  const problem = decodeProblem(parseJson(response.text));
  const { title, detail, invalidParameters } = problem;
  return { ...problem, title: scrub(title), detail: scrub(detail), invalidParameters: invalidParameters.map(scrub) };
}

function responseFailure(call: Call, sent: CallResult, response: ApiResponse): ReconcilerError {
  const { verb, shown: url } = call;
  const { attempts, scrub, credentialsFrom } = sent;
  const { status } = response;
  const problem = problemOf(response, scrub);
  const title = snippetOf(problem.title, scrub);
  // A proxy or a login page in between asks for credentials of its own: those of the API may be right.
  if (status === 401 && !isRefusalOfKey(problem)) return unreadable(call, response, scrub);
  if (status === 401) return new ReconcilerError('E_API_UNAUTHORIZED', { url, status, title, credentialsFrom });
  if (status === 403) return new ReconcilerError('E_API_FORBIDDEN', { url, status, title });
  if (status === 429) return new ReconcilerError('E_API_RATE_LIMITED', { verb, url, status, attempts });
  const explained = status === 404 ? isRefusedCreate(verb, problem) : problem.genuine || response.text.trim() === '';
  const kind = attemptKind(response);
  if (!explained || kind === 'unexpected' || kind === 'done') return unreadable(call, response, scrub);
  if (kind === 'failing') return new ReconcilerError('E_API_FAILED', { verb, url, status, title, attempts });
  const { invalidParameters } = problem;
  const member = unknownMember(problem.detail);
  return new ReconcilerError('E_API_REJECTED', {
    verb,
    url,
    status,
    title,
    detail: detailOf(problem),
    ...(member === undefined ? {} : { unknownMember: member }),
    ...(invalidParameters.length === 0 ? {} : { invalidParameters }),
  });
}

/** Whether a 401 is the API's own: by its `type`, or, without one, by its sentence. Source: docs/api-notes.md#errors. */
function isRefusalOfKey({ type, detail }: WireProblem): boolean {
  return type === undefined
    ? detail.startsWith('You did not provide correct credentials')
    : apiFragment(type) !== undefined;
}

/** Any other 404 that gets here proves nothing on an application: gateways say so, too, with or without a title. */
function isRefusedCreate(verb: Verb, { type }: WireProblem): boolean {
  return verb === 'POST' && apiFragment(type) !== undefined;
}

function excessFailure({ verb, shown: url }: Call, { status, reason }: Unreadable): ReconcilerError {
  if (status === 403) return new ReconcilerError('E_API_FORBIDDEN', { url, status });
  return new ReconcilerError('E_API_RESPONSE_UNREADABLE', { verb, url, status, reason });
}

/**
 * The error of a write whose response told nothing and which a GET did not show either: the caller cannot know whether it took
 * effect. `cause`: what the GET brought.
 */
export function undecided({ verb, shown: url }: Call, result: AttemptResult, cause: unknown): ReconcilerError {
  const came = 'status' in result ? `status ${result.status}` : result.code;
  const reason = `the response (${came}) is not a valid Application API response to this write, and a GET did not resolve it`;
  return new ReconcilerError('E_API_NO_RESPONSE', { verb, url, reason }, { cause });
}

function transportFailure({ verb, shown: url }: Call, sent: CallResult, failure: TransportFailure): ReconcilerError {
  const { attempts, effectPossible } = sent;
  const reason = failure.reason.includes(failure.code) ? failure.reason : `${failure.reason} (${failure.code})`;
  if (failure.code === abortedCode && verb === 'GET') return new ReconcilerError('E_ABORTED', {});
  const code = verb !== 'GET' && effectPossible ? 'E_API_NO_RESPONSE' : 'E_API_UNREACHABLE';
  return new ReconcilerError(code, { verb, url, reason, errorCode: failure.code, attempts });
}

/** The parameters say more than the general sentence above them. */
function detailOf({ detail, invalidParameters }: WireProblem): string {
  const text = detail.replace(/\s+/g, ' ').trim();
  const said = invalidParameters.length > 0 ? invalidParameters.join('; ') : text;
  return said === '' ? 'no explanation' : said.slice(0, maxDetailLength);
}

/** An API key and its secret. */
export interface Credentials {
  readonly key: string;
  readonly secret: string;
}

/** One attempt, for metrics: it has a status, or the code of what broke it. */
export interface RequestEvent {
  readonly verb: Verb;
  readonly status?: number;
  readonly code?: string;
  readonly durationMs: number;
  /** Counted from 1 within its call. */
  readonly attempt: number;
}

/** A call. */
export interface Call {
  readonly verb: Verb;
  readonly url: URL;
  /** The URL as people may see it: without user, password and query. */
  readonly shown: string;
  readonly body?: string;
  readonly signal: AbortSignal | undefined;
}

/** How a call ended: with the result of its last attempt, or `stopped` before there was any that counts. */
export type CallResult = {
  readonly attempts: number;
  /** Whether any of the attempts may have taken effect. */
  readonly effectPossible: boolean;
  /** Whether at least one attempt reached a server. */
  readonly answered: boolean;
  readonly scrub: Scrub;
  /** Where key and secret are read from, for people. */
  readonly credentialsFrom: string;
} & (
  | { readonly end: 'result'; readonly result: AttemptResult }
  | { readonly end: 'stopped'; readonly error: ReconcilerError }
);
