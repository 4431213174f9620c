import { describe, expect, test } from 'vitest';
import { joinSignals, withSignals } from '../../src/core/signals.ts';

describe('joined signals', () => {
  test('abort with the first of several, and with its reason', () => {
    const [one, other] = [new AbortController(), new AbortController()];
    const { signal } = joinSignals(one.signal, undefined, other.signal);
    expect(signal.aborted).toBe(false);

    other.abort(new Error('the second'));
    one.abort(new Error('the first'));

    expect(signal.reason).toEqual(new Error('the second'));
  });

  test('are aborted from the start when one of them is', () => {
    const { signal } = joinSignals(new AbortController().signal, AbortSignal.abort('why'));

    expect([signal.aborted, signal.reason]).toEqual([true, 'why']);
  });

  test('of none never abort', () => {
    expect(joinSignals(undefined).signal.aborted).toBe(false);
  });

  test('listen no longer once they are released', () => {
    const source = new AbortController();
    const { signal, release } = joinSignals(source.signal);

    release();
    source.abort();

    expect(signal.aborted).toBe(false);
  });
});

describe('work under joined signals', () => {
  test('gets one that aborts with them, and its result is passed on', async () => {
    const source = new AbortController();

    const seen = await withSignals([source.signal, undefined], async (signal) => {
      source.abort('why');
      return signal.reason;
    });

    expect(seen).toBe('why');
  });

  test.each([
    { title: 'that succeeds', fails: false },
    { title: 'that fails', fails: true },
  ])('$title leaves no listener behind', async ({ fails }) => {
    const source = new AbortController();
    let joined: AbortSignal | undefined;

    const work = withSignals([source.signal], async (signal) => {
      joined = signal;
      if (fails) throw new Error('it fails');
    });
    await (fails ? expect(work).rejects.toThrow('it fails') : work);
    source.abort();

    expect(joined?.aborted).toBe(false);
  });
});
