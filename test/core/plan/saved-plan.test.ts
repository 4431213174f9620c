import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ApplicationId } from '../../../src/core/application/application.ts';
import { ReconcilerError } from '../../../src/core/errors.ts';
import type { Change, Plan } from '../../../src/core/plan/plan.ts';
import { type MatchedPlan, matchSavedPlan, parseSavedPlan, type SavedPlan } from '../../../src/core/plan/saved-plan.ts';
import { planToJson } from '../../../src/core/render/json.ts';
import { aCreate, aDelete, aFullPlan, aManifest, anAdopt, anId, anUpdate, aPlan, aSkip } from '../render/a-plan.ts';

const context = { program: '0.1.0', account: 'main', accountHash: 'account-hash' };

const changed = aManifest({ hash: 'another' });

function saved(plan: Plan): SavedPlan {
  return parseSavedPlan(JSON.stringify(planToJson(plan, context)));
}

/** As matchSavedPlan, while nothing was recorded since the fresh plan. */
function match(plan: SavedPlan, fresh: Plan): MatchedPlan {
  return matchSavedPlan(plan, fresh, fresh.serial);
}

describe('reading a saved plan', () => {
  test('it comes back as it was written', () => {
    expect(saved(aFullPlan())).toStrictEqual(planToJson(aFullPlan(), context));
  });

  test.each([
    { title: 'is not JSON', text: 'changes:', reason: 'it is not JSON' },
    { title: 'is no object', text: '7', reason: 'its format is missing' },
    {
      title: 'is another document',
      text: '{"format":"vonage-gitops.report/1"}',
      reason: 'its format is "vonage-gitops.report/1"',
    },
    {
      title: 'is of a later version',
      text: '{"format":"vonage-gitops.plan/3"}',
      reason: 'its format is "vonage-gitops.plan/3"',
    },
    { title: 'lacks fields', text: '{"format":"vonage-gitops.plan/2"}', reason: 'serial: ' },
    {
      title: 'names no application',
      text: withMember({ changes: [{ action: 'delete', id: '../x' }] }),
      reason: 'changes.0.id',
    },
  ])('one that $title is refused with the reason', ({ text, reason }) => {
    const read = () => parseSavedPlan(text, 'plan.json');

    expect(read).toThrow(ReconcilerError);
    expect(read).toThrow(expect.objectContaining({ code: 'E_PLAN_FILE_INVALID' }));
    expect(read).toThrow(expect.objectContaining({ message: expect.stringContaining(reason) }));
    expect(read).toThrow(expect.objectContaining({ message: expect.stringContaining('plan.json') }));
  });

  test('the text of a file that is no JSON is not quoted: it may be a secret', () => {
    expect(() => parseSavedPlan('hunter2-pass', 'secret.txt')).not.toThrow(/hunter2/);
    expect(() => parseSavedPlan('hunter2-pass', 'secret.txt')).toThrow('it is not JSON. Create');
  });

  test('every mistake is told, and a file without a name is called the plan file', () => {
    const wrong = withMember({ serial: 'x', root: 7 });

    expect(() => parseSavedPlan(wrong)).toThrow(
      /^the plan file: .*root: .*; serial: |^the plan file: .*serial: .*; root: /,
    );
  });

  test('whatever the file holds, the only error is that it is no plan', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.object().map((object) => withMember(object)),
        ),
        (text) => {
          try {
            parseSavedPlan(text);
          } catch (error) {
            expect(error).toMatchObject({ code: 'E_PLAN_FILE_INVALID' });
          }
        },
      ),
    );
  });
});

function withMember(members: object): string {
  return JSON.stringify({ ...planToJson(aPlan(), context), ...members });
}

