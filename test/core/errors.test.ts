import { describe, expect, test } from 'vitest';
import type { ErrorDetails } from '../../src/core/error-details.ts';
import {
  asReconcilerError,
  type ErrorCode,
  errorCodes,
  messageOf,
  orUndefined,
  ReconcilerError,
} from '../../src/core/errors.ts';

interface Row {
  readonly code: ErrorCode;
  readonly facts: ErrorDetails;
  readonly exitCode: number;
  readonly message: string;
}

/** Every error with its facts: the sentence names the place, the thing and the remedy. */
const rows: readonly Row[] = [
  {
    code: 'E_USAGE',
    facts: { message: 'unknown option --foo' },
    exitCode: 5,
    message: 'unknown option --foo',
  },
  {
    code: 'E_CONFIG_INVALID',
    facts: { file: 'vonage-gitops.yaml', message: '3:5 accounts: required' },
    exitCode: 5,
    message: 'vonage-gitops.yaml: 3:5 accounts: required',
  },
  {
    code: 'E_MANIFEST_INVALID',
    facts: { problems: 2, root: 'apps' },
    exitCode: 5,
    message:
      '2 problems in the manifests of apps; nothing was changed. Fix them, or apply the valid ones with --keep-going',
  },
  {
    code: 'E_NO_MANIFESTS',
    facts: { root: '/srv/apps' },
    exitCode: 5,
    message:
      '/srv/apps: no manifests. Check the directory and the exclude globs, or pass --allow-empty if this is intended',
  },
  {
    code: 'E_SOURCE_UNREADABLE',
    facts: { path: 'apps', reason: 'permission denied' },
    exitCode: 5,
    message: 'apps: the manifests cannot be read: permission denied. Nothing was changed',
  },
  {
    code: 'E_SOURCE_NOT_FETCHED',
    facts: { source: 'voice' },
    exitCode: 1,
    message:
      'source voice: no commit was accepted yet, so nothing is changed. Fetch it with: vonage-gitops source fetch voice',
  },
  {
    code: 'E_SOURCE_FETCH',
    facts: { reason: 'source voice: it is away. Commit c0ffee stays in effect', accepted: true },
    exitCode: 1,
    message: 'source voice: it is away. Commit c0ffee stays in effect; --no-fetch reads it',
  },
  {
    code: 'E_COMMIT_NOT_ON_BRANCH',
    facts: { commit: 'c0ffee00c0ffee00', repository: 'example.com/voice' },
    exitCode: 1,
    message:
      'commit c0ffee00c0ff is on no branch of example.com/voice, so it is not planned: a plan shows live values, and anybody can fill the refs of pull requests. Push the commit to a branch first; one of a fork, a maintainer pushes after looking at it',
  },
  {
    code: 'E_SOURCE_PATH',
    facts: { path: 'apps', commit: 'c0ffee', reason: 'there is nothing at this path' },
    exitCode: 5,
    message: 'apps of commit c0ffee: there is nothing at this path. Nothing was changed',
  },
  {
    code: 'E_SOURCE_TOO_LARGE',
    facts: { path: 'apps', what: '20001 manifest files', most: '20000' },
    exitCode: 5,
    message:
      'apps has 20001 manifest files, more than the limit of 20000. Nothing was changed. Name a path with less below it',
  },
  {
    code: 'E_SOURCE_STORE',
    facts: { path: '/state/.git-sources/1', reason: 'git fetch failed' },
    exitCode: 1,
    message:
      '/state/.git-sources/1: the stored repository cannot be used: git fetch failed. Nothing was changed. Remove the directory to fetch it again',
  },
  {
    code: 'E_SOURCE_SIGNERS',
    facts: { path: 'signers', reason: 'it does not exist' },
    exitCode: 5,
    message: 'signers: the keys of signers cannot be read: it does not exist. No commit is accepted until they can',
  },
  {
    code: 'E_PLAN_FILE_INVALID',
    facts: { file: 'plan.json', reason: 'it is not JSON' },
    exitCode: 5,
    message: 'plan.json: not a plan this version can apply: it is not JSON. Create a new one with plan --out FILE',
  },
  {
    code: 'E_PLAN_OTHER_ACCOUNT',
    facts: { file: 'plan.json', planned: 'main', account: 'other' },
    exitCode: 5,
    message:
      'plan.json: the plan was made for another API key or host (account main) than those of account other. Nothing was changed. Use those it was made for, or plan again',
  },
  {
    code: 'E_PLAN_CHANGED',
    facts: { account: 'main', planHash: 'beef' },
    exitCode: 3,
    message:
      'main: the plan is not the approved one, nothing was changed: its hash is now beef. Look at the new plan, then approve that',
  },
  {
    code: 'E_KEY_DELIVERY',
    facts: { application: 'Support', target: 'directory /srv/keys', reason: 'the disk is full' },
    exitCode: 3,
    message:
      '"Support": its private key was not delivered to directory /srv/keys: the disk is full. It is tried again with the same key by the next run',
  },
  {
    code: 'E_CREDENTIALS_MISSING',
    facts: { account: 'main', what: 'API key', remedy: 'VONAGE_API_KEY' },
    exitCode: 5,
    message: 'main: no API key. Set VONAGE_API_KEY',
  },
  {
    code: 'E_HOST_REFUSED',
    facts: { url: 'https://api.example.com', host: 'api.example.com' },
    exitCode: 5,
    message:
      'https://api.example.com: credentials are sent only over https to hosts under nexmo.com or vonage.com, or to this machine. If api.example.com is correct, set VONAGE_ALLOWED_API_HOSTS=api.example.com in the environment',
  },
  {
    code: 'E_API_UNAUTHORIZED',
    facts: { url: 'https://api.nexmo.com', status: 401, credentialsFrom: 'environment KEY and file /run/secret' },
    exitCode: 1,
    message:
      'https://api.nexmo.com refused the API key or secret (401). They were read from environment KEY and file /run/secret: check them; nothing was changed by this request',
  },
  {
    code: 'E_API_FORBIDDEN',
    facts: { url: 'https://api.nexmo.com', status: 403, title: 'Forbidden' },
    exitCode: 1,
    message:
      "https://api.nexmo.com does not allow this account to do that (403 Forbidden). Ask the account's owner to enable the Application API",
  },
  {
    code: 'E_API_CIRCUIT_OPEN',
    facts: { url: 'https://api.nexmo.com', failures: 5, last: 'status 503', pauseSeconds: 30 },
    exitCode: 1,
    message: 'https://api.nexmo.com failed 5 times in a row (status 503); no further request is sent for 30 s',
  },
  {
    code: 'E_API_UNREACHABLE',
    facts: { url: 'https://api.nexmo.com', reason: 'ENOTFOUND' },
    exitCode: 1,
    message:
      'https://api.nexmo.com cannot be reached: ENOTFOUND. Check the address, the network and HTTPS_PROXY; nothing was changed by this request',
  },
  {
    code: 'E_API_NO_RESPONSE',
    facts: { verb: 'POST', url: 'https://api.nexmo.com/v2/applications', reason: 'timeout' },
    exitCode: 1,
    message:
      'POST https://api.nexmo.com/v2/applications: the response was lost (timeout). Whether it took effect is unknown; run plan to check',
  },
  {
    code: 'E_API_RESPONSE_UNREADABLE',
    facts: {
      verb: 'GET',
      url: 'https://api.nexmo.com/v2/applications',
      status: 502,
      contentType: 'text/html',
      snippet: '<html>',
    },
    exitCode: 1,
    message:
      'GET https://api.nexmo.com/v2/applications returned a response that is not from the Application API: 502 text/html "<html>". Check VONAGE_API_URL and any proxy in between',
  },
  {
    code: 'E_API_REJECTED',
    facts: {
      verb: 'PUT',
      url: 'https://api.nexmo.com/v2/applications/1',
      status: 400,
      title: 'Bad Request',
      detail: 'name: too long',
    },
    exitCode: 1,
    message: 'PUT https://api.nexmo.com/v2/applications/1 was rejected (400 Bad Request): name: too long',
  },
  {
    code: 'E_API_RATE_LIMITED',
    facts: { verb: 'GET', url: 'https://api.nexmo.com/v2/applications', attempts: 6 },
    exitCode: 1,
    message:
      'GET https://api.nexmo.com/v2/applications was still rate limited after 6 attempts. Lower requestsPerSecond, or try again later',
  },
  {
    code: 'E_API_FAILED',
    facts: {
      verb: 'PUT',
      url: 'https://api.nexmo.com/v2/applications/1',
      status: 503,
      title: 'Unavailable',
      attempts: 4,
    },
    exitCode: 1,
    message:
      'PUT https://api.nexmo.com/v2/applications/1 failed on the server (503 Unavailable) after 4 attempts. Try again later',
  },
  {
    code: 'E_CREATE_UNDECIDED',
    facts: { application: 'Support' },
    exitCode: 4,
    message:
      'Support: the response to the create was lost, so it may exist. It is not sent again until this is resolved; run apply again',
  },
  {
    code: 'E_APPLICATION_GONE',
    facts: { application: 'Support', applicationId: 'id-1' },
    exitCode: 1,
    message: 'Support (id-1) no longer exists. Run plan again',
  },
  {
    code: 'E_KEY_UNREADABLE',
    facts: { path: 'keys/a.pem', reason: 'not a key' },
    exitCode: 1,
    message: 'keys/a.pem: the private key cannot be used: not a key',
  },
  {
    code: 'E_KEY_NOT_FOUND',
    facts: { application: 'Support', directory: 'keys' },
    exitCode: 1,
    message: 'Support: its private key is not in keys',
  },
  {
    code: 'E_KEY_MISMATCH',
    facts: { application: 'Support', reason: 'the signature does not verify' },
    exitCode: 1,
    message: 'Support: the stored private key does not match the public key at Vonage: the signature does not verify',
  },
  {
    code: 'E_KEY_DIRECTORY_TRACKED',
    facts: { path: 'keys' },
    exitCode: 5,
    message:
      'keys is tracked by git: private keys must not be committed. Set keys.directory to a directory outside the repository',
  },
  {
    code: 'E_KEY_DIRECTORY_UNCHECKED',
    facts: {
      path: '/srv/keys',
      top: '/work',
      reason: 'git ls-files failed with exit code 128: fatal: index file corrupt',
    },
    exitCode: 5,
    message:
      '/srv/keys is inside the git work tree /work, and git cannot tell whether it tracks it: git ls-files failed with exit code 128: fatal: index file corrupt. No private key is written there. Set keys.directory or --state to a directory outside it, or fix git access to /work',
  },
  {
    code: 'E_LEDGER_CORRUPT',
    facts: { path: 'ledger.json', reason: 'unexpected end', backup: 'ledger.json.bak' },
    exitCode: 1,
    message:
      'ledger.json: the ledger cannot be parsed (unexpected end). It was not changed. Its last good copy is ledger.json.bak: compare them and restore the copy, or run ledger rebuild',
  },
  {
    code: 'E_LEDGER_NEWER',
    facts: { path: 'ledger.json', found: 2, known: 1 },
    exitCode: 1,
    message:
      'ledger.json: written by a newer version (schema 2, this version supports 1). Use that version; nothing was changed',
  },
  {
    code: 'E_LEDGER_OTHER_ACCOUNT',
    facts: { path: 'ledger.json', ledgerHost: 'localhost:4010', host: 'api.nexmo.com', account: 'main' },
    exitCode: 1,
    message:
      'ledger.json: this ledger belongs to another account (localhost:4010), not to the configured one (api.nexmo.com). Nothing was sent. Use another state directory (--state DIR), or keep this ledger aside with "vonage-gitops state rename main main-old"',
  },
  {
    code: 'E_LEDGER_SECOND',
    facts: {
      path: 'st/main',
      other: 'st/default',
      account: 'main',
      otherAccount: 'default',
      hasOwn: false,
      named: ' --state st',
    },
    exitCode: 1,
    message:
      'account main has no ledger, but st/default is one of the same API key and host, so nothing is written. If the account was renamed, run "vonage-gitops state rename default main --state st"',
  },
  {
    code: 'E_STATE_UNUSABLE',
    facts: { path: '.vonage-gitops', reason: 'read-only file system' },
    exitCode: 1,
    message: '.vonage-gitops: the state directory cannot be used: read-only file system. No further requests were sent',
  },
  {
    code: 'E_LOCK_HELD',
    facts: { path: 'writer.lock', owner: 'pid 7' },
    exitCode: 6,
    message:
      'writer.lock: another vonage-gitops process is working on this account (pid 7). Wait for it, or increase --lock-timeout',
  },
  {
    code: 'E_LOCK_LOST',
    facts: { path: 'writer.lock', reason: 'it was taken over', moved: false },
    exitCode: 6,
    message:
      "writer.lock: the lock of this account's state was lost: it was taken over. Nothing further was sent or recorded. Run the command again",
  },
  {
    code: 'E_STATE_MISSING',
    facts: { path: 'state/main/ledger.json' },
    exitCode: 1,
    message:
      'state/main/ledger.json: the ledger existed before and is now missing. Nothing was sent. Restore the state directory from a backup',
  },
  {
    code: 'E_NOT_FOUND',
    facts: { what: 'Support', reason: 'no such name' },
    exitCode: 1,
    message: 'Support: no such name',
  },
  {
    code: 'E_NAME_UNKNOWN',
    facts: { message: '"Suport": no such application (did you mean "Support"?)' },
    exitCode: 5,
    message: '"Suport": no such application (did you mean "Support"?)',
  },
  {
    code: 'E_NAME_AMBIGUOUS',
    facts: { message: 'several applications are named "Support": one, two. Give the id' },
    exitCode: 5,
    message: 'several applications are named "Support": one, two. Give the id',
  },
  {
    code: 'E_REFUSED',
    facts: { what: 'Support', reason: 'several have that name' },
    exitCode: 1,
    message: 'Support: refused: several have that name',
  },
  {
    code: 'E_PAUSED',
    facts: { what: 'Support', pause: 'paused until it is resumed' },
    exitCode: 3,
    message:
      'Support: paused until it is resumed. Nothing was changed. End the pause with resume, or pass --ignore-pause',
  },
  {
    code: 'E_NOT_CONFIRMED',
    facts: { reason: 'Stopped by a signal before it was confirmed' },
    exitCode: 1,
    message: 'Stopped by a signal before it was confirmed. Nothing was changed.',
  },
  {
    code: 'E_INTERRUPTED',
    facts: {},
    exitCode: 130,
    message: 'Cancelled. Nothing was changed.',
  },
  {
    code: 'E_DAEMON_UNREACHABLE',
    facts: { url: 'http://127.0.0.1:8080', reason: 'connection refused' },
    exitCode: 1,
    message: 'http://127.0.0.1:8080: the daemon is not reachable: connection refused',
  },
  {
    code: 'E_FORGE_FAILED',
    facts: { url: 'https://api.github.com', reason: '401 Bad credentials', remedy: 'Check the token' },
    exitCode: 1,
    message: 'https://api.github.com: 401 Bad credentials. Check the token',
  },
  {
    code: 'E_LISTEN_FAILED',
    facts: { address: '127.0.0.1:8080', reason: 'another process listens there' },
    exitCode: 1,
    message:
      '127.0.0.1:8080: the daemon cannot listen there: another process listens there. Choose another address with --listen HOST:PORT or daemon.listen (port 0 selects a free one), or free this one',
  },
  {
    code: 'E_ABORTED',
    facts: {},
    exitCode: 1,
    message: 'stopped on request',
  },
  {
    code: 'E_UNEXPECTED',
    facts: { kind: 'TypeError' },
    exitCode: 1,
    message:
      'an unexpected error (TypeError), which is a bug in this program: the log has the stack, please report it. Completed work is recorded; run again to finish the rest',
  },
];

