import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Reply } from '../faults/reply.ts';

/** Let the Date header be off by so many ms, or leave it out. */
export function setClock({ outgoing }: HttpBindings, offsetMs: number | undefined, now: number): void {
  if (offsetMs === undefined) outgoing.sendDate = false;
  else outgoing.setHeader('date', new Date(now + offsetMs).toUTCString());
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
