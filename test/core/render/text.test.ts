import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import type { Change, Plan } from '../../../src/core/plan/plan.ts';
import { widthOf } from '../../../src/core/render/columns.ts';
import { renderPlan } from '../../../src/core/render/text.ts';
import { anObjectId } from '../../builders.ts';
import { aCreate, aDelete, aFullPlan, anAdopt, anId, anUpdate, aPlan, aSkip, hostileNames } from './a-plan.ts';

const plain = { color: false };

test('a plan reads like this', () => {
  const text = renderPlan(aFullPlan(), { account: 'main', color: false });

  expect(text).toMatchInlineSnapshot(`
    "Plan for account main at revision 3f2a91c

    Legend: + create   = adopt   ~ update   - delete

    1 application will be deleted. This cannot be undone.

     - delete "Old"  apps/old.yaml  00000000-0000-0000-0000-000000000007
          ~ capabilities.voice.region  "eu-west" -> "us-east"
          why: its manifest was removed; linked numbers not checked

     ~ update "Sales"  apps/support.yaml:5  00000000-0000-0000-0000-000000000002
          ~ capabilities.voice.region  "eu-west" -> "us-east"
          (1 unchanged field)
          why: the manifest renames it; renamed from "Sale"

     = adopt "Taken"  apps/support.yaml:5  00000000-0000-0000-0000-000000000003
          ~ capabilities.voice.region  "eu-west" -> "us-east"
          (12 unchanged fields)
          why: it has the name of the manifest

     + create "New"  apps/support.yaml:5
          + capabilities.voice.region  "us-east"
          why: new: no application with this name exists

     + create "Again"  apps/support.yaml:5
          + capabilities.voice.region  "us-east"
          why: it was deleted outside of vonage-gitops; it gets a new id: linked numbers must be linked again
          replaces: 00000000-0000-0000-0000-000000000004, which no longer exists

     ~ update "Drifted"  apps/support.yaml:5  00000000-0000-0000-0000-000000000006
          ~ capabilities.voice.region  "eu-west" -> "us-east"
          (12 unchanged fields)
          why: drift: changed at Vonage since it was last applied; the manifest did not change

    Blocked by a guard:
       = adopt "Lossy"  apps/support.yaml:5  00000000-0000-0000-0000-000000000008  guard adoption-loss
            adopting it would remove capabilities; declare them:
              | messages: {}
            - capabilities.messages.webhooks.inbound_url.address  "https://bot.example.com/\\u001b[2J" -> (absent)
            ~ capabilities.voice.region                           "eu-west"                           -> "us-east"
            (12 unchanged fields)
            would be lost: capabilities.messages
            to keep it, add to spec:
                capabilities:
                  messages:
                    webhooks:
                      inbound_url:
                        address: "https://bot.example.com/\\e[2J"
            why: it has the name of the manifest
      "Unstable"  guard unstable
            the listing was not stable

    In conflict:
      "Twins"  apps/support.yaml:5:9
            two applications have this name; pin one
            id: 00000000-0000-0000-0000-000000000009
            id: 00000000-0000-0000-0000-00000000000a

    Held: the manifest is invalid:
      "Broken"  apps/support.yaml:5:9
            its manifest cannot be used

    Undecided: an earlier create may still appear:
      "Pending"
            an earlier create may still appear

    Protected:
      "Safe"
            protected by its manifest

    Paused:
      "Paused"
            reconcile: paused

    Kept by the policy:
      "Kept"  00000000-0000-0000-0000-00000000000b  (delete)
            policy upsert never deletes

    Changed by the server:
      "Rewritten"
            the server rewrites it
            ~ privacy.improve_ai  true -> false

    Note: "Sales": its public key was changed outside
    Note: the listing was not stable

    Guard deletes-max (4 blocked): 4 planned, 3 allowed

    Plan: 2 to create, 1 to adopt, 2 to update, 1 to delete; 2 blocked, 1 in conflict, 1 held, 1 undecided, 1 protected, 1 paused, 1 kept, 1 normalized, 1 not selected, 1 unmanaged, 1 unchanged.
    "
  `);
});

test('a plan without a ledger says so in its first line', () => {
  const message = 'no ledger: ownership and deletes unknown';
  const plan = aPlan({ notices: [{ kind: 'no-ledger', message }] });

  const text = renderPlan(plan, plain);

  expect(text.split('\n')[0]).toBe(message);
  expect(text.split(message)).toHaveLength(2);
});

