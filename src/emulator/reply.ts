import type { JsonObject } from './json.ts';
import { type Problem, problemDocument } from './problem.ts';
import type { Switches } from './switches.ts';

/** An answer ready to be sent. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Empty for none. */
  readonly body: string;
}

/** A JSON body. */
export function jsonReply(status: number, body: JsonObject): Reply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

/** One of the errors of the API. */
export function problemReply(problem: Problem, switches: Switches): Reply {
  const { status, body } = problemDocument(problem, switches);
  return { status, headers: { 'content-type': switches.errorContentType }, body: JSON.stringify(body) };
}

/** The kind of page a gateway puts before a service that does not answer. */
export function htmlReply(status: number): Reply {
  const title = `${status} ${status === 504 ? 'Gateway Time-out' : 'Bad Gateway'}`;
  const body = `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`;
  return { status, headers: { 'content-type': 'text/html' }, body };
}
