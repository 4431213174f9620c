import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, type ZlibOptions } from 'node:zlib';
import { excessOfJson, maxInflatedBytes, maxReceivedBytes } from './bounds.ts';

/** The content encodings we ask for: those that can be inflated within bounds. */
export const acceptedEncodings = 'gzip, deflate, br';

type Inflate = (received: Buffer, options: ZlibOptions) => Promise<Buffer>;

const inflaters: ReadonlyMap<string, Inflate> = new Map([
  ['gzip', promisify<Buffer, ZlibOptions, Buffer>(gunzip)],
  ['x-gzip', promisify<Buffer, ZlibOptions, Buffer>(gunzip)],
  ['deflate', promisify<Buffer, ZlibOptions, Buffer>(inflate)],
  ['br', promisify<Buffer, ZlibOptions, Buffer>(brotliDecompress)],
]);

/** A response's body as text, or why it is too much to be read. */
export type Body = { readonly text: string } | { readonly excess: string };

/** Why a body of that many bytes, received or announced, is too much; undefined when it is not. */
export function excessOfBytes(received: number, announced = 0): string | undefined {
  if (Math.max(received, announced) <= maxReceivedBytes) return undefined;
  return `it is larger than ${maxReceivedBytes / 1024 / 1024} MiB`;
}

/**
 * The text of a body as it was received. An encoding nobody asked for leaves it as it is, which is no JSON then. Rejects with an
 * error of zlib when the body is damaged.
 */
export async function readBody(received: Buffer, encoding: string | undefined): Promise<Body> {
  const inflated = await inflateBody(received, encoding?.trim().toLowerCase() ?? '');
  if (inflated === undefined)
    return { excess: `it is larger than ${maxInflatedBytes / 1024 / 1024} MiB once inflated` };
  const text = inflated.toString().replace(/^\uFEFF/, ''); // JSON has no byte order mark, and some servers send one
  const excess = excessOfJson(text);
  return excess === undefined ? { text } : { excess };
}

/** Undefined when it is too large. */
async function inflateBody(received: Buffer, encoding: string): Promise<Buffer | undefined> {
  const inflater = inflaters.get(encoding);
  if (inflater === undefined || received.length === 0) return received;
  try {
    return await inflater(received, { maxOutputLength: maxInflatedBytes });
  } catch (error) {
    if (error instanceof Error && Reflect.get(error, 'code') === 'ERR_BUFFER_TOO_LARGE') return undefined;
    throw error;
  }
}
