import { ReconcilerError } from '../core/errors.ts';

/**
 * The application that a command is about; undefined when it is about all of them.
 * @throws {ReconcilerError} E_USAGE when neither is given, or both
 */
export function oneOrAll(
  nameOrId: string | undefined,
  { all = false, olderThan }: { readonly all?: boolean; readonly olderThan?: number },
): string | undefined {
  if (nameOrId === undefined && !all) throw usage('name an application, or pass --all');
  if (nameOrId !== undefined && all) throw usage(`${nameOrId}: name one application, or pass --all, not both`);
  if (olderThan !== undefined && !all) throw usage('--older-than chooses among all applications: pass --all, too');
  return nameOrId;
}

function usage(message: string): ReconcilerError {
  return new ReconcilerError('E_USAGE', { message });
}
