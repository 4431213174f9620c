import type { FailureFacts } from '../../core/git/failure-facts.ts';
import { type ObjectId, parseObjectId } from '../../core/git/object-id.ts';
import { fullRefName, type Ref } from '../../core/git/ref.ts';
import type { RepositoryAddress } from '../../core/git/repository-address.ts';
import { highestVersion } from '../../core/git/versions.ts';
import type { GitSettings } from '../../git/environment.ts';
import { gitFailureOf } from '../../git/messages.ts';
import type { GitEnd, GitRun } from '../../git/program.ts';
import type { AccessFailure, GitAccess } from './access.ts';
import { findFacts } from './find-facts.ts';
import type { ObjectFormat, Store } from './store.ts';

/** Which server is asked for what, and how. */
export interface Remote {
  readonly address: RepositoryAddress;
  readonly ref: Ref;
  readonly access: GitAccess;
  /** Longest that a request may take, in milliseconds. */
  readonly timeoutMs: number;
  /** `shallow`: the first fetch takes no history. Later ones take what is new in both, so that they tell whether the history goes on. */
  readonly history: 'full' | 'shallow';
  /** Most that the stored repository may take on the disk, in bytes. */
  readonly maxBytes: number;
}

/** What the server has: a commit or a tag, and the full name of its ref; for a commit by its id, the id. */
export interface Tip {
  readonly tip: ObjectId;
  readonly ref: string;
}

/** Why a server gave no answer. `said`: git's own words, for the log. */
export type FetchFailure = (AccessFailure | { readonly failure: 'too-large'; readonly said: string }) & FailureFacts;

/** A server is too slow that sends fewer bytes a second for so many seconds. */
const tooSlow = { bytesPerSecond: 1_000, seconds: 30 } as const;
/** How often a fetch is looked at for how large the store has become, in milliseconds. */
const lookMs = 1_000;
const mebibyte = 1024 * 1024;

/** What the server has at the ref: a small request, after which most of the time nothing is to be done. A commit's id says it all. */
export async function askTip(store: Store, remote: Remote, signal: AbortSignal): Promise<Tip | FetchFailure> {
  const { ref } = remote;
  switch (ref.kind) {
    case 'commit':
      return tipAt(new Map([[ref.id, parseObjectId(ref.id)]]), ref.id);
    case 'semver': {
      const tags = await listRefs(store, remote, 'refs/tags/*', signal);
      if ('failure' in tags) return tags;
      const names = [...tags.keys()].map((name) => name.slice('refs/tags/'.length));
      const highest = highestVersion(names, ref.range);
      return highest === undefined ? noRef(`no tag is a version in ${ref.range}`) : tipAt(tags, `refs/tags/${highest}`);
    }
    case 'branch':
    case 'tag': {
      const refs = await listRefs(store, remote, fullRefName(ref), signal);
      return 'failure' in refs ? refs : tipAt(refs, fullRefName(ref));
    }
  }
}

/**
 * Fetches what the ref has, and lets a ref of ours name it. Whoever calls this holds the store's lock. A commit's id is asked for by itself:
 * nearly every server gives it when one of its branches or tags has it.
 * @returns why it failed; undefined when it is there
 * @throws {ReconcilerError} E_SOURCE_STORE, E_STATE_UNUSABLE, E_ABORTED
 */
export async function fetchTip(
  store: Store,
  remote: Remote,
  { tip, ref, as }: Tip & { readonly as: string },
  signal: AbortSignal,
): Promise<FetchFailure | undefined> {
  await store.removeLeavings(); // first: they may be what fills the disk
  const lack = await store.lackOfSpace();
  if (lack !== undefined) return { failure: 'disk-full', said: lack };
  const once = () => fetchOnce(store, remote, `+${ref}:${as}`, signal);
  await store.prepare(formatOf(tip), signal);
  const failed = await once();
  if (failed === undefined || !isDoubtful(failed) || signal.aborted) return failed;
  // It may be our store that git complains of: one that was made anew is another try.
  return (await store.prepare(formatOf(tip), signal)) === 'made' ? once() : failed;
}

async function fetchOnce(
  store: Store,
  remote: Remote,
  refspec: string,
  signal: AbortSignal,
): Promise<FetchFailure | undefined> {
  const before = await store.refsNow('refs/', signal);
  const depth = await depthOf(store, remote, before.size === 0);
  const failed = await fetchRefs(store, remote, { refspecs: [refspec], depth }, signal);
  if (failed?.failure === 'too-large' && !(await store.isSuspect())) await store.reset(before, signal);
  return failed;
}

/**
 * Fetches refs into refs of ours, into a store that was made ready for it. One that was too large, and too fast to be ended, is there all the
 * same: the store is not suspect then.
 * @throws {ReconcilerError} E_SOURCE_STORE, E_STATE_UNUSABLE, E_ABORTED
 */
