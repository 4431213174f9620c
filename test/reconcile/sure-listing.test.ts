import { expect, test } from 'vitest';
import type { LiveState } from '../../src/core/application/application.ts';
import { sureListing } from '../../src/reconcile/listing.ts';
import { aLiveState, anApplication, anId } from '../builders.ts';

const signal = new AbortController().signal;
const many = (first: number) => Array.from({ length: 101 }, (_, index) => anApplication({ id: anId(first + index) }));

function listing(...answers: readonly LiveState[]) {
  const left = [...answers];
  const api = { list: async () => left.shift() ?? aLiveState(), get: async () => undefined };
  return sureListing(api, { confirm: [], what: 'keys prune', signal });
}

test('one page that is stable is sure, and several that agree are', async () => {
  expect(await listing(aLiveState())).toMatchObject({ stable: true });
  expect((await listing(aLiveState({ applications: many(1) }), aLiveState({ applications: many(1) }))).stable).toBe(
    true,
  );
});

test.each([
  {
    title: 'it changed while it was read',
    answers: [aLiveState({ stable: false })],
    says: 'changed while it was read',
  },
  {
    title: 'several pages do not agree',
    answers: [aLiveState({ applications: many(1) }), aLiveState({ applications: many(2) })],
    says: 'changed while it was read',
  },
  {
    title: 'the second reading changed',
    answers: [aLiveState({ applications: many(1) }), aLiveState({ applications: many(1), stable: false })],
    says: 'changed while it was read',
  },
  {
    title: 'an application cannot be read',
    answers: [aLiveState({ stable: false, unreadable: [{ where: 'x', problem: '"id" is null' }] })],
    says: 'cannot be read (x: "id" is null)',
  },
  { title: 'it was not counted', answers: [aLiveState({ uncounted: true })], says: 'did not say how many' },
])('it is refused when $title', async ({ answers, says }) => {
  await expect(listing(...answers)).rejects.toMatchObject({
    code: 'E_REFUSED',
    message: expect.stringContaining(says),
  });
});
