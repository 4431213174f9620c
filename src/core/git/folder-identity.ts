/**
 * What the manifests of a repository's folder are called wherever they are read from: `git:host/path//folder`, by the name of the repository.
 * The folder is relative to the top with forward slashes, and empty for the top itself.
 */
export function folderIdentity(repository: string, folder: string): string {
  return `git:${repository}//${folder}`;
}

/** The folder of an identity, relative to the top of its repository; undefined of a directory of this machine. */
export function folderOf(identity: string): string | undefined {
  return identity.startsWith('git:') ? identity.slice(identity.indexOf('//', 4) + 2) : undefined;
}