describe('what an error says', () => {
  test.each(rows)('$code: $message', ({ code, facts, exitCode, message }) => {
    const error = new ReconcilerError(code, facts);

    expect(error.message).toBe(message);
    expect(error.exitCode).toBe(exitCode);
  });

  test('every code is in this table', () => {
    expect(rows.map(({ code }) => code)).toEqual(errorCodes);
  });

  test.each([
    { facts: { when: ' while reading manifests' }, message: 'stopped on request while reading manifests' },
    { facts: { reason: 'it timed out' }, message: 'stopped: it timed out' },
  ])('what was stopped says when, or by what else: $message', ({ facts, message }) => {
    expect(new ReconcilerError('E_ABORTED', facts).message).toBe(message);
  });

  test('a plan without anything to approve has no hash to tell', () => {
    expect(new ReconcilerError('E_PLAN_CHANGED', { account: 'main' }).message).toBe(
      'main: the plan is not the approved one, nothing was changed: now there is nothing to approve. Look at the new plan, then approve that',
    );
  });

  test('one problem is told in the singular', () => {
    const { message } = new ReconcilerError('E_MANIFEST_INVALID', { problems: 1, root: 'apps' });

    expect(message).toMatch(/^1 problem in the manifests of apps; /);
  });

  test('two ledgers of one account are told with both paths', () => {
    const facts = { path: 'st/main', other: 'st/default', account: 'main', otherAccount: 'default', hasOwn: true };

    expect(new ReconcilerError('E_LEDGER_SECOND', facts).message).toBe(
      'st/main and st/default are two ledgers of one API key and host, so nothing is written. Keep one: compare them with "vonage-gitops state show", and move the directory of the other one out of the state directory, or give it the name of its account with "vonage-gitops state rename"',
    );
  });

  test('a lock that no option waits for has a remedy of its own', () => {
    const { message } = new ReconcilerError('E_LOCK_HELD', { path: 'a', owner: 'b', remedy: 'Try again' });

    expect(message).toBe('a: another vonage-gitops process is working on this account (b). Try again');
  });

  test('a configuration that is no file is called so', () => {
    expect(new ReconcilerError('E_CONFIG_INVALID', { message: 'no account' }).message).toBe(
      'configuration: no account',
    );
  });

  test.each([
    { code: 'E_API_FORBIDDEN', message: 'api does not allow this account to do that (403 ). ' },
    { code: 'E_API_REJECTED', message: 'PUT api was rejected (403 ): no' },
    { code: 'E_API_FAILED', message: 'PUT api failed on the server (403 ) after 1 attempt. ' },
    {
      code: 'E_API_RESPONSE_UNREADABLE',
      message: 'PUT api returned a response that is not from the Application API: 403  "s". ',
    },
  ] as const)('$code does without what the API did not say', ({ code, message }) => {
    const facts = { verb: 'PUT', url: 'api', status: 403, detail: 'no', attempts: 1, snippet: 's' };

    expect(new ReconcilerError(code, facts).message.startsWith(message)).toBe(true);
  });

  test('why a source has nothing is said where it is known', () => {
    const reason = 'source voice: it is away. No commit was accepted yet';

    expect(new ReconcilerError('E_SOURCE_NOT_FETCHED', { source: 'voice', reason }).message).toBe(reason);
    expect(new ReconcilerError('E_SOURCE_FETCH', { reason, accepted: false }).message).toBe(reason);
  });

  test('the whole of a commit has no path', () => {
    const facts = { path: '', commit: 'c0ffee', reason: 'it is a file', what: '2 files', most: '1' };

    expect(new ReconcilerError('E_SOURCE_PATH', facts).message).toMatch(/^the top of commit c0ffee: /);
    expect(new ReconcilerError('E_SOURCE_TOO_LARGE', facts).message).toMatch(
      /^the top of the repository has 2 files, /,
    );
  });

  test('a corrupt ledger has no last good copy where none can be used', () => {
    const { message } = new ReconcilerError('E_LEDGER_CORRUPT', { path: 'ledger.json', reason: 'unexpected end' });

    expect(message).toBe(
      'ledger.json: the ledger cannot be parsed (unexpected end). It was not changed. No copy beside it can be used: restore the state directory from a backup, or run ledger rebuild',
    );
  });

  test('a response past a bound is told by the bound', () => {
    const error = new ReconcilerError('E_API_RESPONSE_UNREADABLE', { verb: 'GET', url: 'api', reason: 'too large' });

    expect(error.message).toBe(
      'GET api: the response was not read: too large. Check VONAGE_API_URL and any proxy in between',
    );
  });
});

