import type { ApplicationId } from '../application/application.ts';
import type { CommitInfo, History, KnownCommit } from '../git/commit-info.ts';
import type { JsonObject } from '../json.ts';
import type { Pointer } from '../pointer.ts';
import type { Place, Problem } from '../problem.ts';

/** What happens to an owned application when its manifest goes: it is deleted, given up, or kept from deletion. */
export type DeletionPolicy = 'delete' | 'orphan' | 'protect';

/** One application as declared in YAML, checked and with its variables filled in. */
export interface Manifest {
  readonly name: string;
  /** Pins the manifest to exactly this application. */
  readonly id?: ApplicationId;
  /** Earlier names. An empty list says "this is a new application, not a rename"; undefined says nothing. */
  readonly formerly?: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** Only when the manifest itself says so; the configuration's default is applied where it is used. */
  readonly deletionPolicy?: DeletionPolicy;
  readonly reconcile: 'enabled' | 'paused';
  /** Pointers into the application's body that are left exactly as they are live. */
  readonly ignore: readonly Pointer[];
  /** The API's request body without `name`, variables filled in, timeouts spelt `connect_timeout`, key files read in. */
  readonly spec: JsonObject;
  /** Scalars filled from the environment: pointer into the body -> the text as written, `https://${HOST}/answer`. Their values are never shown. */
  readonly concealed: ReadonlyMap<Pointer, string>;
  /** Labels and ignore pointers filled from the environment: pointer into `metadata` -> the text as written. Absent when there is none. */
  readonly concealedMetadata?: ReadonlyMap<Pointer, string>;
  /** Where `metadata.name` stands; `file` is relative to the manifests' root, with forward slashes. */
  readonly place: Place;
  /** Whether the file holds this one document only. */
  readonly ownFile: boolean;
  /** SHA-256 (hex) of name, spec and ignore pointers: equal hashes mean nothing to apply has changed. */
  readonly hash: string;
  /** SHA-256 (hex) of the canonical spec alone: two manifests with one spec hash differ in name only. */
  readonly specHash: string;
}

/** One document as written: its placeholders are not filled in. */
export interface WrittenPart {
  /** Relative to the manifests' root. */
  readonly file: string;
  /** Line of the file that it begins on, counted from 1. */
  readonly line: number;
  readonly text: string;
}

/** A document that should have been a manifest and could not be read, with what little is known of it. */
export interface BrokenManifest {
  readonly place: Place;
  readonly name?: string;
  readonly id?: ApplicationId;
}

/** Which manifests these are. */
export interface Revision {
  /** The full id of a commit; of a directory, the same as `content`. */
  readonly id: string;
  /** A hash: equal contents are equal files, byte for byte. Whether anything is new is asked of it. */
  readonly content: string;
  /** Of a directory in a work tree, the one that was checked out: the files may have been changed since. */
  readonly commit?: KnownCommit | undefined;
}

/** All manifests of one account at one revision. */
export interface DesiredState {
  /** Absolute path of the directory they were read from. */
  readonly root: string;
  /** Whose manifests they are, wherever they were checked out: `git:host/path//directory`, else the root. */
  readonly source: string;
  readonly revision: Revision;
  /** How they stand to what was last applied; absent where a source has no history. */
  readonly history?: History;
  /** The accepted commit, where it cannot be read and this revision, which was applied last, stays in effect. */
  readonly unread?: CommitInfo;
  /** In the order of their places. */
  readonly manifests: readonly Manifest[];
  /**
   * Documents of the manifests as written, by `formatPlace` of their places: each manifest's own, then patches in the order of their
   * layers. Absent where the source has no texts.
   */
  readonly texts?: ReadonlyMap<string, readonly [WrittenPart, ...WrittenPart[]]>;
  /** Configured secrets, and values of the environment variables that manifests may use: never shown, whoever put them where they are live. */
  readonly hiddenValues?: readonly string[];
  /**
   * Present when some of the manifests are not of this revision: they are broken in it and stay in force as they last were.
   * `count` of them; `revision` is the last one in which everything was valid, as far as one is known.
   */
  readonly enforced?: { readonly revision?: string; readonly count: number };
  readonly broken: readonly BrokenManifest[];
  /** Files that hold no document at all: suspicious when an application's manifest last stood in one. */
  readonly emptyFiles: readonly string[];
  /** Whether every file was readable and every document valid. */
  readonly complete: boolean;
  readonly problems: readonly Problem[];
}