test.each([
  { title: 'nothing at all', skips: [], expected: 'No changes. The account matches the manifests.' },
  {
    title: 'all as declared',
    skips: [aSkip(), aSkip()],
    expected: 'No changes. The account matches the manifests. 2 unchanged.',
  },
  {
    title: 'something in the way',
    skips: [aSkip({ reason: 'conflict' }), aSkip({ reason: 'not-selected' }), aSkip()],
    expected: 'No changes will be made: 1 in conflict, 1 not selected, 1 unchanged.',
  },
])('an empty plan sums up $title', ({ skips, expected }) => {
  expect(renderPlan(aPlan({ skips }), plain).trimEnd().split('\n').at(-1)).toBe(expected);
});

test('an empty plan of manifests that cannot be read does not claim that the account matches', () => {
  const problem = {
    severity: 'error',
    path: '',
    message: 'unknown field',
    place: { file: 'a.yaml', line: 1, column: 1 },
  } as const;

  const text = renderPlan(aPlan({ problems: [problem, problem] }), plain);

  expect(text.trimEnd().split('\n').at(-1)).toBe('No changes will be made: 2 problems in the manifests.');
});

test('an empty plan does not claim that the account matches while changes of a saved plan are refused', () => {
  const text = renderPlan(aPlan({ skips: [aSkip()] }), { ...plain, refused: 3 });

  expect(text.trimEnd().split('\n').at(-1)).toBe('No changes will be made: 3 refused, 1 unchanged.');
});

test('a plan of changes only sums them up', () => {
  const text = renderPlan(aPlan({ changes: [aCreate()] }), plain);

  expect(text).toContain('Plan: 1 to create, 0 to adopt, 0 to update, 0 to delete.\n');
});

test('what is unchanged, unmanaged or not selected is listed only when asked for', () => {
  const plan = aFullPlan();

  const brief = renderPlan(plan, plain);
  const verbose = renderPlan(plan, { color: false, verbose: true });

  for (const name of ['Same', 'Foreign', 'Elsewhere']) {
    expect(brief).not.toContain(name);
    expect(verbose).toContain(`"${name}"`);
  }
});

test('every delete says that linked numbers were not checked', () => {
  const changes = [aDelete(), aDelete({ reason: 'deleted outside' })];

  const text = renderPlan(aPlan({ changes }), plain);

  expect(text.split('linked numbers not checked')).toHaveLength(3);
});

test('colors are there only when asked for, and change no text', () => {
  const plan = aFullPlan();

  const coloured = renderPlan(plan, { color: true });

  expect(coloured).not.toBe(stripVTControlCharacters(coloured));
  expect(stripVTControlCharacters(coloured)).toBe(renderPlan(plan, plain));
});

test.each(hostileNames.map((name) => ({ name })))('the name $name cannot act on a terminal', ({ name }) => {
  const members = [
    { path: `/${name.replaceAll('~', '').replaceAll('/', '')}`, before: name, after: { [name]: [name] } },
  ];
  const place = { file: name, line: 1, column: 1 };
  const plan = aPlan({
    revision: name,
    changes: [anUpdate({ name, members, place, previousName: name }), aDelete({ name, file: name })],
    skips: [aSkip({ reason: 'conflict', name, place, message: name })],
    notices: [{ kind: 'key-mismatch', name, message: name }],
    guards: [{ guard: 'empty', message: name, blocked: 1 }],
  });

  const text = renderPlan(plan, { account: name, color: false });

  expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  expect(text.split('\n').filter((line) => line.startsWith('Plan: '))).toHaveLength(1);
});

test('a long value is shortened with length and hash, so that two different ones look different', () => {
  const before = `-----BEGIN PUBLIC KEY-----\n${'A'.repeat(392)}`;
  const after = `-----BEGIN PUBLIC KEY-----\n${'B'.repeat(392)}`;
  const plan = aPlan({ changes: [anUpdate({ members: [{ path: '/keys/public_key', before, after }] })] });

  const line =
    renderPlan(plan, plain)
      .split('\n')
      .find((one) => one.includes('keys.public_key')) ?? '';

  const [one, other] = line.slice(line.indexOf('"')).split(' -> ');
  expect(one).toMatch(/^"-----BEGIN PUBLIC KEY-----…" \(419 characters, SHA-256 [0-9a-f]{12}\)$/);
  expect(one).not.toBe(other);
  expect(line).not.toContain('AAAA');
});

