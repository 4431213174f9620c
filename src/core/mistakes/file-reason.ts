import { messageOf } from '../errors.ts';

const words: ReadonlyMap<unknown, string> = new Map([
  ['ENOENT', 'it does not exist'],
  ['EACCES', 'permission denied'],
  ['EPERM', 'permission denied'],
  ['EISDIR', 'it is a directory, and a file is expected'],
  ['ENOTDIR', 'a part of its path is a file'],
  ['ELOOP', 'its links form a loop'],
]);

/** Why a file or directory cannot be read, in words; the system's own where there are none. */
export function fileReason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return words.get(code) ?? messageOf(error);
}
