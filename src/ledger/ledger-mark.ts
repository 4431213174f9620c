import { isJsonObject, type Json, parseJson } from '../core/json.ts';
import { openRegularFile, readRegularFile } from '../disk/regular-file.ts';
import { errnoOf, stateError } from '../disk/state-error.ts';
import type { AccountMark } from './ledger-format.ts';

/** The mark is one of the first lines of a ledger as this program writes it, in every format so far. */
const headBytes = 4096;
const markLine = /^ {2}"account": (\{.*\}),$/m;

/** Whose ledger a file holds, without reading all of it; undefined when there is none or it does not say. @throws {ReconcilerError} E_STATE_UNUSABLE */
export async function readMark(path: string): Promise<AccountMark | undefined> {
  try {
    const line = markLine.exec(await readHead(path))?.[1];
    return line === undefined ? markIn(parseJson(await readRegularFile(path))) : asMark(parseJson(line));
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return undefined;
    throw stateError(path, error);
  }
}

async function readHead(path: string): Promise<string> {
  const file = await openRegularFile(path);
  try {
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(headBytes), position: 0 });
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}

function markIn(ledger: Json | undefined): AccountMark | undefined {
  return isJsonObject(ledger) ? asMark(ledger['account']) : undefined;
}

function asMark(value: Json | undefined): AccountMark | undefined {
  if (!isJsonObject(value)) return undefined;
  const { salt, hash, host } = value;
  return typeof salt === 'string' && typeof hash === 'string' && typeof host === 'string'
    ? { salt, hash, host }
    : undefined;
}
