import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type CommentEdit, commentEdits, type ExistingComment } from '../../../src/core/comments/comment-edits.ts';
import { accountMarker, allAccountsMarker } from '../../../src/core/comments/comment-marker.ts';
import type { PlanComment } from '../../../src/core/comments/plan-comments.ts';

function wanted(name: string, text = 'plan'): PlanComment {
  return { marker: accountMarker(name), body: `${accountMarker(name)}\n${text}\n` };
}

const whole = { partial: false };

test('what is there and equal stays, however the forge keeps line breaks', () => {
  const body = wanted('a').body.replaceAll('\n', '\r\n').trimEnd();

  expect(commentEdits([wanted('a')], [{ id: 1, body }], whole)).toEqual([
    { edit: 'kept', marker: accountMarker('a'), id: 1 },
  ]);
});

test('the oldest of an account is edited, later ones and those of other accounts no longer apply, others are left alone', () => {
  const existing = [
    { id: 1, body: 'a word' },
    { id: 2, body: `${accountMarker('a')}\nold` },
    { id: 3, body: `${accountMarker('a')}\nold` },
    { id: 4, body: `${accountMarker('<b>')}\nold` },
    { id: 5, body: `${allAccountsMarker}\nold` },
  ];

  const edits = commentEdits([wanted('a'), wanted('c')], existing, whole);

  expect(edits.map(({ edit, ...rest }) => [edit, 'id' in rest ? rest.id : undefined])).toEqual([
    ['replace', 2],
    ['retire', 3],
    ['retire', 4],
    ['retire', 5],
    ['create', undefined],
  ]);
  expect(edits[2]).toMatchObject({
    body: expect.stringContaining('### vonage-gitops plan for <code>"&#60;b&#62;"</code>\n\n**No longer applies.**'),
  });
  expect(edits[3]).toMatchObject({ body: expect.stringContaining('### vonage-gitops plan\n') });
});

test('a partial text retires second comments of its own accounts, and none of others', () => {
  const existing = ['a', 'a', 'b'].map((name, id) => ({ id, body: `${accountMarker(name)}\nold` }));

  const edits = commentEdits([wanted('a')], existing, { partial: true });

  expect(edits).toMatchObject([
    { edit: 'replace', id: 0 },
    { edit: 'retire', id: 1 },
  ]);
});

const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'));
const bodies = fc.array(
  fc.oneof(
    fc.constant('a word'),
    fc
      .tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.constantFrom('plan', 'old'))
      .map(([name, text]) => wanted(name, text).body),
  ),
);

test('after the edits nothing is to be edited, each account wanted has one comment that applies, and no comment is gone', () => {
  fc.assert(
    fc.property(names, bodies, (accounts, before) => {
      const target = accounts.map((name) => wanted(name));
      const existing = before.map((body, id) => ({ id, body }));
      const after = edited(existing, commentEdits(target, existing, whole));

      expect(commentEdits(target, after, whole).every(({ edit }) => edit === 'kept')).toBe(true);
      for (const { body } of target) expect(after.filter((comment) => comment.body === body)).toHaveLength(1);
      expect(after.length).toBeGreaterThanOrEqual(before.length);
    }),
  );
});

function edited(existing: readonly ExistingComment[], edits: readonly CommentEdit[]): readonly ExistingComment[] {
  const after = existing.map((comment) => {
    const edit = edits.find((one) => 'id' in one && one.id === comment.id);
    return edit !== undefined && 'body' in edit ? { ...comment, body: edit.body } : comment;
  });
  const created = edits.flatMap((edit) => (edit.edit === 'create' ? [edit.body] : []));
  return [...after, ...created.map((body, index) => ({ id: 100 + index, body }))];
}
