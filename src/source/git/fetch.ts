import { type ObjectId, parseObjectId } from '../../core/git/object-id.ts';
import type { RepositoryAddress } from '../../core/git/repository-address.ts';
import type { GitSettings } from '../../git/environment.ts';
import { type GitFailure, gitFailureOf } from '../../git/messages.ts';
import type { GitEnd } from '../../git/program.ts';
import type { ObjectFormat, Store } from './store.ts';

/** Which server is asked for what, and how. */
export interface Remote {
  readonly address: RepositoryAddress;
  /** Full name of the ref, such as `refs/heads/main`. */
  readonly ref: string;
  /** Settings that let us in, read afresh for each request: secrets are rotated. */
  readonly credentials: () => Promise<GitSettings>;
  /** Longest that a request may take, in milliseconds. */
  readonly timeoutMs: number;
  /** `shallow`: the first fetch takes no history. Later ones take what is new in both, so that they tell whether the history goes on. */
  readonly history: 'full' | 'shallow';
}

/** Why a server gave no answer. `said`: git's own words, for the log. */
export interface FetchFailure {
  readonly failure: GitFailure;
  readonly said: string;
}

/** A server is too slow that sends fewer bytes a second for so many seconds. */
const tooSlow = { bytesPerSecond: 1_000, seconds: 30 } as const;

/** The object that the server has at the ref: a small request, after which most of the time nothing is to be done. */
export async function askTip(
  store: Store,
  remote: Remote,
  signal: AbortSignal,
): Promise<{ readonly tip: ObjectId } | FetchFailure> {
  const { address, ref, timeoutMs } = remote;
  const settings = await settingsOf(remote);
  const end = await store.run(['ls-remote', '--exit-code', '--', address.url, ref], { settings, timeoutMs, signal });
  const failed = failureOf(end);
  if (failed !== undefined) return failed;
  const line = outputOf(end)
    .split('\n')
    .find((one) => one.endsWith(`\t${ref}`));
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
  const { address, ref, timeoutMs, history } = remote;
  await store.prepare(formatOf(tip), signal);
  const isFirst = (await store.refNow(as, signal)) === undefined;
  const depth = history === 'shallow' && isFirst ? ['--depth=1'] : [];
  const how = ['--quiet', '--no-tags', '--no-write-fetch-head', '--no-auto-maintenance', '--no-recurse-submodules'];
  const end = await store.run(['fetch', ...how, ...depth, '--', address.url, `+${ref}:${as}`], {
    settings: await settingsOf(remote),
    timeoutMs,
    signal,
  });
  const failed = failureOf(end);
  if (failed !== undefined) await store.removeLeavings();
  return failed;
}

/** Source: gitrepository-layout(5), "object format" */
function formatOf(id: ObjectId): ObjectFormat {
  return id.length === 64 ? 'sha256' : 'sha1';
}

async function settingsOf({ address, credentials }: Remote): Promise<GitSettings> {
  return [
    [`protocol.${address.scheme}.allow`, 'always'],
    ['http.followRedirects', 'false'],
    ['http.lowSpeedLimit', String(tooSlow.bytesPerSecond)],
    ['http.lowSpeedTime', String(tooSlow.seconds)],
    ['transfer.fsckObjects', 'true'],
    ...(await credentials()),
  ];
}

function failureOf(end: GitEnd): FetchFailure | undefined {
  const failure = gitFailureOf(end);
  return failure === undefined ? undefined : { failure, said: 'said' in end ? end.said : '' };
}

function outputOf(end: GitEnd): string {
  return end.ended === 'exit' ? end.output.toString() : '';
}
