import type { ErrorDetails, Explain } from './error-details.ts';
import { sourceErrors } from './git/source-errors.ts';
import { keyErrors } from './key-errors.ts';
import { planErrors } from './plan-errors.ts';
import { plural } from './plural.ts';

/**
 * Every error we expect: the process's exit code when it ends a command, and the sentence for people, which names the place, the
 * thing and the remedy. docs/errors.md has a paragraph for each: what happened, what it leaves behind, what to do.
 */
const errorTable = {
  E_USAGE: { exit: 5, explain: (d) => `${d.message}` },
  E_CONFIG_INVALID: { exit: 5, explain: (d) => `${d.file ?? 'configuration'}: ${d.message}` },
  E_MANIFEST_INVALID: {
    exit: 5,
    explain: (d) =>
      `${plural(Number(d.problems), 'problem')} in the manifests of ${d.root}; nothing was changed. Fix them, or apply the valid ones with --keep-going`,
  },
  E_NO_MANIFESTS: {
    exit: 5,
    explain: (d) =>
      `${d.root}: no manifests. Check the directory and the exclude globs, or pass --allow-empty if this is intended`,
  },
  ...sourceErrors,
  ...planErrors,
  ...keyErrors,
  E_CREDENTIALS_MISSING: { exit: 5, explain: (d) => `${d.account}: no ${d.what}. Set ${d.remedy}` },
  E_HOST_REFUSED: {
    exit: 5,
    explain: (d) =>
      d.unencrypted === true
        ? `${d.url}: credentials are never sent to Vonage over http: use https://${d.host}`
        : `${d.url}: credentials are sent only over https to hosts under nexmo.com or vonage.com, or to this machine. If ${d.host} is correct, set VONAGE_ALLOWED_API_HOSTS=${d.host} in the environment`,
  },
  E_API_UNAUTHORIZED: {
    exit: 1,
    explain: (d) =>
      `${d.url} refused the API key or secret (${d.status}). They were read from ${d.credentialsFrom}: check them; nothing was changed by this request`,
  },
  E_API_FORBIDDEN: {
    exit: 1,
    explain: (d) =>
      `${d.url} does not allow this account to do that (${d.status} ${d.title ?? ''}). Ask the account's owner to enable the Application API`,
  },
  E_API_CIRCUIT_OPEN: {
    exit: 1,
    explain: (d) =>
      `${d.url} failed ${d.failures} times in a row (${d.last}); no further request is sent for ${d.pauseSeconds} s`,
  },
  E_API_UNREACHABLE: {
    exit: 1,
    explain: (d) =>
      `${d.url} cannot be reached: ${d.reason}. Check the address, the network and HTTPS_PROXY; nothing was changed by this request`,
  },
  E_API_NO_RESPONSE: {
    exit: 1,
    explain: (d) =>
      `${d.verb} ${d.url}: the response was lost (${d.reason}). Whether it took effect is unknown; run plan to check`,
  },
  E_API_RESPONSE_UNREADABLE: {
    exit: 1,
    explain: (d) =>
      d.reason !== undefined
        ? `${d.verb} ${d.url}: the response was not read: ${d.reason}. Check VONAGE_API_URL and any proxy in between`
        : `${d.verb} ${d.url} returned a response that is not from the Application API: ${d.status} ${d.contentType ?? ''} "${d.snippet}". Check VONAGE_API_URL and any proxy in between`,
  },
  E_API_REJECTED: {
    exit: 1,
    explain: (d) => `${d.verb} ${d.url} was rejected (${d.status} ${d.title ?? ''}): ${d.detail}`,
  },
  E_API_RATE_LIMITED: {
    exit: 1,
    explain: (d) =>
      `${d.verb} ${d.url} was still rate limited after ${plural(Number(d.attempts), 'attempt')}. Lower requestsPerSecond, or try again later`,
  },
  E_API_FAILED: {
    exit: 1,
    explain: (d) =>
      `${d.verb} ${d.url} failed on the server (${d.status} ${d.title ?? ''}) after ${plural(Number(d.attempts), 'attempt')}. Try again later`,
  },
  E_CREATE_UNDECIDED: {
    exit: 4,
    explain: (d) =>
      `${d.application}: ${d.reason ?? 'the response to the create was lost'}, so it may exist. It is not sent again until this is resolved; run apply again`,
  },
  E_APPLICATION_GONE: {
    exit: 1,
    explain: (d) => `${d.application} (${d.applicationId}) no longer exists. Run plan again`,
  },
  E_KEY_UNREADABLE: { exit: 1, explain: (d) => `${d.path}: the private key cannot be used: ${d.reason}` },
  E_KEY_NOT_FOUND: {
    exit: 1,
    explain: (d) =>
      `${d.application}: its private key is not in ${d.directory}${d.reason === undefined ? '' : `: ${d.reason}`}`,
  },
  E_KEY_MISMATCH: {
    exit: 1,
    explain: (d) => `${d.application}: the stored private key does not match the public key at Vonage: ${d.reason}`,
  },
  E_KEY_DIRECTORY_TRACKED: {
    exit: 5,
    explain: (d) =>
      `${d.path} is tracked by git: private keys must not be committed. Set keys.directory to a directory outside the repository`,
  },
  E_KEY_DIRECTORY_UNCHECKED: {
    exit: 5,
    explain: (d) =>
      `${d.path} is inside the git work tree ${d.top}, and git cannot tell whether it tracks it: ${d.reason}. No private key is written there. Set keys.directory or --state to a directory outside it, or fix git access to ${d.top}`,
  },
  E_LEDGER_CORRUPT: {
    exit: 1,
    explain: (d) =>
      `${d.path}: the ledger cannot be parsed (${d.reason}). It was not changed. ${d.backup === undefined ? 'No copy beside it can be used: restore the state directory from a backup' : `Its last good copy is ${d.backup}: compare them and restore the copy`}, or run ledger rebuild`,
  },
  E_LEDGER_NEWER: {
    exit: 1,
    explain: (d) =>
      `${d.path}: written by a newer version (schema ${d.found}, this version supports ${d.known}). Use that version; nothing was changed`,
  },
  E_LEDGER_OTHER_ACCOUNT: {
    exit: 1,
    explain: (d) =>
      `${d.path}: this ledger belongs to another account (${d.ledgerHost}), not to the configured one (${d.host === d.ledgerHost ? 'the same host with another API key' : d.host}). Nothing was sent. Use another state directory (--state DIR), or keep this ledger aside with "vonage-gitops state rename ${d.account} ${d.account}-old"`,
  },
  E_LEDGER_SECOND: {
    exit: 1,
    explain: (d) =>
      d.hasOwn === true
        ? `${d.path} and ${d.other} are two ledgers of one API key and host, so nothing is written. Keep one: compare them with "vonage-gitops state show", and move the directory of the other one out of the state directory, or give it the name of its account with "vonage-gitops state rename"`
        : `account ${d.account} has no ledger, but ${d.other} is one of the same API key and host, so nothing is written. If the account was renamed, run "vonage-gitops state rename ${d.otherAccount} ${d.account}${d.named ?? ''}"`,
  },
  E_STATE_UNUSABLE: {
    exit: 1,
    explain: (d) => `${d.path}: the state directory cannot be used: ${d.reason}. No further requests were sent`,
  },
  E_LOCK_HELD: {
    exit: 6,
    explain: (d) =>
      `${d.path}: another vonage-gitops process is working on this account (${d.owner}). ${d.remedy ?? 'Wait for it, or increase --lock-timeout'}`,
  },
  E_LOCK_LOST: {
    exit: (d) => (d.begun === true ? 4 : 6),
    explain: (d) =>
      `${d.path}: the lock of this account's state was lost: ${d.reason}. Nothing further was sent or recorded${d.begun === true ? '; what was sent before may be missing in the ledger' : ''}. Run the command again`,
  },
  E_STATE_MISSING: {
    exit: 1,
    explain: (d) =>
      `${d.path}: the ledger existed before and is now missing. Nothing was sent. Restore the state directory from a backup`,
  },
  E_NOT_FOUND: { exit: 1, explain: (d) => `${d.what}: ${d.reason}` },
  E_NAME_UNKNOWN: { exit: 5, explain: (d) => `${d.message}` },
  E_NAME_AMBIGUOUS: { exit: 5, explain: (d) => `${d.message}` },
  E_REFUSED: { exit: 1, explain: (d) => `${d.what}: refused: ${d.reason}` },
  E_PAUSED: {
    exit: 3,
    explain: (d) => `${d.what}: ${d.pause}. Nothing was changed. End the pause with resume, or pass --ignore-pause`,
  },
  E_NOT_CONFIRMED: { exit: 1, explain: (d) => `${d.reason ?? 'Cancelled'}. Nothing was changed.` },
  E_INTERRUPTED: { exit: 130, explain: () => 'Cancelled. Nothing was changed.' },
  E_DAEMON_UNREACHABLE: {
    exit: 1,
    explain: (d) =>
      d.refused === true ? `${d.url}: ${d.reason}` : `${d.url}: the daemon is not reachable: ${d.reason}`,
  },
  E_FORGE_FAILED: { exit: 1, explain: (d) => `${d.url}: ${d.reason}. ${d.remedy}` },
  E_LISTEN_FAILED: {
    exit: 1,
    explain: (d) =>
      `${d.address}: the daemon cannot listen there: ${d.reason}. Choose another address with --listen HOST:PORT or daemon.listen (port 0 selects a free one), or free this one`,
  },
  E_ABORTED: {
    exit: 1,
    explain: (d) => (d.reason === undefined ? `stopped on request${d.when ?? ''}` : `stopped: ${d.reason}`),
  },
  E_UNEXPECTED: {
    exit: 1,
    explain: (d) =>
      `an unexpected error (${d.kind}), which is a bug in this program: the log has the stack, please report it. Completed work is recorded; run again to finish the rest`,
  },
} as const satisfies Record<string, { exit: number | ((details: ErrorDetails) => number); explain: Explain }>;

