import picomatch from 'picomatch';
import { type AccountConfig, keyDirectory } from './account.ts';
import { clientTokenNames, type DaemonConfig } from './daemon.ts';
import type { CheckedFile, ConfigProblem } from './problems.ts';
import { isSameSecret, type Secret } from './secret.ts';
import { layerInAnother, layerPaths } from './source/layers.ts';
import type { ReportConfig } from './source/report.ts';
import { accessSecrets, type SourceConfig } from './source.ts';
import { secretsOfCallers } from './tokens.ts';

/** Never for manifests or sources, even where the configuration reads its credentials from elsewhere. */
export const credentialNames = ['VONAGE_API_KEY', 'VONAGE_API_KEY_FILE', 'VONAGE_API_SECRET', 'VONAGE_API_SECRET_FILE'];

/** What no entry shows by itself: names that are taken, accounts that are one, credentials within reach of manifests. */
export function conflictsOf(
  accounts: readonly AccountConfig[],
  credentialVariables: ReadonlySet<string>,
  problemAt: CheckedFile['problemAt'],
): readonly ConfigProblem[] {
  return accounts.flatMap((account, index) => [
    ...accounts
      .slice(0, index)
      .flatMap((earlier) =>
        pairConflicts(earlier, account).map(({ path, message }) => problemAt(['accounts', index, ...path], message)),
      ),
    ...layerConflicts(account).map(({ path, message }) => problemAt(['accounts', index, ...path], message)),
    ...credentialConflicts(account, credentialVariables).map(({ path, message }) =>
      problemAt(['accounts', index, ...path], message),
    ),
  ]);
}

/** Other entries of the configuration for the same account at Vonage. */
export function neighborsOf(account: AccountConfig, all: readonly AccountConfig[]): readonly AccountConfig[] {
  return all.filter((other) => other.name !== account.name && isSameAccount(account, other));
}