describe('matching a saved plan', () => {
  test('all of it can be carried out while nothing has changed, in the order of the fresh plan', () => {
    const plan = aFullPlan();
    const fresh = aPlan({ changes: plan.changes.toReversed() });

    expect(match(saved(plan), fresh)).toStrictEqual({
      changes: fresh.changes,
      done: [],
      stale: [],
    });
  });

  test('what was not approved is not carried out', () => {
    const approved = anUpdate();
    const fresh = aPlan({ changes: [approved, aCreate({ name: 'Later' }), aDelete({ id: anId(9), name: 'Older' })] });

    expect(match(saved(aPlan({ changes: [approved] })), fresh)).toStrictEqual({
      changes: [approved],
      done: [],
      stale: [],
    });
  });

  test.each<{
    title: string;
    was: Change;
    is?: Change;
    skip?: Parameters<typeof aSkip>[0];
    revision?: string;
    listed?: ApplicationId;
    reason: string;
  }>([
    { title: 'is no longer planned', was: anUpdate(), reason: 'no longer needs a change' },
    {
      title: 'is as another revision of its manifest says',
      was: anUpdate(),
      skip: { id: anId(1) },
      revision: 'later',
      reason: 'already matches the manifest',
    },
    { title: 'to delete is no longer owned', was: aDelete(), listed: anId(1), reason: 'no longer needs a change' },
    {
      title: 'is blocked by now',
      was: aDelete(),
      skip: { id: anId(1), reason: 'blocked', guard: 'deletes-max', message: '4 planned, 3 allowed' },
      reason: 'it is now blocked by guard deletes-max: 4 planned, 3 allowed',
    },
    { title: 'is held by now', was: anUpdate(), skip: { reason: 'held' }, reason: 'it is now held' },
    { title: 'would now be adopted', was: aCreate(), is: anAdopt(), reason: 'planned to create, would now adopt' },
    { title: 'would now be created', was: anUpdate(), is: aCreate(), reason: 'planned to update, would now create' },
    { title: 'would now be updated', was: anAdopt(), is: anUpdate(), reason: 'planned to adopt, would now update' },
    { title: 'would now be deleted', was: anUpdate(), is: aDelete(), reason: 'planned to update, would now delete' },
    { title: 'would now be kept', was: aDelete(), is: anUpdate(), reason: 'planned to delete, would now update' },
    { title: 'was renamed', was: anUpdate(), is: anUpdate({ name: 'Help' }), reason: 'its name would now be "Help"' },
    {
      title: 'has another manifest',
      was: anUpdate(),
      is: anUpdate({ manifest: changed }),
      reason: 'its manifest has changed',
    },
    {
      title: 'to adopt has another manifest',
      was: anAdopt(),
      is: anAdopt({ manifest: changed }),
      reason: 'its manifest',
    },
    {
      title: 'to create has another manifest',
      was: aCreate(),
      is: aCreate({ manifest: changed }),
      reason: 'its manifest',
    },
    { title: 'would replace another', was: aCreate(), is: aCreate({ replaces: anId(3) }), reason: 'replace another' },
    { title: 'changed at Vonage', was: anUpdate(), is: anUpdate({ base: 'other' }), reason: 'application has changed' },
    {
      title: 'would be written otherwise',
      was: anAdopt(),
      is: anAdopt({ diffHash: 'other' }),
      reason: 'application has changed',
    },
    {
      title: 'to delete changed at Vonage',
      was: aDelete(),
      is: aDelete({ base: 'other' }),
      reason: 'application has changed',
    },
  ])('a change to what $title is stale', ({ was, is, skip, revision, listed, reason }) => {
    const planned = aPlan({ changes: is === undefined ? [] : [is], skips: skip === undefined ? [] : [aSkip(skip)] });
    const ids = new Set(listed === undefined ? [] : [listed]);
    const fresh = {
      ...planned,
      content: revision ?? planned.content,
      listing: { ...planned.listing, ids },
    };

    const { changes, stale } = match(saved(aPlan({ changes: [was] })), fresh);

    expect(changes).toStrictEqual([]);
    expect(stale).toStrictEqual([expect.objectContaining({ name: 'Support', action: was.action })]);
    expect(stale[0]?.reason).toContain(reason);
    expect(stale[0]?.id).toBe(was.action === 'create' ? undefined : anId(1));
  });

  test.each<{ title: string; was: Change; skips: readonly Parameters<typeof aSkip>[0][] }>([
    { title: 'an update that was written', was: anUpdate(), skips: [{ id: anId(1) }] },
    { title: 'a create whose application is there', was: aCreate(), skips: [{ id: anId(1) }] },
    { title: 'an adoption', was: anAdopt(), skips: [{ id: anId(1) }] },
    {
      title: 'an update that the server rewrites',
      was: anUpdate(),
      skips: [
        { id: anId(1), reason: 'normalized' },
        { id: anId(1), reason: 'unproven' },
      ],
    },
    { title: 'a delete of what is neither listed nor owned', was: aDelete(), skips: [] },
  ])('$title is done already', ({ was, skips }) => {
    const fresh = aPlan({ skips: skips.map((skip) => aSkip(skip)) });

    const matched = match(saved(aPlan({ changes: [was] })), fresh);

    const id = was.action === 'create' ? {} : { id: anId(1) };
    expect(matched).toStrictEqual({ changes: [], done: [{ name: 'Support', action: was.action, ...id }], stale: [] });
  });

  test('a plan of an earlier version has the content as its revision', () => {
    const { content: _later, ...earlier } = saved(aPlan({ changes: [anUpdate()] }));

    const { done } = match(earlier, aPlan({ skips: [aSkip({ id: anId(1) })] }));

    expect(done).toHaveLength(1);
  });

  test.each([
    { title: 'something of it is left alone', skips: [{ id: anId(1) }, { id: anId(1), reason: 'blocked' as const }] },
    { title: 'another application of its name is meant', skips: [{ id: anId(2) }] },
    { title: 'it is missing', skips: [{ id: anId(1), reason: 'missing' as const }] },
  ])('an update is not done already when $title', ({ skips }) => {
    const fresh = aPlan({ skips: skips.map((skip) => aSkip(skip)) });

    const { done, stale } = match(saved(aPlan({ changes: [anUpdate()] })), fresh);

    expect([done.length, stale.length]).toEqual([0, 1]);
  });

  test.each([
    { title: 'it is still listed', ids: [anId(2), anId(1)], skips: [] },
    { title: 'it is still owned', ids: [anId(2)], skips: [{ id: anId(2), name: 'Other' }, { id: anId(1) }] },
  ])('a delete is not done already when $title', ({ ids, skips }) => {
    const planned = aPlan({ skips: skips.map((skip) => aSkip({ reason: 'kept', ...skip })) });
    const fresh = { ...planned, listing: { ...planned.listing, ids: new Set(ids) } };

    const { done, stale } = match(saved(aPlan({ changes: [aDelete()] })), fresh);

    expect([done.length, stale.length]).toEqual([0, 1]);
  });

  test('a delete is done already whatever else is listed and owned', () => {
    const planned = aPlan({ skips: [aSkip({ id: anId(2), name: 'Other' })] });
    const fresh = { ...planned, listing: { ...planned.listing, ids: new Set([anId(2)]) } };

    expect(match(saved(aPlan({ changes: [aDelete()] })), fresh)).toMatchObject({ done: [{ id: anId(1) }], stale: [] });
  });

  test('a delete needs the ledger it was planned from, other changes do not', () => {
    const remove = aDelete({ id: anId(2), name: 'Old' });
    const plan = aPlan({ serial: 7, changes: [anUpdate(), remove] });

    const { changes, stale } = matchSavedPlan(saved(plan), plan, 8);

    expect(changes).toStrictEqual([anUpdate()]);
    expect(stale).toStrictEqual([
      expect.objectContaining({ id: anId(2), reason: expect.stringContaining('serial 7, now 8') }),
    ]);
  });

  test('a create is compared with the create of its name, wherever that stands', () => {
    const changes = [anUpdate(), aCreate()];

    expect(match(saved(aPlan({ changes: [aCreate()] })), aPlan({ changes }))).toStrictEqual({
      changes: [aCreate()],
      done: [],
      stale: [],
    });
  });

  test('an update whose application is gone is compared with the create of its name alone', () => {
    const rename = anUpdate({ id: anId(5) });

    const { stale } = match(saved(aPlan({ changes: [anUpdate()] })), aPlan({ changes: [rename] }));

    expect(stale).toStrictEqual([
      { name: 'Support', id: anId(1), action: 'update', reason: 'it no longer needs a change' },
    ]);
  });

  test.each<{ title: string; was: Change; skips: readonly Parameters<typeof aSkip>[0][]; stale: object }>([
    {
      title: 'the skip of its id, not that of its name',
      was: anUpdate(),
      skips: [
        { id: anId(2), reason: 'held', message: 'of another' },
        { id: anId(1), reason: 'kept', message: '' },
      ],
      stale: { name: 'Support', id: anId(1), action: 'update', reason: 'it is now kept' },
    },
    {
      title: 'the skip of its name where that has no id',
      was: anUpdate(),
      skips: [
        { name: 'Another', reason: 'held' },
        { reason: 'paused', message: 'a person paused it' },
      ],
      stale: { name: 'Support', id: anId(1), action: 'update', reason: 'it is now paused: a person paused it' },
    },
    {
      title: 'the skip of its name where it is to be created',
      was: aCreate(),
      skips: [
        { id: anId(4), name: 'Another', reason: 'held' },
        { id: anId(4), reason: 'conflict', message: 'two of it' },
      ],
      stale: { name: 'Support', action: 'create', reason: 'it is now conflict: two of it' },
    },
  ])('what is stale tells $title', ({ was, skips, stale }) => {
    const fresh = aPlan({ skips: skips.map(aSkip) });

    expect(match(saved(aPlan({ changes: [was] })), fresh).stale).toStrictEqual([stale]);
  });

  test('what a person has paused is told apart from what is stale for good', () => {
    const fresh = aPlan({ skips: [aSkip({ id: anId(1), reason: 'paused', heldBack: true })] });

    expect(match(saved(aPlan({ changes: [anUpdate()] })), fresh).stale).toMatchObject([{ paused: true }]);
  });

  test('a create and a delete of one name are told apart', () => {
    const changes = [aCreate(), aDelete()];

    expect(match(saved(aPlan({ changes })), aPlan({ changes }))).toStrictEqual({ changes, done: [], stale: [] });
  });

  test('an approved delete is never taken for one of another application with that name', () => {
    const fresh = aPlan({ changes: [aDelete({ id: anId(2) })] });
    const listing = { ...fresh.listing, ids: new Set([anId(1), anId(2)]) };

    const { changes, stale } = match(saved(aPlan({ changes: [aDelete()] })), { ...fresh, listing });

    expect(changes).toStrictEqual([]);
    expect(stale).toHaveLength(1);
  });

  test('a change that stands twice in the file is carried out once', () => {
    const plan = aPlan({ changes: [anUpdate(), anUpdate()] });

    expect(match(saved(plan), aPlan({ changes: [anUpdate()] })).changes).toHaveLength(1);
  });
});
