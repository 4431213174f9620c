import { describe, expect, test } from 'vitest';
import { idsAtStake } from '../../../src/core/in-use/ids-at-stake.ts';
import { inUseMessage, isInUse } from '../../../src/core/in-use/in-use.ts';
import { numbersText } from '../../../src/core/in-use/numbers-text.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import type { AdoptChange, Change, CreateChange, DeleteChange, UpdateChange } from '../../../src/core/plan/plan.ts';
import { aManifest, anId } from '../../builders.ts';

const common = { name: 'Support', members: [], unchanged: 0, base: '', diffHash: '', id: anId(1) } as const;
const place = { file: 'a.yaml', line: 1, column: 1 };
const aDelete: DeleteChange = { ...common, action: 'delete', reason: 'manifest removed', file: 'a.yaml' };
const aCreate: CreateChange = { ...common, action: 'create', reason: 'new', place, before: [], manifest: aManifest() };

function written(members: Change['members'], capabilities: JsonObject = {}): UpdateChange {
  const manifest = aManifest({ spec: { capabilities } });
  return { ...common, action: 'update', reason: 'manifest changed', place, manifest, members };
}

const anAdopt: AdoptChange = { ...written([]), action: 'adopt', reason: 'same name', losses: [], namesakes: [] };
const voiceGone = [{ path: '/capabilities/voice/region', before: 'eu-west' }];

describe('the applications whose numbers are at stake', () => {
  test.each<{ readonly title: string; readonly change: Change; readonly expected: readonly number[] }>([
    { title: 'a delete: its own', change: aDelete, expected: [1] },
    { title: 'a create: none', change: aCreate, expected: [] },
    {
      title: 'a create in the place of one that is gone: that one',
      change: { ...aCreate, replaces: anId(2) },
      expected: [2],
    },
    { title: 'an adoption: none', change: anAdopt, expected: [] },
    {
      title: 'an adoption in the place of one that is gone: that one',
      change: { ...anAdopt, replaces: anId(2) },
      expected: [2],
    },
    {
      title: 'an adoption that replaces one and removes voice: both',
      change: { ...anAdopt, replaces: anId(2), members: voiceGone },
      expected: [2, 1],
    },
    { title: 'an update that removes voice: its own', change: written(voiceGone), expected: [1] },
    {
      title: 'an update that removes messages without anything in it: its own',
      change: written([{ path: '/capabilities/messages', before: {} }]),
      expected: [1],
    },
    {
      title: 'an update that removes video: none',
      change: written([{ path: '/capabilities/video', before: {} }]),
      expected: [],
    },
    {
      title: 'an update that removes a part of voice: none',
      change: written(voiceGone, { voice: { webhooks: {} } }),
      expected: [],
    },
    {
      title: 'an update of what voice begins with: none',
      change: written([{ path: '/capabilities/voicemail', before: {} }]),
      expected: [],
    },
    {
      title: 'an update to voice that is kept: none',
      change: written([{ path: '/capabilities/voice/region', before: 'eu-west', after: 'us-1' }]),
      expected: [],
    },
  ])('$title', ({ change, expected }) => {
    expect(idsAtStake(change)).toEqual(expected.map(anId));
  });
});

function linked(...msisdns: readonly string[]) {
  return msisdns.map((msisdn) => ({ msisdn, applications: [anId(1)] }));
}

describe('numbers as people see them', () => {
  test.each([
    { numbers: [], expected: '0 linked numbers' },
    { numbers: ['447700900123'], expected: '1 linked number (*********123)' },
    { numbers: ['123', '1234'], expected: '2 linked numbers (***, *234)' },
    {
      numbers: ['1111', '1112', '1113', '1114', '1115', '1116', '1117'],
      expected: '7 linked numbers (*111, *112, *113, *114, *115, and 2 more)',
    },
  ])('$expected', ({ numbers, expected }) => {
    expect(numbersText(linked(...numbers))).toBe(expected);
  });
});

describe('the guard in-use', () => {
  const unknown = { outcome: 'unknown', reason: 'status 500', at: 0 } as const;
  const none = { outcome: 'read', numbers: [{ msisdn: '1', applications: [anId(9)] }], at: 0 } as const;
  const some = { outcome: 'read', numbers: linked('1111'), at: 0 } as const;

  test.each([
    { title: 'linked', numbers: some, inUse: 'check', blocks: true },
    { title: 'linked to another application', numbers: none, inUse: 'require', blocks: false },
    { title: 'unknown', numbers: unknown, inUse: 'check', blocks: false },
    { title: 'unknown where the account wants to be sure', numbers: unknown, inUse: 'require', blocks: true },
    { title: 'never asked for', numbers: undefined, inUse: 'require', blocks: false },
  ] as const)('numbers that are $title: it blocks a delete: $blocks', ({ numbers, inUse, blocks }) => {
    expect(isInUse(aDelete, { numbers, policy: { inUse } })).toBe(blocks);
    expect(isInUse(aCreate, { numbers, policy: { inUse } })).toBe(false);
  });

  test('its message names five applications at most', () => {
    const changes = Array.from({ length: 7 }, (_, index) => ({ ...aDelete, name: `app${index}` }));

    const message = inUseMessage(changes, { numbers: some, policy: { inUse: 'check' } });

    expect(message).toContain(
      '"app4" has 1 linked number (*111), and so have 2 more. Unlink them, or pass --allow-linked NAME',
    );
    expect(message).not.toContain('app5');
  });

  test('it has nothing to say where nobody asked', () => {
    expect(inUseMessage([aDelete], { policy: { inUse: 'require' } })).toBeUndefined();
  });

  test('it says why nothing is known', () => {
    expect(inUseMessage([aDelete], { numbers: unknown, policy: { inUse: 'require' } })).toBe(
      'linked numbers not checked: status 500, and inUse is require; --allow-linked NAME allows this',
    );
  });
});
