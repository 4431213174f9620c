import { ReconcilerError } from '../core/errors.ts';
import { type ObjectId, parseObjectId } from '../core/git/object-id.ts';

/** The commit that an option names: a daemon takes no short ids and no branches. @throws {ReconcilerError} E_USAGE */
export function fullCommitId(option: string, commit: string): ObjectId {
  const id = parseObjectId(commit);
  if (id !== undefined) return id;
  const message = `${option}: expected a full commit id, 40 or 64 hexadecimal digits, such as git rev-parse HEAD prints`;
  throw new ReconcilerError('E_USAGE', { message });
}
