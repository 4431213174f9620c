import { describe, expect, test } from 'vitest';
import type { CommitInfo, History } from '../../src/core/git/commit-info.ts';
import { noOverrides } from '../../src/core/plan/policy.ts';
import type { DesiredSource } from '../../src/reconcile/ports.ts';
import { reconcile } from '../../src/reconcile/reconcile.ts';
import { aDesiredState, aManifest, anObjectId } from '../builders.ts';
import { FakeAccount } from './fake-account.ts';

const settleMs = 10 * 60_000;

/** A commit with the manifests of these names; `path` is all that lead to it, itself last. */
interface Commit {
  readonly names: readonly string[];
  readonly path: readonly string[];
}

const first = { names: ['Kept'], path: ['a'] };
const second = { names: ['Kept', 'Late'], path: ['a', 'b'] };
const removing = { names: ['Kept'], path: ['a', 'b', 'c'] };
const elsewhere = { names: ['Kept'], path: ['x'] };

function infoOf({ path }: Commit): CommitInfo {
  const id = anObjectId((path.at(-1) ?? '').replace('x', 'e'));
  return { id, author: 'Ann', subject: `Commit ${path.join('')}`, at: 0 };
}

/** An account whose manifests come from a repository. */
class GitAccount extends FakeAccount {
  readonly #commits: Commit[] = [];
  at: Commit = first;
  signer: string | undefined;

  constructor() {
    super();
    this.allow({ policy: 'sync', deletes: { max: 9, maxPercent: 100, per24h: 9 } });
  }

  async passAt(commit: Commit, allowDeletes?: number) {
    this.clock.advance(settleMs);
    this.at = commit;
    this.#commits.push(commit);
    this.rules = {
      ...this.rules,
      overrides: allowDeletes === undefined ? noOverrides : { ...noOverrides, allowDeletes },
    };
    return reconcile({ ...this.ports, source: this.source }, new AbortController().signal);
  }

  get source(): DesiredSource {
    return {
      load: async ({ since } = {}) => {
        const { names, path } = this.at;
        const commit = { ...infoOf(this.at), ...(this.signer === undefined ? {} : { signer: this.signer }) };
        const before = this.#commits.find((one) => infoOf(one).id === since?.commit);
        const history: { history?: History } = before === undefined ? {} : { history: historyOf(before, this.at) };
        const manifests = names.map((name) => aManifest({ name, formerly: [] }));
        const revision = { id: commit.id, content: names.join(), commit };
        return aDesiredState({
          root: 'git:x//',
          source: 'git:x//',
          manifests,
          revision,
          ...history,
          hiddenValues: [path.join()],
        });
      },
      whoRemoved: async (file) => (file === 'Late.yaml' ? infoOf(this.at) : undefined),
    };
  }

  get late() {
    return [...this.ledger.disk.entries.values()].find(({ name }) => name === 'Late');
  }
}

function historyOf(from: Commit, { path }: Commit): History {
  const [earlier, later] = [from.path.join('/'), path.join('/')];
  if (earlier === later) return 'same';
  if (later.startsWith(earlier)) return 'descendant';
  return earlier.startsWith(later) ? 'rewound' : 'unrelated';
}

