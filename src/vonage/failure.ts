import { ReconcilerError } from '../core/errors.ts';
import type { Scrub } from '../core/redact/scrubber.ts';
import { apiFragment } from './problem-type.ts';
import {
  type ApiResponse,
  type AttemptResult,
  abortedCode,
  attemptKind,
  type TransportFailure,
  type Unreadable,
  type Verb,
} from './reply.ts';
import { decodeProblem, parseJson, unknownMember, type WireProblem } from './wire.ts';

/** What was asked for, as it goes into errors. */
export interface Asked {
  readonly verb: Verb;
  /** Without user, password and query. */
  readonly url: string;
}

/** How the attempts of a call ended, without success. */
interface Failed extends Asked {
  readonly reply: AttemptResult;
  readonly attempts: number;
  /** Whether any of the attempts may have taken effect. */
  readonly effectPossible: boolean;
  readonly scrub: Scrub;
  /** Where key and secret are read from, for people. */
  readonly credentialsFrom: string;
}

const snippetLength = 120;
const maxDetailLength = 1_000;

/** The error of a call that failed: the status decides where there is one. Nothing of the HTTP library is in it. */
function failureOf(failed: Failed): ReconcilerError {
  const { reply } = failed;
  if (reply.kind === 'answer') return answerFailure(failed, reply);
  return reply.kind === 'unreadable' ? excessFailure(failed, reply) : brokenFailure(failed, reply);
}

/** The error of an answer that is not the Application API's. */
export function unreadable(asked: Asked, answer: ApiResponse, scrub: Scrub): ReconcilerError {
  const { status, contentType } = answer;
  return new ReconcilerError('E_API_RESPONSE_UNREADABLE', {
    verb: asked.verb,
    url: asked.url,
    status,
    contentType: contentType.slice(0, snippetLength),
    snippet: snippetOf(answer.text, scrub),
  });
}

/** One line of a text from outside, without secrets, at most 120 characters. */
function snippetOf(text: string, scrub: Scrub): string {
  // Scrubbed before it is cut: half a secret is not recognised.
  const line = scrub(text.slice(0, 20_000))
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  return line.length > snippetLength ? `${line.slice(0, snippetLength - 1)}…` : line;
}

/** What the API says about a request, without secrets. */
export function problemOf(answer: ApiResponse, scrub: Scrub): WireProblem {
  // Scrubbed after parsing: JSON has escapes that hide a value from a search.
  const problem = decodeProblem(parseJson(answer.text));
  const { title, detail, invalidParameters } = problem;
  return { ...problem, title: scrub(title), detail: scrub(detail), invalidParameters: invalidParameters.map(scrub) };
}

function answerFailure(failed: Failed, answer: ApiResponse): ReconcilerError {
  const { verb, url, attempts, scrub, credentialsFrom } = failed;
  const { status } = answer;
  const problem = problemOf(answer, scrub);
  const title = snippetOf(problem.title, scrub);
  if (status === 401) return new ReconcilerError('E_API_UNAUTHORIZED', { url, status, title, credentialsFrom });
  if (status === 403) return new ReconcilerError('E_API_FORBIDDEN', { url, status, title });
  if (status === 429) return new ReconcilerError('E_API_RATE_LIMITED', { verb, url, status, attempts });
  const explained = status === 404 ? isRefusedCreate(verb, problem) : problem.genuine || answer.text.trim() === '';
  const kind = attemptKind(answer);
  if (!explained || kind === 'unexpected' || kind === 'done') return unreadable(failed, answer, scrub);
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

/** Any other 404 that gets here is no verdict on an application: gateways answer so, too, with or without a title. */
function isRefusedCreate(verb: Verb, { type }: WireProblem): boolean {
  return verb === 'POST' && apiFragment(type) !== undefined;
}

function excessFailure({ verb, url, credentialsFrom }: Failed, { status, reason }: Unreadable): ReconcilerError {
  if (status === 401) return new ReconcilerError('E_API_UNAUTHORIZED', { url, status, credentialsFrom });
  if (status === 403) return new ReconcilerError('E_API_FORBIDDEN', { url, status });
  return new ReconcilerError('E_API_RESPONSE_UNREADABLE', { verb, url, status, reason });
}

/**
 * The error of a write whose response told nothing and which a GET did not show either: the caller cannot know whether it took
 * effect. `cause`: what the GET brought.
 */
export function undecided(asked: Asked, reply: AttemptResult, cause: unknown): ReconcilerError {
  const came = 'status' in reply ? `status ${reply.status}` : reply.code;
  const reason = `the response (${came}) is not one of the Application API to this write, and a GET did not settle it`;
  return new ReconcilerError('E_API_NO_ANSWER', { ...asked, reason }, { cause });
}

function brokenFailure(failed: Failed, broken: TransportFailure): ReconcilerError {
  const { verb, url, attempts, effectPossible } = failed;
  const reason = broken.reason.includes(broken.code) ? broken.reason : `${broken.reason} (${broken.code})`;
  if (broken.code === abortedCode && verb === 'GET')
    return new ReconcilerError('E_ABORTED', { reason: 'asked to stop' });
  const code = verb !== 'GET' && effectPossible ? 'E_API_NO_ANSWER' : 'E_API_UNREACHABLE';
  return new ReconcilerError(code, { verb, url, reason, errorCode: broken.code, attempts });
}

/** The parameters say more than the general sentence above them. */
function detailOf({ detail, invalidParameters }: WireProblem): string {
  const text = detail.replace(/\s+/g, ' ').trim();
  const said = invalidParameters.length > 0 ? invalidParameters.join('; ') : text;
  return said === '' ? 'no explanation given' : said.slice(0, maxDetailLength);
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
  /** The URL as people may see it. */
  readonly shown: string;
  readonly body?: string;
  readonly signal: AbortSignal | undefined;
}

/** How a call ended: with the reply of its last attempt, or `stopped` before there was any that counts. */
export type CallResult = {
  readonly attempts: number;
  readonly effectPossible: boolean;
  readonly scrub: Scrub;
  readonly credentialsFrom: string;
} /** `answered`: at least one attempt reached a server. */ & (
  | { readonly end: 'reply'; readonly reply: AttemptResult; readonly answered: boolean }
  | { readonly end: 'stopped'; readonly error: ReconcilerError }
);

/** The error of a call that brought no usable answer. */
export function errorOf(call: Call, sent: CallResult): ReconcilerError {
  if (sent.end === 'stopped') return sent.error;
  const { reply, attempts, effectPossible, scrub, credentialsFrom } = sent;
  return failureOf({ verb: call.verb, url: call.shown, reply, attempts, effectPossible, scrub, credentialsFrom });
}
