import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isAnyPaused, type Pause, type PauseStore, type Pauses, pausesSchema } from '../daemon/pauses.ts';
import { replaceFile } from '../disk/durable-file.ts';
import { errnoOf, stateError } from '../disk/state-error.ts';
import { makeAccountFolder } from '../disk/state-folder.ts';

/** Name of the file, in the account's folder of the state folder. */
const pauseFileName = 'PAUSE';

/**
 * The pauses of one account in a file, `<state>/<account>/PAUSE`, which the daemon reads at every pass. Whoever can write there can
 * pause, also by an empty file: what is no JSON of ours pauses the whole account.
 */
export function pauseFile(folder: string): PauseStore {
  const path = join(folder, pauseFileName);
  return {
    load: async () => {
      const text = await readIfThere(path);
      return text === undefined ? { applications: {} } : parse(text, path);
    },
    save: async (pauses) => {
      try {
        if (!isAnyPaused(pauses)) return await rm(path, { force: true });
        await makeAccountFolder(folder);
        await replaceFile(path, `${JSON.stringify(pauses, undefined, 2)}\n`);
      } catch (error) {
        throw stateError(path, error);
      }
    },
  };
}

function parse(text: string, path: string): Pauses {
  try {
    return pausesSchema.parse(JSON.parse(text));
  } catch {
    const reason = text.trim() === '' ? `the file ${path} is there` : `the file ${path} does not parse`;
    const account: Pause = { reason, since: 0 };
    return { account, applications: {} };
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    return ''; // there, and unreadable: somebody meant to pause something
  }
}
