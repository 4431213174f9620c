import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';

/** An answer ready to be sent. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Empty for none. */
  readonly body: string;
}

/** Cut the connection: the client sees a reset instead of an answer. */
export function reset({ incoming }: HttpBindings): Response {
  incoming.socket.resetAndDestroy();
  return RESPONSE_ALREADY_SENT;
}

/** Never answer; resolves when the client has given up or the emulator closes. */
export async function hang({ incoming }: HttpBindings): Promise<Response> {
  const { socket } = incoming;
  if (!socket.destroyed) await new Promise<void>((resolve) => socket.once('close', () => resolve()));
  return RESPONSE_ALREADY_SENT;
}

/** Announce the whole body, send half of it, and close the connection. */
export function truncate({ incoming, outgoing }: HttpBindings, reply: Reply): Response {
  const body = Buffer.from(reply.body);
  if (body.length === 0) return reset({ incoming, outgoing });
  outgoing.writeHead(reply.status, { ...reply.headers, 'content-length': String(body.length) });
  outgoing.write(body.subarray(0, Math.ceil(body.length / 2)), () => incoming.socket.destroy());
  return RESPONSE_ALREADY_SENT;
}

/** Send it as it is. */
export function send(reply: Reply): Response {
  const body = reply.status === 204 ? null : reply.body;
  return new Response(body, { status: reply.status, headers: reply.headers });
}

/** The kind of page a gateway puts before a service that does not answer. */
export function htmlReply(status: number): Reply {
  const title = `${status} ${status === 504 ? 'Gateway Time-out' : 'Bad Gateway'}`;
  const body = `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`;
  return { status, headers: { 'content-type': 'text/html' }, body };
}
