import { expect, test } from 'vitest';
import { commitPlanDocument } from '../../src/status/commit-plan-document.ts';
import { commitPlanRequestSchema, commitPlanSchema } from '../../src/status/commit-plan-schema.ts';
import { idOf } from '../source/git/a-repository.ts';

const accepted = { id: idOf('b'.repeat(40)), author: 'Ann', subject: 'Add Sales', at: 0 };
const planned = {
  source: 'voice',
  commit: { ...accepted, id: idOf('a'.repeat(40)) },
  accepted,
  merge: 'clean',
  verdict: 'not-asked',
  isShallow: false,
} as const;

test('the document of a commit says what it is planned with, and is as its schema says', () => {
  const document = commitPlanDocument(planned, { at: 0, plans: [], errors: [], untouched: ['other'] });

  expect(commitPlanSchema.parse(document)).toEqual({
    format: 'vonage-gitops.commit-plan/1',
    at: '1970-01-01T00:00:00.000Z',
    source: 'voice',
    commit: { id: 'a'.repeat(40), author: 'Ann', subject: 'Add Sales', at: '1970-01-01T00:00:00.000Z' },
    accepted: expect.objectContaining({ id: 'b'.repeat(40) }),
    merge: 'clean',
    upToDate: true,
    verified: false,
    notices: [expect.stringMatching(/^not verified/), expect.stringMatching(/merge/)],
    plans: [],
    errors: [],
    untouched: ['other'],
  });
});

test('a request names a commit, and takes nothing that is not known', () => {
  expect(commitPlanRequestSchema.safeParse({ commit: 'a' }).success).toBe(true);
  expect(commitPlanRequestSchema.safeParse({ commit: 'a', ref: 'main' }).success).toBe(false);
});