describe('anything thrown as an error with a code', () => {
  test('an expected one is itself', () => {
    const expected = new ReconcilerError('E_ABORTED', { reason: 'SIGTERM' });

    expect(asReconcilerError(expected)).toBe(expected);
  });

  test.each([
    { title: 'an error', thrown: new RangeError('hunter22'), kind: 'RangeError' },
    { title: 'one with a code', thrown: Object.assign(new Error('x'), { code: 'EIO' }), kind: 'Error EIO' },
    { title: 'one whose code is no code', thrown: Object.assign(new Error('x'), { code: 'hunter 22' }), kind: 'Error' },
    { title: 'one whose code is a number', thrown: Object.assign(new Error('x'), { code: 22 }), kind: 'Error' },
    { title: 'one whose name is no name', thrown: Object.assign(new Error('x'), { name: 'hunter 22' }), kind: 'Error' },
    { title: 'a text', thrown: 'hunter22', kind: 'a thrown string' },
    { title: 'null', thrown: null, kind: 'a thrown null' },
  ])('of $title only what it is is told: $kind', ({ thrown, kind }) => {
    const error = asReconcilerError(thrown);

    expect(error).toMatchObject({ code: 'E_UNEXPECTED', details: { kind }, cause: thrown });
    expect(error.message).not.toContain('22');
  });
});

test.each([
  { thrown: new Error('why'), message: 'why' },
  { thrown: 'why', message: 'why' },
  { thrown: Object.create(null), message: 'a value without text' },
])('the message of anything thrown: $message', ({ thrown, message }) => {
  expect(messageOf(thrown)).toBe(message);
});

test('a lock that is lost after something was sent has the exit code of what is partly applied', () => {
  const error = new ReconcilerError('E_LOCK_LOST', { path: 'writer.lock', reason: 'it was taken over', begun: true });

  expect(error.exitCode).toBe(4);
  expect(error.message).toContain('what was sent before may be missing in the ledger');
});

test('what is expected to be missing is undefined; what nobody expected is thrown', async () => {
  const missing = async () => {
    throw new ReconcilerError('E_NOT_FOUND', { what: 'x', reason: 'y' });
  };
  const broken = async () => {
    throw new TypeError('a bug');
  };

  expect(await orUndefined(async () => 1)).toBe(1);
  expect(await orUndefined(missing)).toBeUndefined();
  await expect(orUndefined(broken)).rejects.toThrow('a bug');
});
