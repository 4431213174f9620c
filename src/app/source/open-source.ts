import type { AccountConfig } from '../../config/account.ts';
import { neighborsOf } from '../../config/conflicts.ts';
import { ManifestCache } from '../../core/manifest/cache.ts';
import type { ManifestOptions } from '../../core/manifest/options.ts';
import { DirectorySource, defaultMaxFileBytes } from '../../source/directory.ts';
import { CommitSource } from '../../source/git/commit-source.ts';
import { GitSource, type GitSourceOptions } from '../../source/git/git-source.ts';
import type { OpenedCommit } from '../../source/git/opened-commit.ts';
import type { ReadFolderOptions } from '../../source/git/read-folders.ts';
import type { Session } from '../session.ts';
import { openRepository } from './open-repository.ts';

/** Manifests of a directory, which has to be watched, or of a repository, which is followed. */
export type OpenSource = DirectorySource | GitSource;

/** The manifests of an account; needs no credentials. */
export function openSource(session: Session, config: AccountConfig, options: OpenSourceOptions = {}): OpenSource {
  const { firstFetch } = options;
  const reading = readingOf(session, config, options);
  if (config.standIn !== undefined)
    return new DirectorySource({ root: config.standIn, identity: config.manifests, ...reading });
  const { root } = config.layers;
  if (config.source === undefined) return new DirectorySource({ root, ...reading });
  const { name, git } = config.source;
  const repository = openRepository(session, git);
  return new GitSource({ repository, name, path: root, identity: config.manifests, firstFetch, ...reading });
}

/** The manifests of an account as they would be with a commit of its source that is planned. */
export function openCommitSource(session: Session, config: GitAccount, commit: OpenedCommit): CommitSource {
  const { manifests: identity, layers } = config;
  return new CommitSource({ commit, path: layers.root, identity, ...readingOf(session, config, {}) });
}

/** An account whose manifests come from a git source. */
export type GitAccount = AccountConfig & { readonly source: NonNullable<AccountConfig['source']> };

/** How an account's manifests are read. */
export interface OpenSourceOptions extends Pick<GitSourceOptions, 'firstFetch'> {
  /** From a source that outlives one run: unchanged files are not parsed again. */
  readonly cache?: ManifestCache | undefined;
  /** Values of variables need not be there. */
  readonly opaqueVariables?: boolean;
}

/** How the files of an account become manifests, wherever they are. */
export function readingOf(session: Session, config: AccountConfig, options: OpenSourceOptions): ReadFolderOptions {
  const { cache = new ManifestCache(), opaqueVariables = false } = options;
  const manifests = manifestOptions(session, config, opaqueVariables);
  return { exclude: config.exclude, maxFileBytes: defaultMaxFileBytes, cache, manifests };
}

function manifestOptions(
  { config: all, context }: Session,
  config: AccountConfig,
  opaqueVariables: boolean,
): Omit<ManifestOptions, 'keyFile'> {
  return {
    layers: config.layers.below,
    nameSuffix: config.nameSuffix,
    variables: config.variables,
    environment: context.environment,
    allowedEnvironment: config.environmentNames,
    credentialVariables: [...all.credentialVariables],
    opaqueVariables,
    secrets: all.secretValues(),
    passthroughCapabilities: config.passthroughCapabilities,
    scopeNames: config.policy.scopeNames,
    neighborScopes: neighborsOf(config, all.accounts).flatMap(({ policy }) => policy.scopeNames),
  };
}
