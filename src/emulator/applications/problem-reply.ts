import type { Reply } from '../faults/reply.ts';
import { type Problem, problemDocument } from './problem.ts';
import type { Switches } from './switches.ts';

/** One of the errors of the Application API. */
export function problemReply(problem: Problem, switches: Switches): Reply {
  const { status, body } = problemDocument(problem, switches);
  const headers = { 'content-type': switches.errorContentType, ...requiredHeaders(problem, status) };
  return { status, headers, body: JSON.stringify(body) };
}

/** What HTTP wants beside a status. Source: RFC 9110, sections 15.5.2 and 15.5.6; the realm is made up. */
function requiredHeaders(problem: Problem, status: number): Readonly<Record<string, string>> {
  if (problem.kind === 'wrong-verb') return { allow: problem.allowed.join(', ') };
  return status === 401 ? { 'www-authenticate': 'Basic realm="Vonage"' } : {};
}
