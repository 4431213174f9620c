import type { Session } from '../../../app/session.ts';
import { openRepository, storeDirectory } from '../../../app/source/open-repository.ts';
import { layerPaths } from '../../../config/source/layers.ts';
import type { SourceConfig } from '../../../config/source.ts';
import { ReconcilerError } from '../../../core/errors.ts';
import type { CommitInfo } from '../../../core/git/commit-info.ts';
import { didYouMean } from '../../../core/mistakes/suggest.ts';

/** Where the documentation is, for people who have no source yet. */
export const noSources =
  'no git sources are configured; "sources" in the configuration names them: see docs/git-sources.md';

/** An account that reads a source. */
export interface SourceUser {
  readonly account: string;
  readonly path: string;
  /** Whether the accepted commit has the directory; undefined before one was accepted. */
  readonly present: boolean | undefined;
}

/** A git source as it is on this disk. */
export interface SourceOnDisk {
  readonly config: SourceConfig;
  /** Where its store is. */
  readonly directory: string;
  readonly bytes: number;
  readonly accepted: CommitInfo | undefined;
  /** What the server had when it was fetched last, where that is another commit: it was not accepted. */
  readonly tip: CommitInfo | undefined;
  readonly users: readonly SourceUser[];
}

/** The source of this name. @throws {ReconcilerError} E_USAGE */
export function sourceNamed({ config }: Session, name: string): SourceConfig {
  const source = config.sources.find((one) => one.name === name);
  if (source !== undefined) return source;
  const names = config.sources.map((one) => one.name);
  const known = names.length === 0 ? noSources : `configured sources: ${names.join(', ')}`;
  throw new ReconcilerError('E_USAGE', { message: `${name}: no such source${didYouMean(name, names)}; ${known}` });
}

/** What the disk has of a source; no server is asked. @throws {ReconcilerError} E_SOURCE_STORE, E_STATE_UNUSABLE, E_ABORTED */
export async function sourceOnDisk(session: Session, config: SourceConfig): Promise<SourceOnDisk> {
  const { stop } = session.context;
  const repository = openRepository(session, config);
  const accepted = await repository.accepted(stop);
  const tip = await repository.fetchedTip(stop);
  const users: SourceUser[] = [];
  const folders = session.accounts.flatMap(({ name, source, layers }) =>
    source?.name === config.name ? layerPaths(layers).map((path) => ({ account: name, path })) : [],
  );
  for (const folder of folders) {
    const present = accepted && (await repository.contentAt(accepted.id, folder.path, stop)) !== undefined;
    users.push({ ...folder, present });
  }
  return {
    config,
    directory: storeDirectory(session, config),
    bytes: await repository.size(),
    accepted,
    tip: tip?.id === accepted?.id ? undefined : tip,
    users,
  };
}

/** Where a repository is fetched from, and as whom: output hides whatever stands before the host of an URL. */
export function placeOf({ address }: SourceConfig): { readonly url: string; readonly user: string | undefined } {
  const url = new URL(address.url);
  const { username } = url;
  if (username === '') return { url: address.url, user: undefined };
  url.username = '';
  return { url: url.href, user: username };
}
