import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import type { Session } from '../../../app/session.ts';
import { type AccountConfig, keyDirectory } from '../../../config/account.ts';
import { directoryProblem } from '../../../keys/delivery/directory-problem.ts';
import { type Finding, finding } from './doctor-finding.ts';

/** Whether private keys can be delivered, as far as can be said without delivering one: no program is started. */
export async function deliveryFindings({ state }: Session, account: AccountConfig): Promise<readonly Finding[]> {
  const keys = keyDirectory(account, state.directory);
  const found = account.deliveries.map(async (target) => {
    const [what, problem] =
      target.kind === 'directory'
        ? [target.path, (await directoryProblem(target.path, keys)) ?? (await unwritable(target.path))]
        : [target.command[0], await notExecutable(target.command[0])];
    return problem === undefined ? finding('ok', 'key delivery', what) : finding('fail', 'key delivery', problem);
  });
  return Promise.all(found);
}

async function unwritable(path: string): Promise<string | undefined> {
  const remedy = 'let this user create files in it';
  return (await isAllowed(path, constants.W_OK | constants.X_OK)) ? undefined : `${path} is not writable: ${remedy}`;
}

async function notExecutable(program: string): Promise<string | undefined> {
  const isFile = await stat(program).then(
    (found) => found.isFile(),
    () => false,
  );
  if (isFile && (await isAllowed(program, constants.X_OK))) return undefined;
  return `${program} is not a program that this user may run: check keys.deliver`;
}

async function isAllowed(path: string, mode: number): Promise<boolean> {
  try {
    await access(path, mode);
    return true;
  } catch {
    return false; // the file system's reason is in the mode that was asked for
  }
}
