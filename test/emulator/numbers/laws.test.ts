import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Json } from '../../../src/emulator/json.ts';
import { listNumbers } from '../../../src/emulator/numbers/list-numbers.ts';
import type { OwnedNumber } from '../../../src/emulator/numbers/owned-number.ts';
import { updatedNumber } from '../../../src/emulator/numbers/updated-number.ts';

const ids = ['6e9d1b2c-0000-4000-8000-000000000001', '6e9d1b2c-0000-4000-8000-000000000002'];
const anId = fc.constantFrom(...ids);

const aSetting = fc.record(
  {
    moHttpUrl: fc.webUrl(),
    voiceCallbackType: fc.constantFrom('app', 'sip', 'tel'),
    voiceCallbackValue: fc.constantFrom(...ids, 'sip:a@b.example', '447700900999'),
    messagesCallbackType: fc.constant('app'),
    messagesCallbackValue: anId,
    app_id: anId,
  },
  { requiredKeys: [] },
);

const someNumbers = fc.uniqueArray(
  fc.record({
    country: fc.constantFrom('ES', 'GB', 'US'),
    msisdn: fc.integer({ min: 100, max: 99_999 }).map(String),
    app_id: fc.option(anId, { nil: undefined }),
  }),
  { selector: ({ msisdn }) => msisdn, maxLength: 60 },
);

function clean(numbers: readonly { country: string; msisdn: string; app_id: string | undefined }[]): OwnedNumber[] {
  return numbers.map(({ app_id: id, ...number }) => ({ ...number, ...(id === undefined ? {} : { app_id: id }) }));
}

/** What all pages of a query show, each checked to have the same count. */
function read(numbers: readonly OwnedNumber[], query: string, size: number): readonly Json[] {
  const all: Json[] = [];
  const counts = new Set<Json | undefined>();
  for (let index = 1; all.length >= (index - 1) * size; index += 1) {
    const body = listNumbers(new URLSearchParams(`${query}&size=${size}&index=${index}`), numbers);
    const items = body?.['numbers'];
    counts.add(body?.['count']);
    if (!Array.isArray(items) || items.length === 0) break;
    all.push(...items);
  }
  expect([...counts]).toEqual([all.length === 0 ? undefined : all.length]);
  return all;
}

test('the pages of a list, whatever their size, are the list', () => {
  fc.assert(
    fc.property(someNumbers, fc.integer({ min: 1, max: 100 }), (given, size) => {
      const numbers = clean(given);

      expect(read(numbers, '', size)).toEqual(numbers);
    }),
  );
});

test('each number is linked to one application or to none, by the filters', () => {
  fc.assert(
    fc.property(someNumbers, (given) => {
      const numbers = clean(given);

      const [linked, free] = [read(numbers, 'has_application=true', 100), read(numbers, 'has_application=false', 100)];
      const byId = ids.flatMap((id) => read(numbers, `application_id=${id}`, 100));

      expect(linked.length + free.length).toBe(numbers.length);
      expect(new Set(byId)).toEqual(new Set(linked));
    }),
  );
});

test('what an update stores depends on its form alone, and is stored again when it is sent back', () => {
  fc.assert(
    fc.property(aSetting, aSetting, (before, form) => {
      const number = { country: 'GB', msisdn: '447700900001', features: ['VOICE'] };
      const sent = new URLSearchParams({ country: 'GB', ...form });

      const after = updatedNumber(number, sent);
      const overOthers = updatedNumber({ ...number, ...asNumber(before) }, sent);

      expect(overOthers).toEqual(after);
      if (after !== undefined) expect(updatedNumber(number, formOf(after))).toEqual(after);
    }),
  );
});

function asNumber(form: Partial<Record<string, string>>): Partial<OwnedNumber> {
  const { moHttpUrl, app_id: id } = form;
  return { ...(moHttpUrl === undefined ? {} : { moHttpUrl }), ...(id === undefined ? {} : { app_id: id }) };
}

/** A number as clients send it back: all its fields, lists by commas. */
function formOf(number: OwnedNumber): URLSearchParams {
  const fields = Object.entries(number).map(([name, value]): [string, string] => [name, String(value)]);
  return new URLSearchParams(fields);
}
