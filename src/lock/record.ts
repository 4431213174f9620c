import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { parseJson } from '../core/json.ts';
import { z } from '../core/zod.ts';
import { openRegularFile } from '../disk/regular-file.ts';
import { errnoOf } from '../disk/state-error.ts';

const note = z.object({
  token: z.string().regex(/^[0-9a-f]{16}$/),
  boot: z.string(),
  pid: z.number(),
  host: z.string(),
  started: z.number(),
  socket: z
    .string()
    .regex(/^[a-z]+\.[0-9a-f]{16}\.sock$/)
    .exactOptional(),
});

/** What a lock file says about its owner. */
export type LockRecord = z.infer<typeof note>;

/** A lock file as read: what it says, and when its owner last gave a sign of life (milliseconds since 1970, the file's own time). */
export interface FoundLock {
  /** Tells this lock from every other one, even when it says nothing readable. */
  readonly token: string;
  readonly note: LockRecord | undefined;
  readonly heartbeat: number;
}

/** The lock file at this path; undefined when there is none. Throws what the file system throws. */
export async function readLock(path: string): Promise<FoundLock | undefined> {
  try {
    const file = await openRegularFile(path);
    try {
      const { ino, mtimeMs } = await file.stat();
      const parsed = parseNote(await file.readFile('utf8'));
      // A power cut can leave an empty file. Its heartbeat is all there is to judge it by.
      return { token: parsed?.token ?? `unreadable-${ino}`, note: parsed, heartbeat: mtimeMs };
    } finally {
      await file.close();
    }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Undefined when it is no note: such a lock is judged by its heartbeat alone. */
function parseNote(text: string): LockRecord | undefined {
  return note.safeParse(parseJson(text)).data;
}

/** The owner of a lock, for people. A process id means little to them without its host. */
export function describeOwner({ note, heartbeat }: FoundLock): string {
  const seen = new Date(heartbeat).toISOString();
  if (note === undefined) return `unknown, last seen ${seen}`;
  return `process ${note.pid} on ${note.host}, since ${new Date(note.started).toISOString()}, last seen ${seen}`;
}

/**
 * What all processes on one running kernel have in common, containers included, and no two kernels do. Where there is no such thing
 * each call gives another one: then a lock is judged by its heartbeat, which is slower and always right.
 */
export async function bootId(path = '/proc/sys/kernel/random/boot_id'): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch {
    return randomUUID(); // not Linux
  }
}
