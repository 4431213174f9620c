import { ReconcilerError } from '../../core/errors.ts';
import { type ObjectId, parseObjectId } from '../../core/git/object-id.ts';
import type { Git, GitEnd, GitRun } from '../../git/program.ts';
import type { WorkTree } from '../work-tree.ts';
import { SnapshotReader } from './snapshot.ts';
import type { ObjectReader } from './store.ts';
import { whyFailed } from './why-failed.ts';

/** Longest that git may take, in milliseconds. */
const localMs = 120_000;

/**
 * The commits of a checkout, which somebody else owns: they are read, and nothing else. Git is told where the repository is, so that it looks for none,
 * and its settings run no program.
 */
export class Checkout implements ObjectReader {
  readonly #tree: WorkTree;
  readonly #git: Git;
  readonly snapshots: SnapshotReader;

  constructor(tree: WorkTree, git: Git) {
    this.#tree = tree;
    this.#git = git;
    this.snapshots = new SnapshotReader(this);
  }

  /** The commit that a person means; undefined when there is none. @throws {ReconcilerError} E_SOURCE_UNREADABLE, E_ABORTED */
  async commitOf(revision: string, signal: AbortSignal): Promise<ObjectId | undefined> {
    const parameters = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`];
    const end = await this.run(parameters, { timeoutMs: localMs, signal });
    if (end.ended === 'exit' && end.code === 0) return parseObjectId(end.output.toString().trim());
    if (end.ended === 'exit' && end.code === 1) return undefined;
    throw this.failure('rev-parse', end);
  }

  run(parameters: readonly string[], run: GitRun): Promise<GitEnd> {
    return this.#git(['--git-dir', this.#tree.own, ...parameters], run);
  }

  async output(parameters: readonly string[], run: Partial<GitRun> = {}): Promise<Buffer> {
    const end = await this.run(parameters, { timeoutMs: localMs, ...run });
    if (end.ended === 'exit' && end.code === 0) return end.output;
    throw this.failure(parameters[0] ?? '', end);
  }

  failure(command: string, end: GitEnd): ReconcilerError {
    if (end.ended === 'killed' && end.why === 'stopped') return new ReconcilerError('E_ABORTED', {});
    return this.damage(whyFailed(command, end));
  }

  damage(reason: string): ReconcilerError {
    return new ReconcilerError('E_SOURCE_UNREADABLE', { path: this.#tree.top, reason });
  }
}
