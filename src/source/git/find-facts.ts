import { readFile } from 'node:fs/promises';
import type { FailureFacts, HostKeyFacts } from '../../core/git/failure-facts.ts';
import { parseRepositoryAddress, type RepositoryAddress } from '../../core/git/repository-address.ts';
import { parseUrl } from '../../core/parse-url.ts';
import { changedHostKey, knownFingerprint } from '../../git/host-key.ts';
import type { GitRun } from '../../git/program.ts';
import type { AccessFailure } from './access.ts';
import type { Store } from './store.ts';

/** What can be found out about a failure, beyond its word, by the request that failed. */
export async function findFacts(
  store: Store,
  address: RepositoryAddress,
  { failure, said }: AccessFailure,
  run: GitRun,
): Promise<FailureFacts> {
  const movedTo = failure === 'moved' ? await newAddress(store, address, run) : undefined;
  const hostKey = failure === 'host-key-changed' ? await hostKeyFacts(said) : undefined;
  return { ...(movedTo === undefined ? {} : { movedTo }), ...(hostKey === undefined ? {} : { hostKey }) };
}

/**
 * Where a redirect leads. Git does not say unless it shows what is sent and received, so it asks once more, and sends no secret.
 * Seen with git 2.39; git(1), GIT_TRACE_CURL
 */
async function newAddress(store: Store, { url }: RepositoryAddress, run: GitRun): Promise<string | undefined> {
  const environment = { ...run.environment, GIT_TRACE_CURL: '1', GIT_TRACE_CURL_NO_DATA: '1' };
  const end = await store.runOutside(['ls-remote', '--', url], { ...run, credentials: [], environment });
  const location = 'said' in end ? /<= recv header: location: (\S+)$/im.exec(end.said)?.[1] : undefined;
  const target = location === undefined ? undefined : parseUrl(location, `${url.replace(/\/$/, '')}/info/refs`);
  if (target === undefined || !target.pathname.endsWith('/info/refs')) return undefined; // a page to log in, for instance
  const address = parseRepositoryAddress(`${target.origin}${target.pathname.slice(0, -'/info/refs'.length)}`, {
    allowFile: false,
  });
  return 'problem' in address ? undefined : address.url;
}

async function hostKeyFacts(said: string): Promise<HostKeyFacts | undefined> {
  const changed = changedHostKey(said);
  if (changed === undefined) return undefined;
  return { ...changed, known: knownFingerprint(await textOf(changed.file), changed.line) };
}

/** It was there for ssh. Without it one fingerprint is not told. */
async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return '';
  }
}
