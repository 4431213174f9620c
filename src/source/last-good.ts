import { byPlace, compareTexts } from '../core/compare.ts';
import { ReconcilerError } from '../core/errors.ts';
import type { CommitInfo } from '../core/git/commit-info.ts';
import { limitProblems } from '../core/limit-problems.ts';
import type { DesiredState, Manifest } from '../core/manifest/manifest.ts';
import type { Problem } from '../core/problem.ts';
import type { DesiredSource, LoadOptions, Log } from '../reconcile/ports.ts';
import { isReadAs, type KeptManifest, keptKey, keptManifest, keysOf } from './last-good-form.ts';
import { replaceBroken } from './last-good-replace.ts';
import { LastGoodStore } from './last-good-store.ts';
import type { ManifestSource } from './manifest-source.ts';
import { Slices } from './slices.ts';

/** What the last good forms are of, and where they are kept. */
export interface LastGoodOptions {
  readonly inner: ManifestSource;
  /** `<state>/<account>/last-good`; nobody else writes there while this source is in use. */
  readonly directory: string;
  readonly log: Log;
}

/**
 * A source in which valid manifests outlive their breaking: what is broken now stays in force as it last was, across restarts. The
 * desired state is incomplete nevertheless, so nothing is deleted, and all problems are told.
 *
 * | a manifest is now                                | it stands in the desired state as | what is kept |
 * |--------------------------------------------------|-----------------------------------|--------------|
 * | valid                                            | it is                             | this form    |
 * | broken, or in a file that is broken or empty now | it last was, if that is kept      | that form    |
 * | broken, and no form of it can be used            | broken: its application is held   | that form    |
 * | gone, while another one is broken                | nothing                           | that form    |
 * | gone, and everything is valid                    | nothing                           | nothing      |
 *
 * While manifests keep changing, so that no moment of them can be read, the last state that was read stays in force; after a start, all
 * forms that are kept.
 */
export class LastGoodSource implements DesiredSource {
  readonly #options: LastGoodOptions;
  #store: LastGoodStore | undefined;
  /** The last state that could be read, with what stands in for broken manifests. */
  #stable: DesiredState | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: LastGoodOptions) {
    this.#options = options;
  }

  /** One load after the other: what is kept must be the newest. @throws {ReconcilerError} E_STATE_UNUSABLE, and what the source throws. */
  load(options: LoadOptions = {}): Promise<DesiredState> {
    const next = () => this.#load(options);
    const turn = this.#turn.then(next, next);
    this.#turn = turn;
    return turn;
  }

  whoRemoved(...asked: Parameters<NonNullable<DesiredSource['whoRemoved']>>): Promise<CommitInfo | undefined> {
    return this.#options.inner.whoRemoved?.(...asked) ?? Promise.resolve(undefined);
  }

  async #load(options: LoadOptions): Promise<DesiredState> {
    const { inner, directory, log } = this.#options;
    const { signal } = options;
    this.#store ??= new LastGoodStore(directory, log);
    try {
      this.#stable = await this.#keep(await inner.load(options), this.#store, new Slices(signal));
      return this.#stable;
    } catch (error) {
      const state = isUnsettled(error) ? await this.#lastStable(this.#store, new Slices(signal)) : undefined;
      if (state === undefined) throw error;
      return state;
    }
  }

  /** The state with what was valid before in place of what is broken; what is valid is kept. */
  async #keep(state: DesiredState, store: LastGoodStore, slices: Slices): Promise<DesiredState> {
    await this.#keepValid(state, store, slices);
    if (!isComplete(state, store)) return this.#replace(state, store, slices);
    const keys = new Set(state.manifests.map(keysOf(state.manifests)));
    await store.forget([...store.forms.keys()].filter((key) => !keys.has(key)));
    await store.noteComplete(state.revision.id);
    return state;
  }

  async #keepValid(state: DesiredState, store: LastGoodStore, slices: Slices): Promise<void> {
    const { inner, log } = this.#options;
    const changed = new Map<string, KeptManifest>();
    const outdated = superseded(state.manifests, store.forms);
    const keyOf = keysOf(state.manifests);
    for (const manifest of state.manifests) {
      await slices.pause();
      const key = keyOf(manifest);
      const form = keptManifest(state, manifest);
      if (form !== undefined && store.holds(key, form)) continue;
      if (form !== undefined && isReadAs(form, manifest, inner)) changed.set(key, form);
      else {
        outdated.push(key);
        log.warn(
          { file: manifest.place.file },
          'a valid manifest cannot be stored: if it becomes invalid, its application is left unchanged',
        );
      }
    }
    await store.forget(outdated.filter((key) => store.forms.has(key)));
    await store.keep(changed);
  }

  async #replace(state: DesiredState, store: LastGoodStore, slices: Slices): Promise<DesiredState> {
    const { manifests, broken, problems } = await slices.finish(replaceBroken(state, store.forms, this.#options.inner));
    return {
      ...state,
      manifests: [...state.manifests, ...manifests].sort(inOrder),
      broken,
      complete: false,
      problems: limitProblems([...state.problems, ...problems].sort(byPlace)),
      ...enforcedOf(manifests.length, store),
    };
  }

  /** What stays in force while manifests keep changing; undefined when nothing is known of an earlier moment. */
  async #lastStable(store: LastGoodStore, slices: Slices): Promise<DesiredState | undefined> {
    const { inner, log } = this.#options;
    const stable = this.#stable ?? (await this.#restored(store, slices));
    if (stable === undefined) return undefined;
    log.warn(
      { root: stable.root, revision: stable.revision.id },
      'manifests keep changing: the last revision stays enforced',
    );
    return {
      ...stable,
      hiddenValues: inner.unknownState().hiddenValues ?? [],
      complete: false,
      problems: limitProblems([unsettledProblem(stable.revision.id), ...stable.problems]),
      ...enforcedOf(stable.manifests.length, store),
    };
  }

  /** Everything that is kept of these manifests; undefined when that is nothing. */
  async #restored(store: LastGoodStore, slices: Slices): Promise<DesiredState | undefined> {
    const unknown = this.#options.inner.unknownState();
    const files = [...store.forms.values()].filter(({ root }) => root === unknown.root).map(({ file }) => file);
    if (files.length === 0) return undefined;
    const broken = [...new Set(files)].map((file) => ({ place: { file, line: 1, column: 1 } }));
    const { completeRevision: id } = store;
    const revision = id === undefined ? unknown.revision : { id, content: id };
    return this.#replace({ ...unknown, revision, broken }, store, slices);
  }
}