test('a long text keeps its beginning and its end', () => {
  const after = `https://begin.example/${'x'.repeat(500)}/end`;
  const plan = aPlan({ changes: [aCreate({ members: [{ path: '/a', after }] })] });

  const text = renderPlan(plan, plain);

  expect(text).toContain('https://begin.example/');
  expect(text).toContain('/end"');
  expect(text).not.toContain('x'.repeat(200));
});

test('a value that must not be shown is not put in quotes', () => {
  const members = [{ path: '/secret', before: '(sensitive)' }];

  expect(renderPlan(aPlan({ changes: [anUpdate({ members })] }), plain)).toContain('- secret  (sensitive) -> (absent)');
});

test('one very long path does not push the values of the others away', () => {
  const members = [
    { path: `/${'p'.repeat(80)}`, before: 1, after: 2 },
    { path: '/short', before: 1, after: 2 },
  ];

  expect(renderPlan(aPlan({ changes: [anUpdate({ members })] }), plain)).toContain('~ short  1 -> 2');
});

test('an adoption of an equal application has no field to show', () => {
  const text = renderPlan(aPlan({ changes: [anUpdate({ members: [], unchanged: 0, id: anId(1) })] }), plain);

  expect(text).toContain('~ update "Support"');
  expect(text).not.toContain('unchanged field');
});

test('a plan of one change has no empty paragraphs, and no account where there is but one', () => {
  const plan = aPlan({ changes: [aCreate()], skips: [aSkip({ reason: 'paused' })] });

  expect(renderPlan(plan, plain)).toBe(
    [
      'Plan at revision 3f2a91c',
      '',
      ' + create "Support"  apps/support.yaml:5',
      '      + capabilities.voice.region  "us-east"',
      '      why: new: no application with this name exists',
      '',
      'Paused:',
      '  "Support"',
      '',
      'Plan: 1 to create, 0 to adopt, 0 to update, 0 to delete; 1 paused.',
      '',
    ].join('\n'),
  );
});

test('a plan without a ledger says so first, whatever else is to be noted', () => {
  const notices = [
    { kind: 'incomplete', message: 'some manifests cannot be read' },
    { kind: 'no-ledger', message: 'no ledger: ownership and deletes unknown' },
  ] as const;

  const lines = renderPlan(aPlan({ notices }), plain).split('\n');

  expect(lines.slice(0, 2)).toStrictEqual(['no ledger: ownership and deletes unknown', 'Plan at revision 3f2a91c']);
  expect(renderPlan(aPlan({ notices: notices.slice(0, 1) }), plain)).not.toContain('no ledger');
});

test('fields that are new among others show that they were absent', () => {
  const members = [
    { path: '/a', after: 1 },
    { path: '/b', before: 1, after: 2 },
  ];

  const text = renderPlan(aPlan({ changes: [anUpdate({ members })] }), plain);

  expect(text).toContain('+ a  (absent) -> 1\n');
  expect(text).toContain('~ b  1        -> 2\n');
});

test('what an adoption would lose is written as it is declared, all of it and on one line each', () => {
  const address = `https://a.example/${'x '.repeat(60)}y`;
  const change = anAdopt({
    members: [
      { path: '/capabilities/messages/webhooks/inbound_url/address', before: address },
      { path: '/capabilities/rtc', before: {} },
      { path: '/capabilities/voice/region', before: 'eu-west', after: 'us-east' },
    ],
    losses: ['/capabilities/messages', '/capabilities/rtc'],
  });

  const text = renderPlan(aPlan({ changes: [change] }), plain);

  expect(text).toContain(
    [
      '      to keep it, add to spec:',
      '          capabilities:',
      '            messages:',
      '              webhooks:',
      '                inbound_url:',
      `                  address: ${address}`,
      '            rtc: {}',
      '      why: ',
    ].join('\n'),
  );
});

