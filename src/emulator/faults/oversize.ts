import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { FaultAction } from './fault-rule.ts';
import type { Reply } from './reply.ts';

/** A fault that makes a body too long to be held in memory. */
export type Oversize = Extract<FaultAction, { kind: 'huge' | 'endless' | 'gzip-bomb' }>;

const MIB = 2 ** 20;
const SPACES = Buffer.alloc(MIB / 16, ' ');

/** Levels of `deep` that a rule does not name: more than a recursive reader takes, less than `JSON.parse` does. */
const DEEP_LEVELS = 6000;

/** A reply with a body: one that has none becomes a 200 with an empty object. */
export function withBody(reply: Reply): Reply {
  if (reply.body !== '') return reply;
  return { status: 200, headers: { 'content-type': 'application/json' }, body: '{}' };
}

/**
 * Send a JSON body with spaces before its last brace, as the client takes them: never more than a few chunks are in
 * memory. Resolves when all is sent or the connection is closed.
 */
export async function sendOversize({ outgoing }: HttpBindings, reply: Reply, fault: Oversize): Promise<Response> {
  const zipped = fault.kind === 'gzip-bomb';
  outgoing.writeHead(reply.status, { ...reply.headers, ...(zipped ? { 'content-encoding': 'gzip' } : {}) });
  const body = Readable.from(padded(Buffer.from(reply.body), sizeOf(fault)), { objectMode: false });
  const sending = zipped ? pipeline(body, createGzip(), outgoing) : pipeline(body, outgoing);
  await sending.catch(() => undefined); // the client has read enough, or the emulator closes
  return RESPONSE_ALREADY_SENT;
}

/** The same JSON object with an array in front, so that it is nested so deep; the object itself is the first level. */
export function deepened(reply: Reply, levels: number = DEEP_LEVELS): Reply {
  const rest = reply.body.slice(1);
  const nested = `{"nested":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}`;
  return { ...reply, body: `${nested}${rest === '}' ? '' : ','}${rest}` };
}

/** Bytes of the body, not compressed. */
function sizeOf(fault: Oversize): number {
  switch (fault.kind) {
    case 'huge':
      return (fault.mib ?? 64) * MIB;
    case 'gzip-bomb':
      return (fault.mib ?? 1024) * MIB;
    case 'endless':
      return Number.POSITIVE_INFINITY;
  }
}

function* padded(body: Buffer, size: number): Generator<Buffer> {
  yield body.subarray(0, -1);
  for (let left = size - body.length; left > 0; left -= SPACES.length) yield SPACES.subarray(0, left);
  yield body.subarray(-1);
}
