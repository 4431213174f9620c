import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { DesiredState, Manifest } from '../../src/core/manifest/manifest.ts';
import type { Steps } from '../../src/core/steps.ts';
import type { FileTree, Listing } from '../../src/source/file-tree.ts';
import { manifestText } from '../core/manifest/builders.ts';
import { started } from './kept.ts';
import { aFolder, versionText } from './watching.ts';

const names = ['a', 'b', 'c'] as const;
type Name = (typeof names)[number];
const states = ['valid', 'broken', 'nameless', 'garbage', 'empty', 'gone'] as const;
type State = (typeof states)[number];

/** What the files say at one moment, and whether the process is started anew before it looks. */
interface Step {
  readonly states: Readonly<Record<Name, State>>;
  readonly restart: boolean;
}

const step: fc.Arbitrary<Step> = fc.record({
  states: fc.record({
    a: fc.constantFrom(...states),
    b: fc.constantFrom(...states),
    c: fc.constantFrom(...states, 'valid' as const),
  }),
  restart: fc.boolean(),
});

function documentOf(name: Name, state: State, version: string): string | undefined {
  switch (state) {
    case 'valid':
      return versionText(name, version);
    case 'broken':
      return `${versionText(name, version)}  nonsense: 1\n`;
    case 'nameless':
      return manifestText(`labels: { version: ${version} }`);
    case 'garbage':
      return '[: {\n';
    case 'empty':
      return '# nothing\n';
    case 'gone':
      return undefined;
  }
}

/** A folder in memory. */
class Files implements FileTree {
  texts: ReadonlyMap<string, string> = new Map();

  *list(): Steps<Listing> {
    const files = [...this.texts].map(([path, text]) => ({ path, stamp: text, size: text.length }));
    return { root: '/manifests', files: files.sort((one, other) => (one.path < other.path ? -1 : 1)), unreadable: [] };
  }

  read(_root: string, path: string) {
    const text = this.texts.get(path);
    return text === undefined ? { reason: 'it does not exist' } : { text, stamp: text };
  }
}

/** One moment: what the files say, what was loaded, and the newest valid version of each name that may still stand. */
interface Moment {
  readonly now: Readonly<Record<Name, State>>;
  readonly version: string;
  readonly state: DesiredState;
  readonly last: Map<string, string>;
}

type Layout = (now: Moment['now'], version: string) => ReadonlyMap<string, string>;

/** Plays the steps on one folder, with what was kept of the steps before. */
function law(layout: Layout, check: (moment: Moment) => void) {
  return fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 8 }), async (steps) => {
      const tree = new Files();
      const base = aFolder();
      const start = () => started(base, {}, { root: '/manifests', tree }).source;
      const last = new Map<string, string>();
      let source = start();
      for (const [index, { states: now, restart }] of steps.entries()) {
        tree.texts = layout(now, `v${index}`);
        if (restart) source = start();
        check({ now, version: `v${index}`, state: await source.load(), last });
      }
    }),
    { numRuns: 60 },
  );
}

const ownFiles: Layout = (now, version) =>
  new Map(
    names.flatMap((name) => {
      const text = documentOf(name, now[name], version);
      return text === undefined ? [] : [[`${name}.yaml`, text] as const];
    }),
  );

const oneFile: Layout = (now, version) => {
  const documents = names.flatMap((name) => documentOf(name, now[name], version) ?? []);
  return new Map(documents.length === 0 ? [] : [['all.yaml', documents.join('---\n')]]);
};

function versions(manifests: readonly Manifest[]): ReadonlyMap<string, string | undefined> {
  return new Map(manifests.map(({ name, labels }) => [name, labels['version']]));
}

function checkOwnFiles({ now, version, state, last }: Moment): void {
  const valid = names.filter((name) => now[name] === 'valid');
  for (const name of valid) last.set(name, version);
  const broken = names.filter((name) => isBroken(now[name], last.has(name)));
  const standing = names.filter((name) => now[name] !== 'gone' && last.has(name));

  expect(versions(state.manifests)).toEqual(new Map(standing.map((name) => [name, last.get(name)])));
  expect(state.complete).toBe(broken.length === 0);
  expect(state.enforced?.count ?? 0).toBe(standing.length - valid.length);

  if (state.complete) keepOnly(last, valid);
}

/** An empty file is an accident only where a manifest stood. */
function isBroken(state: State, stood: boolean): boolean {
  return state === 'empty' ? stood : state !== 'valid' && state !== 'gone';
}

function checkOneFile({ now, version, state, last }: Moment): void {
  // Which documents an error swallows is the parser's affair: what is new counts as it was read.
  const fresh = state.manifests.filter(({ labels }) => labels['version'] === version);
  for (const { name } of fresh) last.set(name, version);
  const isThere = names.some((name) => now[name] !== 'gone');
  const standing = isThere && !state.complete ? [...last.keys()] : fresh.map(({ name }) => name);

  expect(versions(state.manifests)).toEqual(new Map(standing.map((name) => [name, last.get(name)])));
  const isValid = names.every((name) => ['valid', 'empty', 'gone'].includes(now[name]));
  expect(state.complete).toBe(isValid && (fresh.length > 0 || last.size === 0 || !isThere));

  if (state.complete) {
    keepOnly(
      last,
      fresh.map(({ name }) => name),
    );
  }
}

function keepOnly(last: Map<string, string>, kept: readonly string[]): void {
  for (const name of last.keys()) if (!kept.includes(name)) last.delete(name);
}

test('every name has its newest valid form, or the last valid one while it is broken, and nothing that was removed', async () => {
  await law(ownFiles, checkOwnFiles);
}, 60_000);

test('in one file for all, what is not valid stays in force as long as anything in the file is broken', async () => {
  await law(oneFile, checkOneFile);
}, 60_000);