interface Conflict {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

function pairConflicts(one: AccountConfig, other: AccountConfig): readonly Conflict[] {
  const sameName =
    one.name === other.name ? [{ path: ['name'], message: `another account is also named ${one.name}` }] : [];
  const found = [...sameName, ...keyDirectoryConflicts(one, other)];
  if (!isSameAccount(one, other)) return found;
  if (one.policy.scopeNames.length === 0 || other.policy.scopeNames.length === 0) {
    const message = `the same host and API key as account ${one.name}: two ledgers would manage one account. Merge the accounts, or set scope.names in both`;
    return [...found, { path: [], message }];
  }
  return [...found, ...scopeConflicts(one, other)];
}

/** Directories in one another would have some files twice. */
function layerConflicts({ layers, source }: AccountConfig): readonly Conflict[] {
  const found = layerInAnother(layers);
  if (found === undefined) return [];
  const [path, other] = [layerPaths(layers)[found.index], layerPaths(layers)[found.other]];
  const message =
    path === other
      ? 'this directory is listed twice: each layer has its own'
      : `this directory is inside ${other}, which is listed as well: its files would be in both. Put the layers beside each other`;
  return [{ path: ['manifests', ...(source === undefined ? [] : ['path']), found.index], message }];
}

/** Each account would take the other's private keys for its own lost ones, and in the end prune them. Where the state is does not matter. */
function keyDirectoryConflicts(one: AccountConfig, other: AccountConfig): readonly Conflict[] {
  if (one.name === other.name || keyDirectory(one, '/') !== keyDirectory(other, '/')) return [];
  const message = `the same directory as that of account ${one.name}: each account needs its own directory for private keys`;
  return [{ path: ['keys', 'directory'], message }];
}

function isSameAccount(one: AccountConfig, other: AccountConfig): boolean {
  return new URL(one.apiUrl).host === new URL(other.apiUrl).host && isSameSecret(one.apiKey, other.apiKey);
}

/** What of a configuration has secrets that are sent to somebody. */
interface WithSecrets {
  readonly accounts: readonly AccountConfig[];
  readonly sources: readonly SourceConfig[];
  readonly daemon: DaemonConfig;
  readonly reports: readonly Pick<ReportConfig, 'token'>[];
}

/**
 * Secrets for one server that would be sent to another: a configuration can be changed by a pull request, which names both. Credentials
 * of accounts are sent to no host but those that the program or its environment allows; sources, reports and
 * daemon.url may be anywhere.
 */
export function sharedSecrets(
  { accounts, sources, daemon, reports }: WithSecrets,
  problemAt: CheckedFile['problemAt'],
): readonly ConfigProblem[] {
  const credentials = accounts.flatMap(({ apiKey, apiSecret }) => [apiKey, apiSecret]);
  const ofServers = sources.flatMap(accessSecrets);
  const ofAccount = (secret: Secret) =>
    isNamed(secret, credentialNames) || isOneOf(secret, credentials)
      ? 'this is a credential of an account, which only Vonage may be sent'
      : undefined;
  const ofClient = (secret: Secret) =>
    isNamed(secret, clientTokenNames) ? 'this is the token for a daemon, which only that may be sent' : undefined;
  const ofServer = (secret: Secret) =>
    isOneOf(secret, ofServers) ? 'this is a secret for a git server, which only that may be sent' : undefined;
  const callers = secretsOfCallers({ daemon, sources });
  const ofCallers = callers.map(({ secret }) => secret);
  const ofDaemon = (secret: Secret) =>
    isOneOf(secret, ofCallers)
      ? 'this is a secret by which callers of the daemon show who they are, which no forge may be sent'
      : undefined;
  return [
    ...sources.flatMap((source, index) => {
      const [message] = accessSecrets(source).flatMap((secret) => ofAccount(secret) ?? ofClient(secret) ?? []);
      return message === undefined ? [] : [problemAt(['sources', index, 'git', 'auth'], message)];
    }),
    ...callers.flatMap(({ secret, path }) => {
      const message = ofAccount(secret) ?? ofServer(secret);
      return message === undefined ? [] : [problemAt(path, message)];
    }),
    ...reports.flatMap(({ token }, index) => {
      const message = token && (ofAccount(token) ?? ofClient(token) ?? ofDaemon(token));
      return message === undefined ? [] : [problemAt(['reports', index, 'token'], message)];
    }),
  ];
}

function isNamed({ variables }: Secret, names: readonly string[]): boolean {
  return variables.some((name) => names.includes(name));
}

function isOneOf(secret: Secret, others: readonly Secret[]): boolean {
  return others.some((other) => isSameSecret(other, secret));
}

/** Whether two globs overlap cannot be said in general; that a name lies in both scopes can. */
function scopeConflicts(one: AccountConfig, other: AccountConfig): readonly Conflict[] {
  const theirs = one.policy.scopeNames;
  return other.policy.scopeNames.flatMap((name, index) => {
    const twin = theirs.find((pattern) => pattern === name || holds(pattern, name) || holds(name, pattern));
    const path = ['scope', 'names', index];
    return twin === undefined
      ? []
      : [{ path, message: `overlaps ${JSON.stringify(twin)} in the scope of account ${one.name}` }];
  });
}

function holds(pattern: string, name: string): boolean {
  return !picomatch.scan(name).isGlob && picomatch.isMatch(name, pattern);
}

function credentialConflicts(account: AccountConfig, variables: ReadonlySet<string>): readonly Conflict[] {
  const message = 'holds a credential, which manifests must not use';
  return [
    ...account.environmentNames.flatMap((name, index) =>
      variables.has(name) ? [{ path: ['environment', index], message: `${name} ${message}` }] : [],
    ),
    ...Object.keys(account.variables).flatMap((name) =>
      variables.has(name)
        ? [{ path: ['variables', name], message: `${name} is the name of a variable that ${message}` }]
        : [],
    ),
  ];
}
