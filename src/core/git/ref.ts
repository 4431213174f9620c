import { parseObjectId } from './object-id.ts';

/** What of a repository is followed. */
export type Ref =
  | { readonly kind: 'branch' | 'tag'; readonly name: string }
  /** The highest version of the tags `v1.2.3` and `1.2.3` in this range. */
  | { readonly kind: 'semver'; readonly range: string }
  | { readonly kind: 'commit'; readonly id: string };

/** Why a name is none that a branch or tag can have; undefined when it is one. Source: git-check-ref-format(1) */
export function refNameProblem(name: string): string | undefined {
  if (name === '' || /^\/|\/$|\/\//.test(name)) return 'a part of it is empty';
  if (/[\s\p{Cc}~^:?*[\\]/u.test(name))
    return 'it has a space or one of ~ ^ : ? * [ \\, which no branch and no tag has';
  if (/(^|\/)-/.test(name)) return 'a part of it begins with "-", which git could take for an option';
  if (/(^|\/)\.|\.\.|\.$|\.lock(\/|$)|@\{|^@$/.test(name)) return 'git takes no such name, for its dots or its "@"';
  if (name.startsWith('refs/')) return 'it is written without refs/heads/ or refs/tags/';
  return undefined;
}

/** Why a text is no whole id of a commit; undefined when it is one. */
export function commitIdProblem(id: string): string | undefined {
  if (parseObjectId(id) !== undefined) return undefined;
  return /^[0-9a-f]+$/i.test(id)
    ? `expected the whole id, of 40 or 64 lower-case hexadecimal digits, found ${id.length}`
    : 'expected the id of a commit, of 40 or 64 lower-case hexadecimal digits';
}

/** The full name by which a server is asked for a branch or a tag. */
export function fullRefName({ kind, name }: Extract<Ref, { kind: 'branch' | 'tag' }>): string {
  return kind === 'branch' ? `refs/heads/${name}` : `refs/tags/${name}`;
}

/** What is followed, for people: `branch main`. */
export function describeRef(ref: Ref): string {
  switch (ref.kind) {
    case 'branch':
    case 'tag':
      return `${ref.kind} ${ref.name}`;
    case 'semver':
      return `version ${ref.range}`;
    case 'commit':
      return `commit ${ref.id.slice(0, 12)}`;
  }
}
