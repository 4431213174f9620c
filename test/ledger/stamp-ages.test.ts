import { describe, expect, test } from 'vitest';
import type { LedgerEntry } from '../../src/core/ledger/ledger.ts';
import { StampAges } from '../../src/ledger/stamp-ages.ts';
import { aLedger, anEntry, anIntent } from '../builders.ts';
import { FakeClock } from '../reconcile/fake-clock.ts';
import { aFolder, aLedgerFile } from './builders.ts';

const dayMs = 24 * 60 * 60 * 1000;

describe('the stamps of a ledger', () => {
  test.each(['boundAt', 'writtenAt', 'missingAt'] as const)('%s of an entry is measured as well', (member) => {
    const time = new FakeClock();
    const ages = new StampAges(time);
    const ledger = aLedger({ entries: [anEntry({ [member]: time.now() - 5_000 })] });
    ages.read(ledger);

    time.set(dayMs);
    time.advance(1_000);
    const [entry] = ages.measured(ledger, time.now()).entries.values();

    expect(entry?.[member]).toBe(time.now() - 6_000);
  });

  test('stay as they are while nobody sets the clock', () => {
    const time = new FakeClock();
    const ages = new StampAges(time);
    const intent = anIntent({ name: 'Support', postedAt: time.now(), endedAt: time.now() });
    const ledger = aLedger({ entries: [anEntry({ writtenAt: time.now() })], intents: [intent] });
    ages.read(ledger);
    time.advance(1_000);

    expect(ages.measured(ledger, time.now())).toBe(ledger);
  });

  test.each<{ title: string; record: (at: number) => Parameters<StampAges['recorded']>[0][number] }>([
    { title: 'an entry', record: (at) => ({ kind: 'entry', entry: anEntry({ missingAt: at }) }) },
    { title: 'a look', record: (at) => ({ kind: 'missing', id: anEntry().id, at }) },
  ])('are measured from when $title is recorded', ({ record }) => {
    const time = new FakeClock();
    const ages = new StampAges(time);
    const at = time.now();

    ages.recorded([record(at), { kind: 'seen', id: anEntry().id }]);
    time.set(dayMs);
    const ledger = aLedger({ entries: [anEntry({ missingAt: at })] });
    ages.read(ledger);
    const [entry] = ages.measured(ledger, time.now()).entries.values();

    expect(entry?.missingAt).toBe(time.now());
  });

  test('that were met before are not met anew when they are recorded again', () => {
    const time = new FakeClock();
    const ages = new StampAges(time);
    const entry: LedgerEntry = anEntry({ boundAt: time.now() });
    const ledger = aLedger({ entries: [entry] });
    ages.read(ledger);
    time.advance(7_000);
    time.set(-dayMs);

    ages.recorded([{ kind: 'entry', entry }]);

    const [after] = ages.measured(ledger, time.now()).entries.values();
    expect(after?.boundAt).toBe(time.now() - 7_000);
  });

  test('are forgotten an hour after the ledger has lost them, and not before', () => {
    const time = new FakeClock();
    const ages = new StampAges(time);
    const ledger = aLedger({ entries: [anEntry({ boundAt: time.now() })] });
    const bound = () => [...ages.measured(ledger, time.now()).entries.values()].map(({ boundAt = 0 }) => boundAt);
    ages.read(ledger);
    time.set(dayMs);

    time.advance(3_599_000);
    ages.read(aLedger());
    const kept = bound();
    const keptAt = time.now();
    time.advance(1_000);
    ages.read(aLedger());
    const forgotten = bound();

    expect(kept).toEqual([keptAt - 3_599_000]);
    expect(forgotten).toEqual([time.now() - dayMs - 3_600_000]);
  });
});

describe('a ledger file', () => {
  const endedAt = (ledger: { readonly intents: readonly { readonly endedAt?: number }[] }) =>
    ledger.intents[0]?.endedAt;

  test('measures what it recorded, however often the account is opened anew in one process', async () => {
    const folder = await aFolder();
    const time = new FakeClock();
    const ages = new StampAges(time);
    const intent = anIntent({
      name: 'Support',
      fingerprint: 'f'.repeat(64),
      postedAt: time.now(),
      endedAt: time.now(),
    });
    await aLedgerFile(folder, { ages }).record([{ kind: 'intent', intent }], { durable: true });
    time.set(dayMs);
    time.advance(1_000);

    const again = aLedgerFile(folder, { ages });
    const ledger = await again.load();

    expect(endedAt(ledger)).toBe(intent.endedAt);
    expect(endedAt(again.measured(ledger, time.now()))).toBe(time.now() - 1_000);
  });

  test('measures from when it was read what another process recorded', async () => {
    const folder = await aFolder();
    const time = new FakeClock();
    const intent = anIntent({ name: 'Support', fingerprint: 'f'.repeat(64), postedAt: 1, endedAt: time.now() });
    await aLedgerFile(folder).record([{ kind: 'intent', intent }], { durable: true });
    time.advance(2_000);
    const file = aLedgerFile(folder, { ages: new StampAges(time) });
    const ledger = await file.load();
    time.set(dayMs);
    time.advance(1_000);

    expect(endedAt(file.measured(ledger, time.now()))).toBe(time.now() - 3_000);
  });

  test('that nobody measures for has stamps as old as they say', async () => {
    const file = aLedgerFile(await aFolder());
    const ledger = await file.load();

    expect(file.measured(ledger, 1)).toBe(ledger);
  });
});
