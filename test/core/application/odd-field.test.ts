import { describe, expect, test } from 'vitest';
import { listingDoubt, listingMisses } from '../../../src/core/application/listing-doubt.ts';
import { kindWords, oddField } from '../../../src/core/application/odd-field.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { aLiveState, anId } from '../../builders.ts';

describe('a field of another type than the API gives it', () => {
  test.each<{ readonly body: JsonObject; readonly odd: string }>([
    { body: { capabilities: [] }, odd: '/capabilities is a list' },
    { body: { capabilities: 'voice' }, odd: '/capabilities is text' },
    { body: { privacy: true }, odd: '/privacy is a boolean' },
    { body: { keys: 7 }, odd: '/keys is a number' },
    { body: { keys: { public_key: { pem: 'x' } } }, odd: '/keys/public_key is an object' },
    { body: { capabilities: { voice: 'on' } }, odd: '/capabilities/voice is text' },
    { body: { capabilities: { messages: { webhooks: [] } } }, odd: '/capabilities/messages/webhooks is a list' },
    {
      body: { capabilities: { voice: { webhooks: { answer_url: 'https://example.com' } } } },
      odd: '/capabilities/voice/webhooks/answer_url is text',
    },
  ])('$odd', ({ body, odd }) => {
    expect(oddField(body)).toBe(odd);
  });

  test.each<{ readonly title: string; readonly body: JsonObject }>([
    { title: 'an empty body', body: {} },
    { title: 'null, which is absent', body: { capabilities: { voice: { webhooks: null }, rtc: null }, keys: null } },
    { title: 'a null key', body: { keys: { public_key: null } } },
    {
      title: 'capabilities and webhooks nobody knows',
      body: { capabilities: { new: 1, voice: { webhooks: { x: 1 } } } },
    },
    { title: 'values out of their range', body: { capabilities: { voice: { conversations_ttl: 'long' } } } },
  ])('is not seen in $title', ({ body }) => {
    expect(oddField(body)).toBeUndefined();
  });

  test.each([
    [undefined, 'missing'],
    [null, 'null'],
    [{}, 'an object'],
  ] as const)('%o is %s', (value, words) => {
    expect(kindWords(value)).toBe(words);
  });
});

describe('why a listing may miss applications', () => {
  const unreadable = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      id: anId(index + 1),
      where: anId(index + 1),
      problem: '"name" is null',
    }));

  test('is nothing, where it is complete', () => {
    expect([listingDoubt(aLiveState()), listingMisses(aLiveState())]).toEqual([undefined, undefined]);
  });

  test('is that it changed', () => {
    expect(listingDoubt(aLiveState({ stable: false }))).toBe('the listing changed while it was read');
    expect(listingMisses(aLiveState({ stable: false }))).toContain('run plan again');
  });

  test.each([
    { count: 1, words: `an application that cannot be read (${anId(1)}: "name" is null)` },
    { count: 2, words: `2 applications that cannot be read (${anId(1)}: "name" is null; ${anId(2)}: "name" is null)` },
    { count: 5, words: '5 applications that cannot be read' },
  ])('is $count that cannot be read', ({ count, words }) => {
    const live = aLiveState({ stable: false, unreadable: unreadable(count) });

    expect(listingDoubt(live)).toContain(words);
    expect(listingMisses(live)).toContain('correct it in the dashboard');
    if (count > 3) expect(listingDoubt(live)).toContain('; and 2 more)');
  });

  test('is that nobody counted them, where something is to be deleted', () => {
    const live = aLiveState({ uncounted: true });

    expect(listingDoubt(live)).toBeUndefined();
    expect(listingMisses(live)).toContain('"total_items"');
  });
});
