import { join } from 'node:path';
import type { ApplicationId } from '../core/application/application.ts';
import { ReconcilerError } from '../core/errors.ts';
import { isJsonObject, type JsonObject, parseJson } from '../core/json.ts';
import { replaceFile } from '../disk/durable-file.ts';
import { readIfThere } from '../disk/read-if-there.ts';
import { makeAccountDirectory, makeStateDirectory } from '../disk/state-directory.ts';
import { stateError } from '../disk/state-error.ts';

/** The directory below an account's in which bodies are kept, for `restore`. */
export const bodiesDirectory = 'bodies';

/** Keeps an application's body, durably, below the account's directory. @throws {ReconcilerError} E_STATE_UNUSABLE */
export async function keepBody(account: string, id: ApplicationId, body: JsonObject): Promise<void> {
  const path = bodyPath(account, id);
  await makeAccountDirectory(account);
  await makeStateDirectory(join(account, bodiesDirectory));
  try {
    await replaceFile(path, `${JSON.stringify(body, undefined, 2)}\n`);
  } catch (error) {
    throw stateError(path, error);
  }
}

/** The body kept of an application, or undefined. @throws {ReconcilerError} E_STATE_UNUSABLE */
export async function readBody(account: string, id: ApplicationId): Promise<JsonObject | undefined> {
  const path = bodyPath(account, id);
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  const body = parseJson(text);
  if (isJsonObject(body)) return body;
  throw new ReconcilerError('E_STATE_UNUSABLE', { path, reason: 'not a JSON object, or truncated' });
}

function bodyPath(account: string, id: ApplicationId): string {
  return join(account, bodiesDirectory, `${id}.json`);
}