function enforcedOf(count: number, { completeRevision: revision }: LastGoodStore): Pick<DesiredState, 'enforced'> {
  return count === 0 ? {} : { enforced: { count, ...(revision === undefined ? {} : { revision }) } };
}

function isUnsettled(error: unknown): boolean {
  return (
    error instanceof ReconcilerError && error.code === 'E_SOURCE_UNREADABLE' && error.details['unsettled'] === true
  );
}

function unsettledProblem(revision: string): Problem {
  const message = `the manifests keep changing and cannot be read consistently: revision ${revision} stays enforced and nothing is deleted. Wait until nothing writes to them`;
  return { severity: 'error', place: { file: '.', line: 1, column: 1 }, path: '', message };
}

/** Forms of manifests that live on under another name: the pin shows it, or the new one saying so when it is first seen. */
function superseded(manifests: readonly Manifest[], forms: ReadonlyMap<string, KeptManifest>): string[] {
  const keyOf = keysOf(manifests);
  const valid = new Set(manifests.map(keyOf));
  const fresh = manifests.filter((manifest) => !forms.has(keyOf(manifest)));
  const renamed = fresh.flatMap(({ formerly = [] }) => formerly.map((name) => keptKey(name)));
  const pinned = new Set<string>(manifests.flatMap(({ id }) => id ?? []));
  const repinned = [...forms].filter(([, { id }]) => id !== undefined && pinned.has(id)).map(([key]) => key);
  return [...renamed, ...repinned].filter((key) => !valid.has(key));
}

/** An empty file in which manifests stood is an accident until the file is gone, too. */
function isComplete(state: DesiredState, { forms }: LastGoodStore): boolean {
  if (!state.complete || state.emptyFiles.length === 0) return state.complete;
  const valid = new Set(state.manifests.map(keysOf(state.manifests)));
  return ![...forms].some(
    ([key, { root, file }]) => root === state.root && state.emptyFiles.includes(file) && !valid.has(key),
  );
}

/** By place; what stands at one place, because its own is lost, by name. */
function inOrder(one: Manifest, other: Manifest): number {
  return byPlace(one, other) || compareTexts(one.name, other.name);
}
