import { realpathSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { AccountConfig } from '../../config/account.ts';
import { ReconcilerError } from '../../core/errors.ts';
import type { ObjectId } from '../../core/git/object-id.ts';
import type { DesiredState } from '../../core/manifest/manifest.ts';
import { gitProgram } from '../../git/program.ts';
import { Checkout } from '../../source/git/checkout.ts';
import type { CommittedFolder } from '../../source/git/committed-folder.ts';
import { readFolders } from '../../source/git/read-folders.ts';
import { workTreeOf } from '../../source/work-tree.ts';
import type { Session } from '../session.ts';
import { openSource, readingOf } from './open-source.ts';
import { nowhere } from './source-programs.ts';

/** The manifests of an account in its directory, and in a commit of the checkout that it lies in. */
export interface ManifestsAt {
  /** The directory. */
  readonly directory: string;
  readonly commit: ObjectId;
  readonly before: Pick<DesiredState, 'manifests' | 'broken'>;
  readonly after: DesiredState;
}

/**
 * Reads the manifests of an account twice: as they are now, and as they were in a commit. Needs neither credentials nor network, and values of the
 * environment need not be there. Where the commit has not the directory, it had no manifests.
 * @throws {ReconcilerError} E_USAGE, E_SOURCE_UNREADABLE, E_SOURCE_TOO_LARGE, E_ABORTED
 */
export async function manifestsAt(session: Session, config: AccountConfig, revision: string): Promise<ManifestsAt> {
  const { stop, environment } = session.context;
  const directory = directoryOf(config);
  const after = await openSource(session, config, { opaqueVariables: true }).load({ signal: stop });
  const real = realpathSync.native(directory);
  const tree = workTreeOf(real);
  if (tree === undefined)
    throw usage(`${directory} is in no git work tree: --against compares with a commit of the one it is in`);
  const checkout = new Checkout(tree, gitProgram({ searchPath: environment.PATH, home: nowhere() }));
  const commit = await checkout.commitOf(revision, stop);
  if (commit === undefined)
    throw usage(
      `--against ${revision}: no such commit in ${tree.top}. Fetch it first: a shallow checkout (fetch-depth) has only the latest one`,
    );
  const paths = config.layers.below.map((layer) => pathIn(tree, real, layer));
  const folders: CommittedFolder[] = [];
  for (const path of paths) {
    const isThere = (await checkout.snapshots.contentAt(commit, path, stop)) !== undefined;
    folders.push(isThere ? await checkout.snapshots.read(commit, path, stop) : nothing);
  }
  const before = await readFolders(folders, readingOf(session, config, { opaqueVariables: true }));
  return { directory, commit, before, after };
}

/** Where a commit has not the directory, it had no manifests. */
const nothing: CommittedFolder = {
  content: '4b825dc642cb6eb9a060e54bf8d69288fbee4904' as ObjectId, // git's own id of a tree with nothing in it
  entries: new Map(),
  unnamable: [],
  blobs: new Map(),
};

function pathIn({ top }: { readonly top: string }, root: string, layer: string): string {
  return relative(top, join(root, layer)).split(sep).join('/');
}

function directoryOf({ name, layers, source, standIn }: AccountConfig): string {
  if (standIn !== undefined) return standIn;
  if (source === undefined) return layers.root;
  throw usage(`account ${name} has its manifests in git source ${source.name}: name a checkout of it with --from DIR`);
}

function usage(message: string): ReconcilerError {
  return new ReconcilerError('E_USAGE', { message });
}
