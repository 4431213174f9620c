import { listingDoubt, uncountedDoubt } from '../application/listing-doubt.ts';
import { describeMove } from '../ledger/source-standing.ts';
import { plural } from '../plural.ts';
import { isComplete } from './broken-manifests.ts';
import { hasForeignKey } from './decide.ts';
import type { Notice } from './notice.ts';
import type { Pairing } from './pairing.ts';
import type { PlanInput } from './plan-input.ts';
import { clockSkew } from './server-time.ts';
import { twinNotices } from './twins.ts';

/** What a person should know that no change and no skip says. */
export function noticesOf(
  input: Pick<PlanInput, 'desired' | 'live' | 'owned' | 'policy' | 'now' | 'otherLedger'>,
  pairings: readonly Pairing[],
): readonly Notice[] {
  return [
    ...listingNotices(input),
    ...sourceNotices(input),
    ...keyNotices(pairings),
    ...unprovenNotices(input),
    ...twinNotices({ ...input, pairings }),
  ];
}

function listingNotices({
  desired,
  live,
  owned,
  now,
  otherLedger,
}: Pick<PlanInput, 'desired' | 'live' | 'owned' | 'now' | 'otherLedger'>): readonly Notice[] {
  const notices: Notice[] = [];
  if (!owned.known) notices.push({ kind: 'no-ledger', message: 'no ledger: ownership and deletes unknown' });
  if (otherLedger !== undefined) notices.push({ kind: 'other-ledger', message: otherLedger });
  const doubt = listingDoubt(live);
  if (doubt !== undefined) {
    const kind = live.unreadable === undefined ? 'unstable-listing' : 'unreadable-application';
    notices.push({ kind, message: `${doubt}: only pinned and owned applications are updated` });
  }
  if (live.uncounted === true) {
    const message = `${uncountedDoubt}: nothing is deleted, and nothing counts as missing`;
    notices.push({ kind: 'uncounted-listing', message });
  }
  if (!isComplete({ desired, owned })) {
    const message = 'some manifests are invalid: their applications are left unchanged and nothing is deleted';
    notices.push({ kind: 'incomplete', message });
  }
  const skew = clockSkew(live, now);
  if (skew !== undefined) notices.push({ kind: 'clock-skew', message: skew });
  return notices;
}

/** Manifests that come from elsewhere than before: why nothing is deleted, even where nothing is to be. */
function sourceNotices(input: Pick<PlanInput, 'desired' | 'owned' | 'policy'>): readonly Notice[] {
  const message = describeMove(input);
  return message === undefined ? [] : [{ kind: 'source', message }];
}

function keyNotices(pairings: readonly Pairing[]): readonly Notice[] {
  const foreign = pairings.filter(
    (pairing) => pairing.kind === 'owned' && hasForeignKey(pairing.manifest, pairing.application, pairing.entry),
  );
  return foreign.map(({ manifest: { name } }) => {
    const message = `the live public key of "${name}" does not match the private key in the key directory: rotate-key creates a new key pair`;
    return { kind: 'key-mismatch', message, name };
  });
}

/** Once for the account: an API that shows no keys shows none of any application. */
function unprovenNotices({ owned }: Pick<PlanInput, 'owned'>): readonly Notice[] {
  const unproven = [...owned.entries.values()].filter(({ keyUnproven }) => keyUnproven === true);
  if (unproven.length === 0) return [];
  const count = plural(unproven.length, 'application was', 'applications were');
  const message = `key unproven: ${count} accepted by id and name when created, because the API returned no public key`;
  return [{ kind: 'key-unproven', message }];
}
