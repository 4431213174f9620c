import { type Application, type ApplicationId, parseApplicationId } from '../core/application/application.ts';
import { canonical } from '../core/application/canonical.ts';
import { type JsonObject, jsonEquals, omitMembers, parseJson } from '../core/json.ts';
import { type ApiResponse, attemptKind } from './attempt-result.ts';
import { type Call, type CallResult, failureOf, problemOf } from './failure.ts';
import { apiFragment } from './problem-type.ts';
import { decodeProblem, encodeBody, unknownMember, type WireProblem } from './wire.ts';

/** The response of a call that succeeded; undefined when it did not. */
export function doneResponse(sent: CallResult): ApiResponse | undefined {
  if (sent.end !== 'result' || sent.result.kind !== 'response') return undefined;
  return attemptKind(sent.result) === 'done' ? sent.result : undefined;
}

/** The response of a call that succeeded. @throws {ReconcilerError} E_API_* when it did not */
export function responseOf(call: Call, sent: CallResult): ApiResponse {
  const response = doneResponse(sent);
  if (response !== undefined) return response;
  throw failureOf(call, sent);
}

/** Whether a write was sent and what came back tells nothing about it: another server's page, a redirect, more than is read. */
export function isUnproven(sent: CallResult): boolean {
  return sent.end === 'result' && ['done', 'unexpected', 'unreadable'].includes(attemptKind(sent.result));
}

/**
 * Only the API itself can say that an application does not exist, and only about that application: a proxy's or a gateway's 404
 * says nothing, even if it names the id.
 */
export function isGone(sent: CallResult, id: ApplicationId): boolean {
  if (sent.end !== 'result' || sent.result.kind !== 'response' || sent.result.status !== 404) return false;
  const problem = decodeProblem(parseJson(sent.result.text));
  const named = namedId(problem);
  if (named !== undefined && named !== id) return false;
  return problem.type === undefined ? named === id : apiFragment(problem.type) === '#not-found';
}

function namedId({ detail }: WireProblem): ApplicationId | undefined {
  const named = /^ID '([^']{1,64})' does not exist/.exec(detail)?.[1];
  return named === undefined ? undefined : parseApplicationId(named);
}

/** Whether an application is as it was sent. Keys that were not sent stay as they were. */
export function shows({ body }: Application, sent: JsonObject): boolean {
  const now = canonical(body);
  const wanted = canonical(encodeBody(sent, 'connect_timeout'));
  return jsonEquals(wanted.keys === undefined ? omitMembers(now, ['keys']) : now, wanted);
}

/** The field a refusal calls unknown; undefined when it is no such refusal. */
export function refusedMember(sent: CallResult): string | undefined {
  if (sent.end !== 'result' || sent.result.kind !== 'response' || sent.result.status !== 400) return undefined;
  return unknownMember(problemOf(sent.result, sent.scrub).detail);
}
