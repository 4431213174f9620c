import { describe, expect, test } from 'vitest';
import { defaultPolicy } from '../../../src/core/plan/policy.ts';
import { aLedger, aManifest, anApplication, anEntry, anId, anIntent } from '../../builders.ts';
import { type Given, planOf } from '../plan-of.ts';

const settleMs = defaultPolicy.creates.settleSeconds * 1000;
const now = 1_000_000_000;
const manifest = aManifest({ name: 'Support' });
const other = aManifest({ name: 'Other' });
const otherLive = anApplication({ id: anId(2), name: 'Other' });

/** "Support" is owned and not listed; "Other" is as declared. */
function missing(given: Given = {}, entry: Parameters<typeof anEntry>[0] = {}): Given {
  return {
    manifests: [manifest, other],
    applications: [otherLive],
    owned: aLedger({
      entries: [anEntry({ id: anId(1), manifest, ...entry }), anEntry({ id: anId(2), manifest: other })],
    }),
    live: { missing: [anId(1)] },
    now,
    listedAt: now + 500,
    ...given,
  };
}

/** A create of "Support" may have been made. */
function undecided(endedAt: number | undefined, more: Given = {}): Given {
  const intent = anIntent({ name: 'Support', postedAt: now - 5_000, ...(endedAt === undefined ? {} : { endedAt }) });
  return { manifests: [manifest], owned: aLedger({ intents: [intent] }), now, listedAt: now + 500, ...more };
}

describe('when all that is open can be decided', () => {
  test.each([
    {
      title: 'what is missing for the first time: a settle time after this look',
      given: missing(),
      at: 500 + settleMs,
    },
    {
      title: 'what was missing before: a settle time after that look',
      given: missing({}, { missingAt: now - 1_000 }),
      at: settleMs - 1_000,
    },
    {
      title: 'what was written just now: a settle time after that',
      given: missing({}, { writtenAt: now - 2_000 }),
      at: settleMs - 2_000,
    },
    { title: 'a create that ended: a settle time after its end', given: undecided(now - 1_000), at: settleMs - 1_000 },
    {
      title: 'a create that may still be in progress: a settle time from now',
      given: undecided(undefined),
      at: settleMs,
    },
    {
      title: 'of both, the later',
      given: {
        ...missing(),
        owned: aLedger({
          entries: [anEntry({ id: anId(2), manifest: other, name: 'Other' }), anEntry({ id: anId(1), manifest })],
          intents: [anIntent({ name: 'New', postedAt: now - 5_000, endedAt: now - 4_000 })],
        }),
        manifests: [manifest, other, aManifest({ name: 'New' })],
      },
      at: 500 + settleMs,
    },
  ])('$title', ({ given, at }) => {
    expect(planOf(given).settlesAt).toBe(now + at);
  });

  test.each([
    { title: 'nothing is open', given: missing({ applications: [otherLive, anApplication({ id: anId(1) })] }) },
    { title: 'the API was not asked', given: missing({ live: { unconfirmed: [anId(1)] } }) },
    { title: 'it is not selected', given: missing({ selection: { only: ['Other'] } }) },
    {
      title: 'the create is of another name, which is open to nobody',
      given: { ...undecided(now), manifests: [other] },
    },
  ])('never, where $title', ({ given }) => {
    expect(planOf(given)).not.toHaveProperty('settlesAt');
  });
});