describe('manifests of a repository', () => {
  test('what was applied is recorded with the first pass that writes, and with each one of other content', async () => {
    const account = new GitAccount();

    await account.passAt(first);
    expect(account.ledger.disk.applied).toEqual({ source: 'git:x//', commit: infoOf(first).id, content: 'Kept' });

    await account.passAt({ ...first, path: ['a', 'd'] });
    expect(account.ledger.disk.applied).toMatchObject({ commit: infoOf(first).id });

    await account.passAt(second);
    expect(account.ledger.disk.applied).toMatchObject({ commit: infoOf(second).id, content: 'Kept,Late' });
  });

  test('each commit whose signature counted is recorded: until it is, its signer may be taken out', async () => {
    const account = new GitAccount();
    account.signer = 'ann@example.com';
    await account.passAt(first);

    await account.passAt(first);
    const { serial } = account.ledger.disk;
    await account.passAt({ ...first, path: ['a', 'd'] });

    expect(account.ledger.disk.applied).toMatchObject({ commit: anObjectId('d'), content: 'Kept' });
    expect(account.ledger.disk.serial).toBe(serial + 1);
  });

  test('a removed manifest deletes, and the plan says which commit removed it', async () => {
    const account = new GitAccount();
    await account.passAt(second);

    const { plan, results } = await account.passAt(removing);

    expect(plan.changes).toMatchObject([{ action: 'delete', name: 'Late', removedIn: infoOf(removing) }]);
    expect(results).toMatchObject([{ outcome: 'applied' }]);
    expect(account.log.lines).toContainEqual(
      expect.objectContaining({
        fields: expect.objectContaining({ removedIn: expect.stringMatching(/^c{12} by Ann/) }),
      }),
    );
  });

  test.each([
    { title: 'an earlier commit', commit: first },
    { title: 'an unrelated commit', commit: elsewhere },
  ])('$title deletes nothing, neither in its own pass nor in the next ones', async ({ commit }) => {
    const account = new GitAccount();
    await account.passAt(second);

    const { plan } = await account.passAt(commit);
    expect(plan.guards).toMatchObject([{ guard: 'rewound', blocked: 1 }]);
    expect(account.late?.orphaned).toMatchObject({ cause: 'rewound' });

    const later = await account.passAt(commit);
    expect(later.plan.changes).toEqual([]);
    expect(later.plan.skips).toContainEqual(
      expect.objectContaining({ reason: 'kept', name: 'Late', message: expect.stringContaining('went back') }),
    );
    expect(account.requests.remove).toBe(0);
  });

  test('a person may allow the deletes of an earlier commit, in its own pass and later', async () => {
    const account = new GitAccount();
    await account.passAt(second);
    await account.passAt(first);

    await account.passAt(first, 1);
    expect(account.late).toBeUndefined();

    const other = new GitAccount();
    await other.passAt(second);
    await other.passAt(first, 1);
    expect(other.late).toBeUndefined();
  });

  test('an application whose manifest returns is as it was before, and its later removal deletes', async () => {
    const account = new GitAccount();
    await account.passAt(second);
    await account.passAt(first);

    await account.passAt(second);
    expect(account.late).toBeDefined();
    expect(account.late?.orphaned).toBeUndefined();

    await account.passAt(removing);
    expect(account.late).toBeUndefined();
  });

  test('one that is to be given up stays managed when the source goes back', async () => {
    const account = new GitAccount();
    account.allow({ deletionPolicy: 'orphan' });
    await account.passAt(second);

    const { plan } = await account.passAt(first);

    expect(plan.skips).toContainEqual(expect.objectContaining({ reason: 'kept', name: 'Late' }));
    expect(account.late?.orphaned).toMatchObject({ cause: 'rewound' });
  });

  test('another commit with the same manifests is no way back, and is what later ones are compared with', async () => {
    const account = new GitAccount();
    await account.passAt(second);
    const rebased = { names: second.names, path: ['x'] };

    const { plan } = await account.passAt(rebased);
    expect(plan.guards).toEqual([]);
    expect(account.ledger.disk.applied).toMatchObject({ commit: infoOf(rebased).id });

    await account.passAt({ names: first.names, path: ['x', 'f'] });
    expect(account.late).toBeUndefined();
  });

  test('a delete that is blocked names the commit, too; a source that cannot tell does not', async () => {
    const account = new GitAccount();
    await account.passAt(second);
    account.allow({ deletes: { max: 0, maxPercent: 0, per24h: 9 } });
    account.at = removing;
    account.clock.advance(settleMs);

    const { plan } = await reconcile({ ...account.ports, source: account.source }, new AbortController().signal);
    const blocked = plan.skips.filter(({ reason }) => reason === 'blocked');
    expect(blocked).toMatchObject([{ guard: 'deletes-max', change: { removedIn: infoOf(removing) } }]);
    expect(account.late?.orphaned).toMatchObject({ removedIn: infoOf(removing) });

    const later = await account.passAt({ ...removing, path: [...removing.path, 'd'] }, 1);
    expect(later.plan.changes).toMatchObject([{ action: 'delete', removedIn: infoOf(removing) }]);

    const other = new GitAccount();
    await other.passAt(second);
    other.at = removing;
    other.clock.advance(settleMs);
    const { load } = other.source;
    const untold = await reconcile({ ...other.ports, source: { load } }, new AbortController().signal);
    expect(untold.plan.changes).toMatchObject([{ action: 'delete', name: 'Late' }]);
    expect(untold.plan.changes[0]).not.toHaveProperty('removedIn');
  });

  test('of more deletes than anybody reads, the first ones are told with their commits', async () => {
    const names = Array.from({ length: 60 }, (_, at) => `App ${at}`);
    const account = new GitAccount();
    account.allow({ deletes: { max: 99, maxPercent: 100, per24h: 99 } });
    const source = account.source;
    let asked = 0;
    const counting: DesiredSource = {
      load: source.load,
      whoRemoved: async () => {
        asked += 1;
        return undefined;
      },
    };
    await account.passAt({ names: ['Kept', ...names], path: ['a'] });
    account.at = { names: ['Kept'], path: ['a', 'b'] };
    account.clock.advance(settleMs);

    const { plan } = await reconcile({ ...account.ports, source: counting }, new AbortController().signal);

    expect(plan.changes).toHaveLength(60);
    expect(asked).toBe(50);
  });
});
