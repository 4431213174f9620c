import { isAbsolute } from 'node:path';
import type { AccountConfig } from '../config/account.ts';
import { directorySelection } from '../config/account.ts';
import { ReconcilerError } from '../core/errors.ts';
import { sha256 } from '../core/hash.ts';
import { isLoopback } from '../core/is-loopback.ts';
import type { Overrides, Selection } from '../core/plan/policy.ts';
import { KeyDirectory } from '../keys/key-store.ts';
import { LedgerFile } from '../ledger/ledger-file.ts';
import type { SeenLedgers } from '../ledger/seen-ledgers.ts';
import { StampAges } from '../ledger/stamp-ages.ts';
import { LockGuard } from '../lock/guard.ts';
import { proxyPasswords } from '../net/proxy.ts';
import type { PassRules, PlanPorts, ReconcilePorts } from '../reconcile/ports.ts';
import { VonageClient } from '../vonage/client.ts';
import { NumbersClient } from '../vonage/numbers/numbers-client.ts';
import { deliveriesOf } from './keys/key-deliveries.ts';
import { proxySettings } from './proxy-settings.ts';
import type { Session } from './session.ts';
import { type OpenSource, type OpenSourceOptions, openSource } from './source/open-source.ts';
import { userAgent } from './version.ts';

/** What this run is allowed and asked to do, from its options. */
interface RunRules {
  readonly selection: Selection;
  readonly overrides: Overrides;
  readonly whenStale: PassRules['whenStale'];
  readonly retryNormalised?: boolean;
  readonly approval?: PassRules['approval'];
  /** Nothing is written: what would not last is said, and blocks nothing. */
  readonly planOnly?: boolean;
}

/** One account with all its ports built: the only place where they are. */
export interface AccountPorts {
  readonly config: AccountConfig;
  readonly source: OpenSource;
  readonly api: VonageClient;
  readonly ledger: LedgerFile;
  readonly keys: KeyDirectory;
  /** Lets writes pass only while the writer's lock is ours; without a lock it lets all of them pass. */
  readonly guard: LockGuard;
  readonly ports: ReconcilePorts & PlanPorts;
  /** Of API key and host: tells accounts apart in saved plans. */
  readonly accountHash: string;
  close(): Promise<void>;
}

/** What opening an account needs beside the session. */
export interface OpenAccountOptions extends Omit<OpenSourceOptions, 'opaqueVariables'> {
  readonly rules: RunRules;
  readonly movingNames?: ReadonlySet<string>;
  /** What is to be said of another ledger of this account. */
  readonly otherLedger?: string | undefined;
  /** Where ledgers are opened more than once in the life of the process. */
  readonly seen?: SeenLedgers;
  /** From a process that opens the account again and again: waits are measured across. */
  readonly ages?: StampAges;
  readonly observe?: ConstructorParameters<typeof VonageClient>[0]['observe'];
}

/** Builds the ports of one account. @throws {ReconcilerError} E_CREDENTIALS_MISSING, E_HOST_REFUSED */
export function openAccount(session: Session, config: AccountConfig, options: OpenAccountOptions): AccountPorts {
  const { context, state } = session;
  const log = session.log.child({ account: config.name });
  const { key } = config.credentials();
  const { host } = new URL(config.apiUrl);
  const stored = { stateDirectory: state.directory, account: config.name, log };
  const guard = new LockGuard();
  const ledger = new LedgerFile({
    ...stored,
    apiKey: key,
    host,
    guard,
    ages: options.ages ?? new StampAges(context.clock),
    ...(options.seen === undefined ? {} : { seen: options.seen }),
  });
  const keys = new KeyDirectory({
    ...stored,
    guard,
    searchPath: context.environment.PATH,
    ...(config.keysDirectory === undefined ? {} : { directory: config.keysDirectory }),
  });
  const api = openClient(session, config, guard, options.observe);
  const numbers = openNumbers(session, config);
  const source = openSource(session, config, options);
  const { planOnly, ...asked } = options.rules;
  const accountHash = hashAccount(key, host);
  const rules: PassRules = {
    account: { name: config.name, hash: accountHash },
    policy: config.policy,
    ...asked,
    ...custodyOf(session, config, planOnly === true),
    movingNames: options.movingNames ?? new Set(),
    otherLedger: options.otherLedger,
    ...(config.standIn === undefined ? {} : { preview: 'checkout' }),
  };
  return {
    config,
    source,
    api,
    ledger,
    keys,
    guard,
    ports: {
      source,
      api,
      ledger,
      keys,
      clock: context.clock,
      log,
      rules,
      numbers,
      ...deliveriesOf(session, config, guard),
    },
    accountHash,
    close: async () => {
      await ledger.flush();
      await api.close();
      numbers.close();
    },
  };
}