/** The closed list of error codes. */
export type ErrorCode = keyof typeof errorTable;

/** All error codes, for the documentation's test. */
export const errorCodes = Object.keys(errorTable) as readonly ErrorCode[];

/** An error we expect. Anything else that is thrown is a bug. */
export class ReconcilerError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, details: ErrorDetails, options?: ErrorOptions) {
    super(errorTable[code].explain(details), options);
    this.name = 'ReconcilerError';
    this.code = code;
    this.details = details;
  }

  /** The exit code of a command that ends with this error. */
  get exitCode(): number {
    const { exit } = errorTable[this.code];
    return typeof exit === 'number' ? exit : exit(this.details);
  }
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  try {
    return String(error);
  } catch {
    return 'a value without text';
  }
}

/**
 * Anything thrown, as an error with a code: what nobody expected becomes E_UNEXPECTED with the original as its cause. Its message
 * holds no word of the original one, which may quote values.
 */
export function asReconcilerError(error: unknown): ReconcilerError {
  if (error instanceof ReconcilerError) return error;
  return new ReconcilerError('E_UNEXPECTED', { kind: kindOf(error) }, { cause: error });
}

/** Type and code, as far as they look like such. */
function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return `a thrown ${error === null ? 'null' : typeof error}`;
  const type = /^[A-Za-z]{1,40}$/.test(error.name) ? error.name : 'Error';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return /^[A-Z][A-Z0-9_]{1,40}$/.test(code) ? `${type} ${code}` : type;
}

/** Whether a reason says that the lock is lost. */
export function isLockLost(reason: unknown): boolean {
  return reason instanceof ReconcilerError && reason.code === 'E_LOCK_LOST';
}

/** The value, or undefined where an expected error says why there is none. */
export async function orUndefined<Value>(read: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof ReconcilerError) return undefined;
    throw error;
  }
}
