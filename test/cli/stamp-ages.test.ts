import { expect, test } from 'vitest';
import { accountSpecs, stampAges } from '../../src/app/daemon/daemon-accounts.ts';
import { openSession } from '../../src/app/session.ts';
import { SeenLedgers } from '../../src/ledger/seen-ledgers.ts';
import { anIntent } from '../builders.ts';
import { shiftedClock, testWorld, withEmulator } from './world.ts';

const dayMs = 86_400_000;

test('a daemon that opens an account again still knows how long a lost create has been waited for', () =>
  withEmulator(async ({ cwd, environment, state }) => {
    const clock = shiftedClock();
    const { context } = testWorld({ cwd, environment, clock });
    const session = await openSession({ context, options: { state, color: 'never', logLevel: 'silent' } });
    const ages = stampAges(context);
    const shared = { abortNow: context.stop, observe: () => undefined, lastGood: false, ages, seen: new SeenLedgers() };
    const at = clock.now();
    const intent = anIntent({ name: 'Support', fingerprint: 'f'.repeat(64), postedAt: at, endedAt: at });
    const open = async () => {
      const [account] = await Promise.all(accountSpecs(session, shared).map((spec) => spec.open()));
      if (account === undefined) throw new Error('there is always one account');
      await account.ports.ledger.load();
      return account;
    };
    const first = await open();
    await first.ports.ledger.record([{ kind: 'intent', intent }], { durable: true });
    await first.close();

    clock.advance(dayMs);
    const { ports, close } = await open();
    const [lost] = ports.ledger.measured(ports.ledger.current(), clock.now()).intents;
    await close();

    expect(clock.now() - (lost?.endedAt ?? 0)).toBeLessThan(dayMs);
    expect(ages('other')).not.toBe(ages('default'));
  }));
