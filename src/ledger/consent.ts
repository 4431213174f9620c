import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseJson } from '../core/json.ts';
import { z } from '../core/zod.ts';
import { replaceFile } from '../disk/durable-file.ts';
import { readIfThere } from '../disk/read-if-there.ts';
import { makeAccountDirectory } from '../disk/state-directory.ts';
import { stateError } from '../disk/state-error.ts';
import { isMarkOf, markAccount } from './ledger-format.ts';

/** Name of the file, in the account's directory of the state directory. */
const consentFileName = 'adopt.json';

const document = z.object({
  format: z.literal('vonage-gitops.consent/1'),
  at: z.number(),
  account: z.object({ salt: z.string(), hash: z.string(), host: z.string() }),
});

/** Whose consent it is. */
export interface ConsentOptions {
  /** The account's part of the state directory. */
  readonly directory: string;
  readonly apiKey: string;
  readonly host: string;
}

/**
 * A person's consent to adopt into a new ledger of the account, in a file beside where the ledger will be: it holds for this API key and
 * host only, and is spent once there is a ledger.
 */
export class Consent {
  readonly #options: ConsentOptions;
  /** Where the file is, or will be. */
  readonly path: string;

  constructor(options: ConsentOptions) {
    this.#options = options;
    this.path = join(options.directory, consentFileName);
  }

  /** What cannot be read is no consent. @throws {ReconcilerError} E_STATE_UNUSABLE */
  async isGiven(): Promise<boolean> {
    const text = await readIfThere(this.path);
    const parsed = document.safeParse(parseJson(text ?? ''));
    return parsed.success && isMarkOf(parsed.data.account, this.#options.apiKey, this.#options.host);
  }

  /** Durable when it resolves. @throws {ReconcilerError} E_STATE_UNUSABLE */
  async give(at: number): Promise<void> {
    const { directory, apiKey, host } = this.#options;
    const account = markAccount(apiKey, host);
    try {
      await makeAccountDirectory(directory);
      await replaceFile(this.path, `${JSON.stringify({ format: 'vonage-gitops.consent/1', at, account }, null, 2)}\n`);
    } catch (error) {
      throw stateError(this.path, error);
    }
  }

  /** There is a ledger now. @throws {ReconcilerError} E_STATE_UNUSABLE */
  async spend(): Promise<void> {
    try {
      await rm(this.path, { force: true });
    } catch (error) {
      throw stateError(this.path, error);
    }
  }
}
