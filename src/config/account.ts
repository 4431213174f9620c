import { isAbsolute, join, relative, resolve } from 'node:path';
import { ReconcilerError } from '../core/errors.ts';
import { folderIdentity } from '../core/git/folder-identity.ts';
import type { Policy } from '../core/plan/policy.ts';
import { type DeliveryConfig, deliveryConfig } from './keys/delivery.ts';
import { restUrlOf } from './rest-url.ts';
import type { AccountFile } from './schema.ts';
import { type Secret, type SecretReader, secretOf } from './secret.ts';
import { type Layers, layersOf } from './source/layers.ts';
import type { SourceConfig } from './source.ts';

/** API key and secret. */
interface Credentials {
  readonly key: string;
  readonly secret: string;
}

/** When the daemon makes a pass although none was requested. */
export type Schedule =
  | { readonly kind: 'interval'; readonly seconds: number; readonly jitterPercent: number }
  | { readonly kind: 'schedule'; readonly cron: string; readonly timezone: string };

/** One account, ready to be built ports for. */
export interface AccountConfig {
  readonly name: string;
  /**
   * Absolute path of the directory of the manifests, of the last of several; with a source its identity, `git:host/path//directory`, for
   * people and ledgers.
   */
  readonly manifests: string;
  /** All directories of the manifests: absolute, with a source relative to the top of the repository. */
  readonly layers: Layers;
  /** The repository the manifests come from. Undefined where they lie on this machine. */
  readonly source: { readonly name: string; readonly git: SourceConfig } | undefined;
  /** Absolute path of the directory that is read in place of the source, where a command was given one: of the layers' root. */
  readonly standIn?: string;
  readonly apiUrl: string;
  /** Where the account's phone numbers are asked for. */
  readonly restUrl: string;
  /**
   * Hosts, or host:port, beyond Vonage's own and this machine that may be sent the credentials. A configuration file can be changed by
   * a pull request, so only the environment (VONAGE_ALLOWED_API_HOSTS, separated by commas) can allow them.
   */
  readonly allowedHosts: readonly string[];
  readonly apiKey: Secret;
  readonly apiSecret: Secret;
  /**
   * Key and secret, read afresh at each call.
   * @throws {ReconcilerError} E_CREDENTIALS_MISSING
   */
  readonly credentials: () => Credentials;
  readonly policy: Policy;
  /** Whether the daemon asks before it adopts into a new ledger; undefined where the host decides. */
  readonly firstRun: 'ask' | 'apply' | undefined;
  /** `keys.directory` as written; see {@link keyDirectory}. */
  readonly keysDirectory: string | undefined;
  /** Where private keys are delivered to, beside the key directory. */
  readonly deliveries: readonly DeliveryConfig[];
  /** Age from which a generated key pair is warned about, in milliseconds. */
  readonly rotateAfterMs: number | undefined;
  readonly passthroughCapabilities: readonly string[];
  readonly requestsPerSecond: number;
  readonly concurrency: number;
  /** Longest listing that is read, in pages of 100 applications. */
  readonly maxPages: number;
  /** How long one attempt may wait for the response's head, and again for its end, in milliseconds. */
  readonly requestTimeoutMs: number;
  /** What is added to every name of the manifests. */
  readonly nameSuffix: string;
  /** Values of the configuration for `${NAME}`. */
  readonly variables: Readonly<Record<string, string>>;
  /** Names of the environment variables that manifests may use. */
  readonly environmentNames: readonly string[];
  /** The ones of them that are set. */
  readonly environmentValues: Readonly<Record<string, string>>;
  /** Glob patterns of files that are no manifests. */
  readonly exclude: readonly string[];
  readonly schedule: Schedule;
}

/** What an account is made from, beside its entry. */
interface AccountInput {
  readonly reader: SecretReader;
  readonly newSource: Policy['newSource'];
  readonly sources: readonly SourceConfig[];
}