function many(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

test('deletes come first, and say that they cannot be undone, in bold red', () => {
  const plan = aPlan({ changes: [aCreate({ name: 'New' }), aDelete({ name: 'Old' }), aDelete({ name: 'Older' })] });

  const text = renderPlan(plan, plain);
  const loud = renderPlan(plan, { color: true });

  expect(text).toContain('\n\n2 applications will be deleted. This cannot be undone.\n\n - delete "Old"');
  expect(text.indexOf('"Older"')).toBeLessThan(text.indexOf('"New"'));
  for (const alarm of [
    '2 applications will be deleted. This cannot be undone.',
    ' - delete "Old"  apps/old.yaml',
    '2 to delete',
  ])
    expect(loud).toContain(`\u001b[1m\u001b[31m${alarm}`);
});

test('a delete tells the fields that go, without an arrow', () => {
  const members = [{ path: '/name', before: 'Old' }];

  expect(renderPlan(aPlan({ changes: [aDelete({ members })] }), plain)).toContain('      - name  "Old"\n');
});

test('the legend has the signs of this plan', () => {
  const legendOf = (text: string) => text.split('\n').find((line) => line.startsWith('Legend: '));

  expect(legendOf(renderPlan(aFullPlan(), plain))).toBe('Legend: + create   = adopt   ~ update   - delete');
  expect(legendOf(renderPlan(aPlan({ changes: [aCreate(), aDelete()] }), plain))).toBe('Legend: + create   - delete');
  expect(legendOf(renderPlan(aPlan({ changes: [aCreate()] }), plain))).toBeUndefined();
});

test('commit and content of the manifests are both named', () => {
  const plan = aPlan({ commit: { id: 'c0ffee00c0ffee00c0ffee00' }, content: '3f2a91c' });

  expect(renderPlan(plan, plain)).toMatch(/^Plan at commit c0ffee00c0ff, content 3f2a91c\n/);
});

const ann = { id: anObjectId('c0ffee'), author: 'Ann', subject: 'Retire "IVR"', at: 0 };

test.each<{ history: Plan['history']; said: string }>([
  { history: undefined, said: '' },
  { history: 'same', said: '' },
  { history: 'descendant', said: '' },
  { history: 'rewound', said: ', earlier than what was applied last' },
  { history: 'unrelated', said: ', which does not follow what was applied last' },
  { history: 'unknown', said: ', which does not follow what was applied last' },
])('the commit of a repository is told with its author, and how it stands to the last one ($history)', (given) => {
  const plan = aPlan({ commit: ann, content: 'f00d'.repeat(10), history: given.history });

  expect(renderPlan(plan, plain).replaceAll('\n', ' ')).toContain(
    `Plan at commit c0ffeec0ffee by Ann (unverified): "Retire \\"IVR\\"", content f00df00df00d${given.said} `,
  );
});

test('a delete says which commit removed its manifest, and whose it is', () => {
  const text = renderPlan(aPlan({ changes: [aDelete({ removedIn: { ...ann, signer: 'ann@example.com' } })] }), plain);

  expect(text.replaceAll(/\s+/g, ' ')).toMatch(
    /why: its manifest \S+ was removed in c0ffeec0ffee by ann@example\.com: "Retire \\"IVR\\""; linked numbers not checked/,
  );
});

test('equal changes of three applications and more are told once, with where each of them is', () => {
  const changes = [
    ...many(3).map((n) => anUpdate({ name: `App ${n}`, id: anId(n) })),
    anUpdate({ name: 'Drifted', id: anId(4), reason: 'drift' }),
    ...many(2).map((n) => anUpdate({ name: `Pair ${n}`, id: anId(10 + n), reason: 'not kept' })),
  ];

  const text = renderPlan(aPlan({ changes }), plain);

  expect(text).toContain(
    [
      ' ~ update 3 applications in the same way',
      '      ~ capabilities.voice.region  "eu-west" -> "us-east"',
      '      (12 unchanged fields)',
      '      why: the manifest changed',
      '      "App 1"  apps/support.yaml:5  00000000-0000-0000-0000-000000000001',
      '      "App 2"  apps/support.yaml:5  00000000-0000-0000-0000-000000000002',
      '      "App 3"  apps/support.yaml:5  00000000-0000-0000-0000-000000000003',
    ].join('\n'),
  );
  for (const own of ['update "Drifted"', 'update "Pair 1"', 'update "Pair 2"']) expect(text).toContain(own);
});

test('new applications that differ in their names only are told once', () => {
  const changes = many(3).map((n) =>
    aCreate({
      name: `App ${n}`,
      unchanged: n,
      members: [
        { path: '/a', after: 1 },
        { path: '/name', after: `App ${n}` },
      ],
    }),
  );

  const text = renderPlan(aPlan({ changes }), plain);

  expect(text).toContain('+ create 3 applications in the same way\n      + a  1\n      why: new');
  expect(text).toContain('      "App 2"  apps/support.yaml:5\n');
});

test('what says more of one application than its fields is never told together', () => {
  const losses = ['/capabilities/rtc'];
  const changes = [
    ...many(3).map((n) => anAdopt({ name: `Lossy ${n}`, id: anId(n), losses })),
    ...many(3).map((n) => aCreate({ name: `Again ${n}`, replaces: anId(10 + n) })),
    ...many(3).map((n) => aDelete({ name: `Old ${n}`, id: anId(20 + n) })),
  ];

  const text = renderPlan(aPlan({ changes }), plain);

  expect(text).not.toContain('in the same way');
  for (const { name } of changes) expect(text).toContain(`"${name}"`);
});

test.each([
  { count: 10, verbose: false, lines: 10 },
  { count: 11, verbose: false, lines: 1 },
  { count: 11, verbose: true, lines: 11 },
])('$count adoptions that write nothing take $lines lines', ({ count, verbose, lines }) => {
  const changes = many(count).map((n) => anAdopt({ name: `App ${n}`, id: anId(n), members: [] }));

  const text = renderPlan(aPlan({ changes }), { ...plain, verbose });

  const told = text.split('\n').filter((line) => line.startsWith(' = adopt'));
  expect(told).toHaveLength(lines);
  expect(told[0]).toContain(lines === 1 ? 'adopt 11 applications that match their manifests' : '"App 1"');
  expect(text).not.toContain('why:');
});

test('the sentence of a guard is told once, however many changes it blocks', () => {
  const message = '300 of 300 owned applications would be updated';
  const blocked = (change: Change) =>
    aSkip({ reason: 'blocked', name: change.name, guard: 'updates-max', message, change });
  const skips = [
    ...many(300).map((n) => blocked(anUpdate({ name: `App ${n}`, id: anId(n) }))),
    blocked(anUpdate({ name: 'Other', id: anId(999), reason: 'renamed' })),
    aSkip({ reason: 'blocked', name: 'Bare', guard: 'updates-max', message }),
  ];
  const plan = aPlan({ skips, guards: [{ guard: 'updates-max', message, blocked: 302 }] });

  const text = renderPlan(plan, plain);

  expect(text.split(message)).toHaveLength(2);
  expect(text).toContain('   ~ update 300 applications in the same way  guard updates-max\n');
  for (const name of ['App 300', 'Other', 'Bare']) expect(text).toContain(`"${name}"`);
});

test('a sentence that holds for several applications is told once above them, and a note once with their names', () => {
  const skips = many(3).map((n) => aSkip({ reason: 'kept', name: `App ${n}`, message: 'policy upsert never deletes' }));
  const notices = many(3).map((n) => ({ kind: 'key-mismatch', name: `App ${n}`, message: 'another key' }) as const);

  const text = renderPlan(aPlan({ skips, notices }), plain);

  expect(text).toContain('  policy upsert never deletes:\n    "App 1"\n    "App 2"\n    "App 3"\n');
  expect(text).toContain('Note: "App 1", "App 2", "App 3": another key\n');
});

test('what is blocked is told in full, also where another is blocked with the same words', () => {
  const blocked = { reason: 'blocked', guard: 'fight', message: 'another writer' } as const;
  const skips = [
    aSkip({ ...blocked, name: 'One', change: anUpdate({ name: 'One' }) }),
    aSkip({ ...blocked, name: 'Two', change: anUpdate({ name: 'Two' }) }),
    aSkip({ ...blocked, name: 'Three', message: 'no change' }),
    aSkip({ ...blocked, name: 'Four', message: 'no change' }),
  ];

  const text = renderPlan(aPlan({ skips }), plain);

  expect(text.split('~ capabilities.voice.region')).toHaveLength(3);
  expect(text.split('another writer')).toHaveLength(3);
  expect(text).toContain('  no change:\n    "Three"  guard fight\n    "Four"  guard fight\n');
});

test('a summary has counts, notes and guards only', () => {
  const text = renderPlan(aFullPlan(), { ...plain, summary: true });

  expect(text.split('\n\n').map((part) => part.split(/[ :]/)[0])).toStrictEqual(['Plan', 'Note', 'Guard', 'Plan']);
});

test.each([40, 60, 80, 120])(
  'at %i columns no line is wider than the terminal, and no word is broken that fits',
  (columns) => {
    const address = (host: string) =>
      `https://${host}.example.com/webhooks/answer?environment=production&line=${'x'.repeat(30)}`;
    const changes = [
      ...aFullPlan().changes,
      anUpdate({
        name: 'A name that is long enough to take more than one line of a narrow terminal',
        members: [
          { path: '/capabilities/voice/webhooks/answer_url/address', before: address('one'), after: address('two') },
          { path: '/capabilities/voice/webhooks/answer_url/connect_timeout', before: 500, after: 1000 },
        ],
      }),
      ...many(3).map((n) =>
        anUpdate({ name: `A name of an application that is long ${n}`, id: anId(n), reason: 'drift' }),
      ),
      ...many(11).map((n) => anAdopt({ name: `App ${n}`, id: anId(20 + n), members: [] })),
      aDelete({ members: [{ path: '/capabilities/voice/webhooks/answer_url/address', before: address('one') }] }),
    ];
    const {
      skips: [, ...skips],
      ...full
    } = aFullPlan(); // the snippet of the first is to be pasted, and never broken

    const text = renderPlan(
      { ...full, skips, changes, revision: 'r'.repeat(30) },
      { ...plain, columns, account: 'main' },
    );

    expect(text.split('\n').filter((line) => widthOf(line) > columns)).toStrictEqual([]);
    for (const word of ['connect_timeout', 'production', 'changed', 'application']) expect(text).toContain(word);
  },
);

test('old and new value have a line each where they do not fit beside each other', () => {
  const [before, after] = ['https://one.example.com/answer', 'https://two.example.com/answer'];
  const members = [
    { path: '/capabilities/voice/webhooks/answer_url/address', before, after },
    { path: '/capabilities/voice/webhooks/answer_url/connect_timeout', before: 500, after: 1000 },
  ];

  const text = renderPlan(aPlan({ changes: [anUpdate({ members })] }), { ...plain, columns: 80 });

  expect(text).toContain(
    [
      '      ~ capabilities.voice.webhooks.answer_url.address',
      '          "https://one.example.com/answer"',
      '          -> "https://two.example.com/answer"',
      '      ~ capabilities.voice.webhooks.answer_url.connect_timeout  500 -> 1000',
    ].join('\n'),
  );
});

test('columns are given up for a line that fits only without them', () => {
  const members = [
    { path: '/a', before: 'x'.repeat(20), after: 1 },
    { path: '/b', before: 1, after: 'y'.repeat(35) },
  ];

  const text = renderPlan(aPlan({ changes: [anUpdate({ members })] }), { ...plain, columns: 60 });

  expect(text).toContain(`~ b  1 -> "${'y'.repeat(35)}"\n`);
});

test('the hash of a plan is its last line', () => {
  const text = renderPlan(aPlan({ changes: [aCreate()], planHash: 'beef' }), { color: false });

  expect(text).toMatch(/0 to delete\.\nPlan hash: beef\n$/);
});

test('what waits for approval is shown in full, equal changes once, and first what would be deleted', () => {
  const names = ['Alpha', 'Beta', 'Gamma'];
  const waiting = [...names.map((name, index) => anUpdate({ name, id: anId(index + 1) })), aDelete({ name: 'Old' })];
  const skips = waiting.map((change) => aSkip({ reason: 'waiting', name: change.name, message: 'waits', change }));

  const text = renderPlan(aPlan({ skips, planHash: 'beef' }), { color: false });

  expect(text).toContain('Legend: ~ update   - delete');
  expect(text.indexOf('- delete "Old"')).toBeLessThan(text.lastIndexOf('~ update'));
  expect(text.match(/capabilities\.voice\.region/g)).toHaveLength(2);
  expect(text).toContain('No changes will be made without approval: 4 waiting.');
});

test('a create says where its private key goes', () => {
  const create = aCreate({ keyTo: ['/srv/keys/support.pem', 'exec /usr/local/bin/store-key'] });

  const text = renderPlan(aPlan({ changes: [create] }), { color: false });

  expect(text).toContain('private key goes to: /srv/keys/support.pem\n');
  expect(text).toContain('private key goes to: exec /usr/local/bin/store-key\n');
});
