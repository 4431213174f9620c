import { ReconcilerError } from '../core/errors.ts';

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file would exceed the size limit of this process',
  EROFS: 'the file system is read-only',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  ENOTDIR: 'a file exists where a directory should be',
  EISDIR: 'a directory exists where a file should be',
  ENXIO: 'a socket or device exists where a file should be',
  EEXIST: 'a file exists where a directory should be',
  EIO: 'the disk reports an error',
};

/** The code the file system gave, such as `ENOENT`; undefined for anything else that was thrown. */
export function errnoOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : undefined;
}

/** The error to throw when the state directory cannot be read or written; errors we expect already pass unchanged. */
export function stateError(path: string, error: unknown): Error {
  if (error instanceof ReconcilerError) return error;
  const errno = errnoOf(error);
  if (errno === undefined) return error instanceof Error ? error : new Error(String(error));
  const reason = reasons[errno] === undefined ? errno : `${reasons[errno]} (${errno})`;
  return new ReconcilerError('E_STATE_UNUSABLE', { path, reason }, { cause: error });
}
