import { realpath, stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import type { CliContext } from '../../../app/context.ts';
import { checkGivenDirectory } from '../../../app/given-directory.ts';
import { type CommonOptions, openSession } from '../../../app/session.ts';
import { layerPaths } from '../../../config/source/layers.ts';
import { ReconcilerError } from '../../../core/errors.ts';
import { exitCodes } from '../../../core/exit-codes.ts';
import { type Formatted, formatYaml } from '../../../core/format/format-yaml.ts';
import { fileReason } from '../../../core/mistakes/file-reason.ts';
import { plural } from '../../../core/plural.ts';
import { visible } from '../../../core/render/visible.ts';
import { finish } from '../../../core/steps.ts';
import { replaceFile } from '../../../disk/durable-file.ts';
import { defaultMaxFileBytes } from '../../../source/directory.ts';
import { DiskTree } from '../../../source/file-tree.ts';

/** Options of `fmt`. */
export interface FmtOptions extends CommonOptions {
  /** Nothing is written. */
  readonly check?: boolean;
}

/** A directory of manifests, and what in it is none. */
interface ManifestDirectory {
  readonly root: string;
  readonly exclude: readonly string[];
}

/** What became of a file, with its path as a person here would write it. */
type Outcome = { readonly path: string } & (
  | Exclude<Formatted, { readonly kind: 'formatted' }>
  | { readonly kind: 'formatted' }
);

/** Formats manifests. Those of a git source are formatted where they are checked out: in the directory that is given. */
export async function fmtCommand(
  directory: string | undefined,
  options: FmtOptions,
  context: CliContext,
): Promise<number> {
  const roots = directory === undefined ? await configuredDirectories(options, context) : [given(directory, context)];
  const outcomes: Outcome[] = [];
  const done = new Set<string>();
  for (const { root, exclude } of roots) {
    const tree = new DiskTree(root, exclude);
    const listing = finish(tree.list());
    for (const { path, reason } of listing.unreadable) {
      outcomes.push({ path: shownPath(join(root, path), context), kind: 'left', reason });
    }
    for (const { path } of listing.files) {
      const real = await realpath(join(listing.root, path));
      if (done.has(real) || !/\.ya?ml$/i.test(path)) continue; // a link inside the directory leads to a file that is listed, too
      done.add(real);
      const formatted = await formatFile({ tree, root: listing.root, path, real }, options.check === true);
      outcomes.push({ ...formatted, path: shownPath(join(root, path), context) });
    }
  }
  context.stdout.write(textOf(outcomes, options.check === true));
  const isDone = outcomes.every(({ kind }) => kind !== 'left' && (options.check !== true || kind !== 'formatted'));
  return isDone ? exitCodes.done : exitCodes.attention;
}

function given(directory: string, context: CliContext): ManifestDirectory {
  checkGivenDirectory(directory, 'fmt', context);
  return { root: resolve(context.cwd, directory), exclude: [] };
}

/** @throws {ReconcilerError} E_USAGE for manifests that are not on this machine */
async function configuredDirectories(options: FmtOptions, context: CliContext): Promise<readonly ManifestDirectory[]> {
  const { accounts } = await openSession({ context, options });
  return accounts.flatMap(({ name, source, layers, exclude }) => {
    if (source === undefined) return layerPaths(layers).map((root) => ({ root, exclude }));
    const message = `fmt: the manifests of account ${name} come from source ${source.name}: give the directory of a checkout`;
    throw new ReconcilerError('E_USAGE', { message });
  });
}

interface FoundFile {
  readonly tree: DiskTree;
  readonly root: string;
  readonly path: string;
  /** What is written: a link stays a link. */
  readonly real: string;
}

async function formatFile({ tree, root, path, real }: FoundFile, isChecked: boolean): Promise<Formatted> {
  const content = tree.read(root, path, defaultMaxFileBytes);
  if ('reason' in content) return { kind: 'left', reason: content.reason };
  const formatted = formatYaml(content.text);
  if (formatted.kind !== 'formatted' || isChecked) return formatted;
  const assertUnchanged = async () => {
    const now = tree.read(root, path, defaultMaxFileBytes);
    if ('reason' in now || now.text !== content.text) throw new Error('it was changed meanwhile: run fmt again');
  };
  try {
    await replaceFile(real, formatted.text, assertUnchanged, (await stat(real)).mode & 0o777);
    return formatted;
  } catch (error) {
    const isOurs = error instanceof Error && !('code' in error);
    return { kind: 'left', reason: isOurs ? error.message : fileReason(error) };
  }
}

function shownPath(path: string, { cwd }: CliContext): string {
  return visible(relative(cwd, path).replaceAll('\\', '/'));
}

function textOf(outcomes: readonly Outcome[], isChecked: boolean): string {
  const lines = outcomes.flatMap((outcome) => {
    if (outcome.kind === 'formatted') return `${isChecked ? 'not formatted' : 'formatted'}  ${outcome.path}`;
    return outcome.kind === 'left' ? `left alone  ${outcome.path}: ${visible(outcome.reason)}` : [];
  });
  const count = (kind: Outcome['kind']) => outcomes.filter((outcome) => outcome.kind === kind).length;
  const changed = `${plural(count('formatted'), 'file')} ${isChecked ? 'to format' : 'formatted'}`;
  const summary = `${changed}, ${count('left')} left alone, ${count('same')} unchanged.`;
  return `${[...lines, summary].join('\n')}\n`;
}
