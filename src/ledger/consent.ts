import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseJson } from '../core/json.ts';
import { z } from '../core/zod.ts';
import { readIfThere } from '../disk/read-if-there.ts';
import { stateError } from '../disk/state-error.ts';
import { isMarkOf } from './ledger-format.ts';

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
 * A person's consent to adopt into a new ledger of the account, in a file beside where the ledger will be, as an earlier version wrote
 * it: now a plan is approved. It holds for this API key and host only, and is spent once there is a ledger.
 */
export class Consent {
  readonly #options: ConsentOptions;
  /** Where the file is. */
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

  /** There is a ledger now. @throws {ReconcilerError} E_STATE_UNUSABLE */
  async spend(): Promise<void> {
    try {
      await rm(this.path, { force: true });
    } catch (error) {
      throw stateError(this.path, error);
    }
  }
}
