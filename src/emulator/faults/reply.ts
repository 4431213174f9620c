import type { JsonObject } from '../json.ts';

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

/** The 404 of something in between: its body is none of the API's. `path` is the path asked for, without query. */
export function gatewayNotFound(style: 'spring' | undefined, path: string, now: number): Reply {
  const timestamp = new Date(now).toISOString().replace('Z', '+00:00');
  const body =
    style === 'spring' ? { timestamp, status: 404, error: 'Not Found', path } : { title: 'Not Found', status: 404 };
  return jsonReply(404, body);
}

/** The kind of page a gateway puts before a service that does not answer; with a 2xx, that of a captive portal. */
export function htmlReply(status: number): Reply {
  const title =
    status < 300 ? 'Sign in to the network' : `${status} ${status === 504 ? 'Gateway Time-out' : 'Bad Gateway'}`;
  const body = `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`;
  return { status, headers: { 'content-type': 'text/html' }, body };
}
