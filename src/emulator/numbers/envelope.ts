import { jsonReply, type Reply } from '../faults/reply.ts';

/** Labels that were published. Source: docs/api-notes.md#numbers */
const LABELS: ReadonlyMap<number, string> = new Map([
  [200, 'success'],
  [401, 'authentication failed'],
  [420, 'method failed'],
]);

/** The envelope of the older APIs: a code and its label, both text; `status` is HTTP's, which not always is the code. */
export function envelopeReply(code: number, status: number = code): Reply {
  const label = LABELS.get(code) ?? `the request ended with status ${code}`;
  const reply = jsonReply(status, { 'error-code': String(code), 'error-code-label': label });
  if (status !== 401) return reply;
  return { ...reply, headers: { ...reply.headers, 'www-authenticate': 'Basic realm="Vonage"' } };
}
