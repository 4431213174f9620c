import { type FileHandle, open, rm } from 'node:fs/promises';
import { createConnection, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { errnoOf } from '../disk/state-error.ts';

/** Bytes of a Unix socket's path that every system takes: 108 on Linux, 104 on macOS, with the terminating zero. */
const longestPath = 103;

/** What a connection to an owner's socket told. */
export type SocketAnswer = 'accepted' | 'refused' | 'unusable';

/** A socket that answers for as long as this process lives; the kernel closes it when the process dies, however it dies. */
export interface LockSocket {
  close(): Promise<void>;
}

/** Listens at `<directory>/<name>`; undefined when this file system or system has no sockets. */
export async function listenBeside(directory: string, name: string): Promise<LockSocket | undefined> {
  const address = await shortAddress(directory, name);
  if (address === undefined) return undefined;
  const server = createServer((connection) => connection.destroy());
  const listening = await startListening(server, address.path);
  if (!listening) {
    await address.close();
    return undefined;
  }
  server.unref();
  return {
    async close() {
      await new Promise((resolve) => server.close(resolve));
      await address.close();
      await rm(join(directory, name), { force: true });
    },
  };
}

/** Whether somebody answers at `<directory>/<name>`. `refused` means that the socket is there and its owner is not. */
export async function askSocket(directory: string, name: string): Promise<SocketAnswer> {
  const address = await shortAddress(directory, name);
  if (address === undefined) return 'unusable';
  try {
    return await connectTo(address.path);
  } finally {
    await address.close();
  }
}

function startListening(server: Server, path: string): Promise<boolean> {
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(path, () => resolve(true));
  });
}

function connectTo(path: string): Promise<SocketAnswer> {
  return new Promise((resolve) => {
    const connection = createConnection(path);
    connection.once('connect', () => {
      connection.destroy();
      resolve('accepted');
    });
    connection.once('error', (error) => {
      connection.destroy();
      resolve(answerOf(errnoOf(error)));
    });
  });
}

function answerOf(errno: string | undefined): SocketAnswer {
  if (errno === 'ECONNREFUSED') return 'refused';
  return errno === 'EAGAIN' ? 'accepted' : 'unusable'; // EAGAIN: somebody listens, and is too busy to answer
}

interface ShortAddress {
  readonly path: string;
  close(): Promise<void>;
}

/** Linux reaches a directory of any depth by its file descriptor. The socket itself is where it belongs, in that directory. */
async function shortAddress(directory: string, name: string): Promise<ShortAddress | undefined> {
  const path = join(directory, name);
  if (Buffer.byteLength(path) <= longestPath) return { path, close: async () => undefined };
  if (process.platform !== 'linux') return undefined;
  const handle: FileHandle = await open(directory, 'r');
  return { path: `/proc/self/fd/${handle.fd}/${name}`, close: () => handle.close() };
}
