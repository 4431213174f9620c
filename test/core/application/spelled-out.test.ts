import { describe, expect, test } from 'vitest';
import { canonical } from '../../../src/core/application/canonical.ts';
import { diff } from '../../../src/core/application/diff.ts';
import { spelledOut } from '../../../src/core/application/spelled-out.ts';
import type { JsonObject } from '../../../src/core/json.ts';

const address = 'https://example.com/answer';

function answer(members: JsonObject): JsonObject {
  return { name: 'Base', capabilities: { voice: { webhooks: { answer_url: { address, ...members } } } } };
}

/** The fields that are told, by their last name. */
function told(before: JsonObject | undefined, after: JsonObject | undefined) {
  const { members } = diff(before === undefined ? {} : canonical(before), after === undefined ? {} : canonical(after));
  return spelledOut(members, before, after);
}

const hook = '/capabilities/voice/webhooks/answer_url';

describe('a field is told with the values that stand in the bodies', () => {
  test.each([
    {
      title: 'to its default',
      from: { connect_timeout: 500 },
      to: { connect_timeout: 1000 },
      before: 500,
      after: 1000,
    },
    {
      title: 'from its default',
      from: { connect_timeout: 1000 },
      to: { connect_timeout: 500 },
      before: 1000,
      after: 500,
    },
    {
      title: 'to a default method',
      from: { http_method: 'POST' },
      to: { http_method: 'GET' },
      before: 'POST',
      after: 'GET',
    },
    {
      title: 'from a method in lower case',
      from: { http_method: 'get' },
      to: { http_method: 'POST' },
      before: 'get',
      after: 'POST',
    },
    {
      title: 'that was null',
      from: { connect_timeout: null },
      to: { connect_timeout: 500 },
      before: undefined,
      after: 500,
    },
    { title: 'that was absent', from: {}, to: { future: [1] }, before: undefined, after: [1] },
  ])('$title', ({ from, to, before, after }) => {
    expect(told(answer(from), answer(to))).toMatchObject([
      { ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) },
    ]);
    expect(told(answer(from), answer(to))).toHaveLength(1);
  });

  test('an address without its slash is told as it is written', () => {
    expect(told(answer({ address: 'https://one.example' }), answer({ address: 'https://two.example' }))).toStrictEqual([
      { path: `${hook}/address`, before: 'https://one.example', after: 'https://two.example' },
    ]);
  });
});

describe('what one body has as a whole is told with every field', () => {
  const whole = answer({ http_method: 'GET', connect_timeout: 1000, socket_timeout: 5000 });
  const all = [
    [`${hook}/address`, address],
    [`${hook}/connect_timeout`, 1000],
    [`${hook}/http_method`, 'GET'],
    [`${hook}/socket_timeout`, 5000],
  ];
  const bare = { name: 'Base', capabilities: { voice: {} } };

  test('a create', () => {
    expect(told(undefined, whole).map(({ path, after }) => [path, after])).toStrictEqual([...all, ['/name', 'Base']]);
  });

  test('a delete', () => {
    expect(told(whole, undefined).map(({ path, before }) => [path, before])).toStrictEqual([...all, ['/name', 'Base']]);
  });

  test('a webhook that is added, and one that is removed', () => {
    expect(told(bare, whole).map(({ path, after }) => [path, after])).toStrictEqual(all);
    expect(told(whole, bare).map(({ path, before }) => [path, before])).toStrictEqual(all);
  });

  test('a webhook with an empty address is none: nothing of it is told', () => {
    const empty = answer({ address: '', http_method: 'GET' });

    expect(told(empty, whole).map(({ path, before }) => [path, before])).toStrictEqual(
      all.map(([path]) => [path, undefined]),
    );
    expect(told({ ...empty, future: 1 }, undefined).map(({ path }) => path)).toStrictEqual([
      '/capabilities/voice',
      '/future',
      '/name',
    ]);
  });

  test('capabilities without settings, and those of nulls only', () => {
    expect(told(undefined, { capabilities: { vbc: {} } })).toStrictEqual([{ path: '/capabilities/vbc', after: {} }]);
    expect(told({ capabilities: { vbc: {}, rtc: { webhooks: null } } }, {})).toStrictEqual([
      { path: '/capabilities/vbc', before: {} },
    ]);
    expect(
      told({ capabilities: { vbc: { webhooks: {} }, rtc: { future: 1 } } }, { capabilities: { rtc: { future: 1 } } }),
    ).toStrictEqual([{ path: '/capabilities/vbc', before: {} }]);
  });

  test('a public key is told by its fingerprint, and no other field of keys is', () => {
    const keys = { public_key: 'no key at all\r\n', future: 1 };

    expect(told(undefined, { keys })).toStrictEqual([{ path: '/keys/public_key', after: 'no key at all' }]);
  });
});

test('only what differs is told', () => {
  const one = answer({ connect_timeout: 1000, socket_timeout: 3000 });

  expect(told(one, { ...answer({ socket_timeout: 3000 }), name: 'Other' })).toStrictEqual([
    { path: '/name', before: 'Base', after: 'Other' },
  ]);
  expect(told(one, one)).toStrictEqual([]);
});