export async function fetchRefs(
  store: Store,
  remote: Remote,
  { refspecs, depth = [] }: { readonly refspecs: readonly string[]; readonly depth?: readonly string[] },
  signal: AbortSignal,
): Promise<FetchFailure | undefined> {
  const how = ['--quiet', '--no-tags', '--no-write-fetch-head', '--no-auto-maintenance', '--no-recurse-submodules'];
  const parameters = ['fetch', ...how, ...depth, '--stdin', '--', remote.address.url];
  const input = refspecs.map((refspec) => `${refspec}\n`); // there may be more than fit into a command line
  const asked = await ask(store, remote, signal, (run) => withinSize(store, remote, { ...run, input }, parameters));
  const failed = 'failure' in asked ? asked : undefined;
  await store.finish({ isDoubtful: failed !== undefined && isDoubtful(failed) });
  return failed === undefined && (await store.size()) > remote.maxBytes ? tooLarge(remote) : failed;
}

/** What is deep in the store already is not made shallow, and what is shallow becomes deep when all of the history is asked for. */
async function depthOf(store: Store, { history }: Remote, isEmpty: boolean): Promise<readonly string[]> {
  if (history === 'shallow') return isEmpty ? ['--depth=1'] : [];
  return (await store.isShallow()) ? ['--unshallow'] : [];
}

/** Ends a fetch that makes the store too large. */
async function withinSize(
  store: Store,
  remote: Remote,
  run: GitRun,
  parameters: readonly string[],
): Promise<GitEnd | FetchFailure> {
  const over = new AbortController();
  const look = async () => {
    if ((await store.size()) > remote.maxBytes) over.abort();
  };
  // What cannot be measured now is measured when the fetch has ended.
  const timer = setInterval(() => void look().catch(() => undefined), lookMs);
  try {
    const signal = run.signal === undefined ? over.signal : AbortSignal.any([run.signal, over.signal]);
    const end = await store.run(parameters, { ...run, signal });
    return over.signal.aborted && end.ended === 'killed' ? tooLarge(remote) : end;
  } finally {
    clearInterval(timer);
  }
}

function tooLarge({ maxBytes }: Remote): FetchFailure {
  return { failure: 'too-large', said: `the repository takes more than ${Math.floor(maxBytes / mebibyte)} MiB` };
}

/** Whether it may be our store that is damaged, or was left half-written. */
function isDoubtful({ failure }: FetchFailure): boolean {
  return ['other', 'malformed', 'disk-full', 'timeout', 'too-large'].includes(failure);
}

/** Refs of the server, by their full names. @returns why it failed, also where it has none @throws {ReconcilerError} E_ABORTED */
export async function listRefs(
  store: Store,
  remote: Remote,
  pattern: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, ObjectId | undefined> | FetchFailure> {
  const parameters = ['ls-remote', '--exit-code', '--refs', '--', remote.address.url, pattern];
  const asked = await ask(store, remote, signal, (run) => store.runOutside(parameters, run));
  if ('failure' in asked) return asked;
  const lines = asked.output.split('\n').filter((line) => line !== '');
  return new Map(lines.map((line) => line.split('\t')).map(([id = '', name = '']) => [name, parseObjectId(id)]));
}

function tipAt(refs: ReadonlyMap<string, ObjectId | undefined>, ref: string): Tip | FetchFailure {
  const tip = refs.get(ref);
  return tip === undefined ? noRef(`the server has no ${ref}`) : { tip, ref };
}

function noRef(said: string): FetchFailure {
  return { failure: 'ref-missing', said };
}

type Asked = { readonly output: string } | FetchFailure;
type Start = (run: GitRun) => Promise<GitEnd | FetchFailure>;

/** A request, and a second one where the server does not know our token any more and there is another one. */
async function ask(store: Store, remote: Remote, signal: AbortSignal, start: Start): Promise<Asked> {
  const asked = await askOnce(store, remote, signal, start);
  const isRefused = 'failure' in asked && asked.failure === 'unauthorized';
  return isRefused && remote.access.refused() ? askOnce(store, remote, signal, start) : asked;
}

async function askOnce(
  store: Store,
  { address, access, timeoutMs }: Remote,
  signal: AbortSignal,
  start: Start,
): Promise<Asked> {
  const opened = await access.open(signal);
  if ('failure' in opened) return { ...opened, reason: opened.said };
  const run = { ...opened, settings: [...settingsFor(address), ...opened.settings], timeoutMs, signal };
  const end = await start(run);
  if ('failure' in end) return end;
  const failure = gitFailureOf(end);
  if (failure === undefined) return { output: end.ended === 'exit' ? end.output.toString() : '' };
  const failed = { failure, said: 'said' in end ? end.said : '' };
  return { ...failed, ...(await findFacts(store, address, failed, run)) };
}

/** The format of a repository by one of its ids. Source: gitrepository-layout(5), "object format" */
export function formatOf(id: ObjectId): ObjectFormat {
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