/**
 * A directory that a person chose lasts, and is the one that is meant; one for keys that is relative lies in the state directory. On a
 * loopback host is an emulator, as a rule: what is made there need not be found again.
 */
function custodyOf(
  session: Session,
  { apiUrl, keysDirectory }: AccountConfig,
  planOnly: boolean,
): Pick<PassRules, 'keyCustody' | 'adoptionCustody'> {
  const lasting = session.state.explicit || isOnTerminal(session) || isLoopback(new URL(apiUrl).hostname);
  const custody = (isSafe: boolean) => (isSafe ? 'safe' : planOnly ? 'noted' : 'unsafe');
  return {
    keyCustody: custody(lasting || (keysDirectory !== undefined && isAbsolute(keysDirectory))),
    adoptionCustody: custody(lasting),
  };
}

/** A private key made at a person's terminal stays where that person is; one made by a job may vanish with the job's disk. */
function isOnTerminal({ context }: Session): boolean {
  return context.stdin.isTTY === true && context.stderr.isTTY === true;
}

function openClient(
  session: Session,
  config: AccountConfig,
  guard: LockGuard,
  observe: OpenAccountOptions['observe'],
): VonageClient {
  return new VonageClient({
    ...connectionOf(session, config),
    baseUrl: config.apiUrl,
    requestsPerSecond: config.requestsPerSecond,
    concurrency: config.concurrency,
    maxPages: config.maxPages,
    guard,
    ...(observe === undefined ? {} : { observe }),
  });
}

function openNumbers(session: Session, config: AccountConfig): NumbersClient {
  return new NumbersClient({ ...connectionOf(session, config), baseUrl: config.restUrl });
}

/** What both APIs of an account are asked with. */
function connectionOf(session: Session, config: AccountConfig) {
  const { environment, clock, random, redaction } = session.context;
  const proxy = proxySettings(environment);
  redaction.learn(proxyPasswords(proxy));
  return {
    credentials: config.credentials,
    credentialsFrom: `${config.apiKey.source} and ${config.apiSecret.source}`,
    timeouts: { response: config.requestTimeoutMs, request: config.requestTimeoutMs * 2 },
    clock,
    random,
    log: session.log.child({ account: config.name }),
    allowedHosts: config.allowedHosts,
    userAgent,
    proxy,
  };
}

/**
 * The part of the account that DIR names. Without a configuration file DIR is the whole.
 * @throws {ReconcilerError} E_USAGE when DIR could belong to several accounts or lies outside
 */
export function selectedDirectory(session: Session, directory: string | undefined): string | undefined {
  if (directory === undefined || session.config.file === undefined) return undefined;
  const [account, ...others] = session.accounts;
  if (account === undefined || others.length > 0) {
    throw new ReconcilerError('E_USAGE', {
      message: `${directory}: with several accounts, DIR requires --account NAME`,
    });
  }
  return directorySelection(account, directory, session.context.cwd);
}

function hashAccount(key: string, host: string): string {
  return sha256(`vonage-gitops\n${host}\n${key}`).slice(0, 16);
}