/** The account a checked entry of the file describes. */
export function accountConfig(entry: AccountFile, { reader, newSource, sources }: AccountInput): AccountConfig {
  const apiUrl = withoutSlash(nonEmpty(reader.environment['VONAGE_API_URL']) ?? entry.apiUrl);
  const allowed = reader.environment['VONAGE_ALLOWED_API_HOSTS'] ?? '';
  const apiKey = secretOf(entry.apiKey, entry.name, 'API key', reader);
  const apiSecret = secretOf(entry.apiSecret, entry.name, 'API secret', reader);
  const { rotateAfterDays } = entry.keys;
  return {
    name: entry.name,
    ...manifestsOf(entry, reader, sources),
    apiUrl,
    restUrl: restUrlOf(entry.restUrl, apiUrl, reader.environment),
    apiKey,
    apiSecret,
    allowedHosts: allowed.split(',').flatMap((host) => host.trim().toLowerCase() || []),
    credentials: () => ({ key: apiKey.read(), secret: apiSecret.read() }),
    policy: policyOf(entry, newSource),
    firstRun: entry.firstRun,
    keysDirectory: entry.keys.directory,
    deliveries: entry.keys.deliver.map((target) => deliveryConfig(target, reader)),
    rotateAfterMs: rotateAfterDays === undefined ? undefined : rotateAfterDays * 24 * 60 * 60 * 1000,
    passthroughCapabilities: entry.passthroughCapabilities,
    requestsPerSecond: entry.requestsPerSecond,
    concurrency: entry.concurrency,
    maxPages: entry.limits.pages,
    requestTimeoutMs: entry.requestTimeoutSeconds * 1000,
    nameSuffix: entry.nameSuffix,
    variables: entry.variables,
    environmentNames: entry.environment,
    environmentValues: environmentValues(entry, reader),
    exclude: entry.exclude,
    schedule: scheduleOf(entry),
  };
}

function manifestsOf(
  { manifests: from }: AccountFile,
  { base }: SecretReader,
  sources: readonly SourceConfig[],
): Pick<AccountConfig, 'manifests' | 'layers' | 'source'> {
  if (typeof from === 'string' || !('source' in from)) {
    const paths = [from].flat().map((directory) => resolve(base, directory));
    return { manifests: `${paths.at(-1)}`, layers: layersOf(paths), source: undefined };
  }
  const { source: name, path } = from;
  const git = sources.find((source) => source.name === name);
  if (git === undefined) throw new RangeError(`no source ${name}: the schema looks for it`);
  const paths = [path].flat();
  const manifests = folderIdentity(git.address.name, `${paths.at(-1)}`);
  return { manifests, layers: layersOf(paths), source: { name, git } };
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}

function policyOf(entry: AccountFile, newSource: Policy['newSource']): Policy {
  const { policy, adoption, undeclaredCapabilities, deletionPolicy, onDrift, onCommit, allowEmpty } = entry;
  const { deletes, updates, creates } = entry;
  const settings = { policy, adoption, undeclaredCapabilities, deletionPolicy, onDrift, onCommit, allowEmpty };
  return {
    ...settings,
    keysMode: entry.keys.mode,
    scopeNames: entry.scope.names,
    inUse: entry.inUse,
    newSource,
    deletes,
    updates,
    creates,
  };
}

function environmentValues(entry: AccountFile, reader: SecretReader): Readonly<Record<string, string>> {
  const values: Record<string, string> = {};
  for (const name of entry.environment) {
    const value = reader.environment[name];
    if (value !== undefined) values[name] = value;
  }
  return values;
}

function scheduleOf(entry: AccountFile): Schedule {
  if (entry.schedule !== undefined) {
    return { kind: 'schedule', cron: entry.schedule.trim(), timezone: entry.timezone ?? 'UTC' };
  }
  return { kind: 'interval', ...(entry.interval ?? { seconds: 300, jitterPercent: 10 }) };
}

/** Directory of an account's private keys: `keys.directory` relative to the state directory, else `<state>/<account>/keys`. */
export function keyDirectory(account: AccountConfig, state: string): string {
  return account.keysDirectory === undefined
    ? join(state, account.name, 'keys')
    : resolve(state, account.keysDirectory);
}

/**
 * The directory a DIR argument selects, relative to the account's manifests with forward slashes; undefined when it is all of them.
 * @throws {ReconcilerError} E_USAGE when it lies outside, or the manifests come from a repository or several directories
 */
export function directorySelection(account: AccountConfig, directory: string, cwd: string): string | undefined {
  if (account.source !== undefined) {
    throw new ReconcilerError('E_USAGE', {
      message: `DIR selects a part of a directory; the manifests of account ${account.name} come from source ${account.source.name}`,
    });
  }
  if (account.layers.below.length > 1) {
    throw new ReconcilerError('E_USAGE', {
      message: `DIR selects a part of a directory; the manifests of account ${account.name} come from several (${account.layers.below.join(', ')}): select applications with --only`,
    });
  }
  const inside = relative(account.manifests, resolve(cwd, directory)).replaceAll('\\', '/');
  if (inside === '') return undefined;
  if (inside === '..' || inside.startsWith('../') || isAbsolute(inside)) {
    throw new ReconcilerError('E_USAGE', {
      message: `${directory} is not inside the manifests of account ${account.name} (${account.manifests}); with a configuration file DIR selects a part of them`,
    });
  }
  return inside;
}
