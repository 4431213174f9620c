import { describe, expect, test } from 'vitest';
import type { MemberChange } from '../../../src/core/plan/plan.ts';
import { finder } from '../../../src/core/redact/scrubber.ts';
import { withoutValues } from '../../../src/core/redact/shown-members.ts';
import { aLedger, anApplication, anEntry, anId } from '../../builders.ts';
import { planOf } from '../plan-of.ts';

const value = 'T0P-"S3CR3T';
const shown = '(sensitive)';

/** A plan whose one change deletes an application with this address. */
function deleting(address: string) {
  const body = { name: 'Old', capabilities: { voice: { webhooks: { answer_url: { address } } } } };
  const entry = anEntry({ id: anId(1), name: 'Old', origin: 'created' });
  return planOf({
    applications: [anApplication({ id: anId(1), name: 'Old', body })],
    owned: aLedger({ entries: [entry] }),
    policy: { policy: 'sync', allowEmpty: true },
  });
}

const path = '/capabilities/voice/webhooks/answer_url/address';
const addressIn = (members: readonly MemberChange[] | undefined) => members?.find((member) => member.path === path);

describe('a live value from the environment', () => {
  test.each([
    { title: 'alone', address: value },
    { title: 'inside a longer text', address: `https://a.example/?token=${value}&more` },
  ])('is not shown by a delete, $title', ({ address }) => {
    const [change] = withoutValues(deleting(address), [value]).changes;

    expect(addressIn(change?.members)).toStrictEqual({ path, before: shown });
  });

  test('is not shown by what is left alone', () => {
    const plan = deleting(value);
    const [change] = plan.changes;
    if (change === undefined) throw new Error('no delete is planned');
    const skips = [
      { reason: 'normalized', name: 'Old', message: '', members: change.members },
      { reason: 'blocked', name: 'Old', message: '', change },
    ] as const;

    const [rewritten, blocked] = withoutValues({ ...plan, changes: [], skips }, [value]).skips;

    expect(addressIn(rewritten?.members)).toStrictEqual({ path, before: shown });
    expect(addressIn(blocked?.change?.members)).toStrictEqual({ path, before: shown });
  });

  test('hides nothing else', () => {
    const plan = deleting('https://a.example/');

    expect(withoutValues(plan, [value])).toStrictEqual(plan);
  });

  test.each([{ values: undefined }, { values: [] }, { values: ['short'] }])(
    'is not looked for among $values',
    ({ values }) => {
      const plan = deleting('https://short.example/');

      expect(withoutValues(plan, values)).toBe(plan);
    },
  );

  test('hides a value of eight characters, and a field that is new shows as it is', () => {
    const member = { path: '/name', after: 'a text' };
    const plan = deleting('12345678');
    const changes = plan.changes.map((change) => ({ ...change, members: [...change.members, member] }));

    const [change] = withoutValues({ ...plan, changes }, ['another value', '12345678']).changes;

    expect(addressIn(change?.members)).toStrictEqual({ path, before: shown });
    expect(change?.members).toContainEqual(member);
  });

  test('is found in text that holds it', () => {
    expect(finder([value])?.(`a ${value} b`)).toBe(true);
    expect(finder([value])?.('a b')).toBe(false);
    expect(finder([])).toBeUndefined();
  });
});
