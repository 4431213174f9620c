import { expect, test } from 'vitest';
import { makePlan } from '../../../src/reconcile/reconcile.ts';
import { aManifest } from '../../builders.ts';
import { FakeAccount } from '../../reconcile/fake-account.ts';

const sentence = 'paused until resumed: INC-42';

async function planned(account: FakeAccount, ...names: readonly string[]) {
  const paused = { applications: new Map(names.map((name) => [name, sentence])) };
  const { ports } = account;
  const { changes, skips } = await makePlan({ ...ports, rules: { ...ports.rules, paused } });
  const skipped = skips.filter(({ reason }) => reason === 'paused');
  return {
    changes: changes.map(({ action, name }) => `${action} ${name}`),
    paused: skipped.map(({ name, message, change }) => `${change?.action} ${name}: ${message}`),
  };
}

test('what a person has paused is shown and not done, whatever is to be done with it', async () => {
  const account = new FakeAccount();
  account.allow({ policy: 'sync', deletes: { max: 9, maxPercent: 100, per24h: 9 } });
  account.declare(...['Gone', 'Renamed', 'Kept'].map((name) => aManifest({ name })));
  await account.pass();
  account.declare(
    aManifest({ name: 'New name', formerly: ['Renamed'] }),
    aManifest({ name: 'Kept' }),
    aManifest({ name: 'New', formerly: [] }),
  );

  expect(await planned(account)).toEqual({ changes: ['update New name', 'create New', 'delete Gone'], paused: [] });
  expect(await planned(account, 'Gone', 'New', 'Renamed', 'Unheard of')).toEqual({
    changes: [],
    paused: [`delete Gone: ${sentence}`, `create New: ${sentence}`, `update New name: ${sentence}`],
  });
});
