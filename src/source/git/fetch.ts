import type { FailureFacts } from '../../core/git/failure-facts.ts';
import { type ObjectId, parseObjectId } from '../../core/git/object-id.ts';
import type { RepositoryAddress } from '../../core/git/repository-address.ts';
import type { GitSettings } from '../../git/environment.ts';
import { gitFailureOf } from '../../git/messages.ts';
import type { GitEnd } from '../../git/program.ts';
import type { AccessFailure, GitAccess } from './access.ts';
import { findFacts } from './find-facts.ts';
import type { ObjectFormat, Store } from './store.ts';

/** Which server is asked for what, and how. */
export interface Remote {
  readonly address: RepositoryAddress;
  /** Full name of the ref, such as `refs/heads/main`. */
  readonly ref: string;
  readonly access: GitAccess;
  /** Longest that a request may take, in milliseconds. */
  readonly timeoutMs: number;
  /** `shallow`: the first fetch takes no history. Later ones take what is new in both, so that they tell whether the history goes on. */
  readonly history: 'full' | 'shallow';
}

/** Why a server gave no answer. `said`: git's own words, for the log. */
export type FetchFailure = AccessFailure & FailureFacts;

/** A server is too slow that sends fewer bytes a second for so many seconds. */
const tooSlow = { bytesPerSecond: 1_000, seconds: 30 } as const;

/** The object that the server has at the ref: a small request, after which most of the time nothing is to be done. */
export async function askTip(
  store: Store,
  remote: Remote,
  signal: AbortSignal,
): Promise<{ readonly tip: ObjectId } | FetchFailure> {
  const { address, ref } = remote;
  const asked = await ask(store, remote, ['ls-remote', '--exit-code', '--', address.url, ref], signal);
  if ('failure' in asked) return asked;
  const line = asked.output.split('\n').find((one) => one.endsWith(`\t${ref}`));
  const tip = parseObjectId(line?.split('\t')[0] ?? '');
  return tip === undefined ? { failure: 'ref-missing', said: '' } : { tip };
}

/**
 * Fetches what the ref has, and lets a ref of ours name it. Whoever calls this holds the store's lock.
 * @returns why it failed; undefined when it is there
 * @throws {ReconcilerError} E_SOURCE_STORE, E_STATE_UNUSABLE, E_ABORTED
 */
export async function fetchTip(
  store: Store,
  remote: Remote,
  { tip, as }: { readonly tip: ObjectId; readonly as: string },
  signal: AbortSignal,
): Promise<FetchFailure | undefined> {
  const { address, ref, history } = remote;
  await store.prepare(formatOf(tip), signal);
  const isFirst = (await store.refNow(as, signal)) === undefined;
  const depth = history === 'shallow' && isFirst ? ['--depth=1'] : [];
  const how = ['--quiet', '--no-tags', '--no-write-fetch-head', '--no-auto-maintenance', '--no-recurse-submodules'];
  const fetch = ['fetch', ...how, ...depth, '--', address.url, `+${ref}:${as}`];
  const asked = await ask(store, remote, fetch, signal);
  if (!('failure' in asked)) return undefined;
  await store.removeLeavings();
  return asked;
}

type Asked = { readonly output: string } | FetchFailure;

/** A request, and a second one where the server does not know our token any more and there is another one. */
async function ask(store: Store, remote: Remote, parameters: readonly string[], signal: AbortSignal): Promise<Asked> {
  const asked = await askOnce(store, remote, parameters, signal);
  const isRefused = 'failure' in asked && asked.failure === 'unauthorized';
  return isRefused && remote.access.refused() ? askOnce(store, remote, parameters, signal) : asked;
}

async function askOnce(
  store: Store,
  { address, access, timeoutMs }: Remote,
  parameters: readonly string[],
  signal: AbortSignal,
): Promise<Asked> {
  const opened = await access.open(signal);
  if ('failure' in opened) return opened;
  const settings = [...settingsFor(address), ...opened.settings];
  const run = { ...opened, settings, timeoutMs, signal };
  const end = await store.run(parameters, run);
  const failure = gitFailureOf(end);
  if (failure === undefined) return { output: outputOf(end) };
  const failed = { failure, said: 'said' in end ? end.said : '' };
  return { ...failed, ...(await findFacts(store, address, failed, run)) };
}

/** Source: gitrepository-layout(5), "object format" */
function formatOf(id: ObjectId): ObjectFormat {
  return id.length === 64 ? 'sha256' : 'sha1';
}

function settingsFor({ scheme }: RepositoryAddress): GitSettings {
  return [
    [`protocol.${scheme}.allow`, 'always'],
    ['http.followRedirects', 'false'],
    ['http.lowSpeedLimit', String(tooSlow.bytesPerSecond)],
    ['http.lowSpeedTime', String(tooSlow.seconds)],
    ['transfer.fsckObjects', 'true'],
  ];
}

function outputOf(end: GitEnd): string {
  return end.ended === 'exit' ? end.output.toString() : '';
}
