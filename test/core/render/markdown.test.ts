import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fewestMarkdownBytes, renderPlanMarkdown } from '../../../src/core/render/markdown.ts';
import { aCreate, aDelete, aFullPlan, anAdopt, anId, anUpdate, aPlan, aSkip, hostileNames } from './a-plan.ts';

const bytesOf = (text: string) => Buffer.byteLength(text, 'utf8');

test('counts come first, deletes and conflicts are open, updates are folded away', () => {
  const text = renderPlanMarkdown(aFullPlan(), { name: 'main', account: 'main' });

  const folded = text.indexOf('<details>');
  expect(text.indexOf('**Plan: 2 to create')).toBeLessThan(text.indexOf('#### '));
  for (const open of ['#### Deletes (1)', '"Old"', '#### In conflict', '"Twins"', '"Lossy"', '"Broken"', '"Pending"']) {
    expect(text.indexOf(open)).toBeGreaterThan(0);
    expect(text.indexOf(open)).toBeLessThan(folded);
  }
  expect(text.indexOf('"Drifted"')).toBeGreaterThan(text.indexOf('<details><summary>2 to update</summary>'));
  expect(text.split('<details>').length).toBe(text.split('</details>').length);
});

const place = { file: 'apps/bad.yaml', line: 7, column: 3 };
const problem = { severity: 'error', place, path: 'spec.capabilities', message: 'unknown field "vioce"' } as const;

test('broken manifests are in the headline, with place and error, and all of them in a section of their own', () => {
  const warning = { severity: 'warning', place, path: '', message: 'look at @this' } as const;
  const problems = [warning, problem, { ...problem, path: '', message: 'two\nlines', place: { ...place, line: 9 } }];

  const one = renderPlanMarkdown(aPlan({ problems: [problem] }), { name: 'main' });
  const text = renderPlanMarkdown(aPlan({ problems }), { name: 'main' });

  expect(one.split('\n')[3]).toBe(
    '**1 error in the manifests: <code>apps/bad.yaml:7: spec.capabilities: unknown field "vioce"</code>**',
  );
  expect(text).toContain(
    '**2 errors in the manifests: <code>apps/bad.yaml:7: spec.capabilities: unknown field "vioce"</code>, and 1 more**',
  );
  expect(text).toContain(
    '#### Errors in the manifests\n\n<pre>apps/bad.yaml:7:3\n      spec.capabilities: unknown field "vioce"</pre>',
  );
  expect(text).toContain('<pre>apps/bad.yaml:9:3\n      two</pre>');
  expect(text.indexOf('&#64;this')).toBeGreaterThan(text.indexOf('<details><summary>Warnings in the manifests'));
});

test('deletes come before everything but errors, and say that they cannot be undone', () => {
  const text = renderPlanMarkdown({ ...aFullPlan(), problems: [problem] }, { name: 'main' });

  const order = [
    '#### Errors in',
    '#### Deletes (1)',
    '**1 application will be deleted. This cannot be undone.**',
    '#### Guards',
    '#### Blocked',
  ];
  expect(order.map((part) => text.indexOf(part))).toStrictEqual(
    order.map((part) => text.indexOf(part)).toSorted((a, b) => a - b),
  );
  expect(text.indexOf('#### Errors in')).toBeGreaterThan(0);
});

test('equal changes are one block with a line for each application, a hundred at most', () => {
  const changes = many(250).map((n) => anUpdate({ name: `App ${n}`, id: anId(n) }));

  const text = renderPlanMarkdown(aPlan({ changes }), { name: 'main' });

  expect(text.split('<pre>')).toHaveLength(4);
  expect(text).toContain('&#126; update 50 applications in the same way');
  for (const n of many(250)) expect(text).toContain(`"App ${n}"`);
});

test('adoptions that write nothing are a line each in one block', () => {
  const quiet = many(35).map((n) => anAdopt({ name: `App ${n}`, id: anId(n), members: [] }));

  const text = renderPlanMarkdown(aPlan({ changes: [...quiet, anAdopt({ name: 'Loud', id: anId(99) })] }), {
    name: 'main',
  });

  expect(text).toContain('<details><summary>36 to adopt</summary>');
  expect(text.split('<pre>')).toHaveLength(3);
  expect(text.split('nothing is written')).toHaveLength(36);
});

test('a summary has counts, errors and guards only', () => {
  const text = renderPlanMarkdown({ ...aFullPlan(), problems: [problem] }, { name: 'main', summary: true });

  expect(text).toContain('**Plan: 2 to create');
  expect(text).toContain('#### Errors in the manifests');
  expect(text).toContain('guard deletes-max');
  expect(text).not.toMatch(/"Old"|"Drifted"|<details>/);
});

test('commit and content of the manifests are both named', () => {
  const text = renderPlanMarkdown(aPlan({ commit: { id: 'c0ffee00c0ffee00c0ffee00' }, content: '3f2a91c' }), {
    name: 'main',
  });

  expect(text).toContain('Commit <code>c0ffee00c0ff</code>, content <code>3f2a91c</code>');
});

test('a plan with nothing to do is short', () => {
  const text = renderPlanMarkdown(aPlan({ skips: [aSkip()] }), { name: 'main' });

  expect(text).toBe(
    '<!-- vonage-gitops:main -->\n### vonage-gitops plan\n\n**No changes. The account matches the manifests. 1 unchanged.**\n\nRevision <code>"3f2a91c"</code>\n',
  );
});

test('a plan without a ledger says so in the first line that can be seen', () => {
  const text = renderPlanMarkdown(aPlan({ notices: [{ kind: 'no-ledger', message: 'no ledger' }] }), { name: 'main' });

  expect(text.split('\n').slice(0, 2)).toEqual([
    '<!-- vonage-gitops:main -->',
    '> no ledger: ownership and deletes unknown',
  ]);
  expect(text).not.toContain('Notes'); // once
});

test('the first line is the marker of the account, which no one sees', () => {
  const firstLineOf = (name: string) => renderPlanMarkdown(aPlan(), { name }).split('\n')[0];

  expect(firstLineOf('main-eu1')).toBe('<!-- vonage-gitops:main-eu1 -->');
  expect(firstLineOf('a--b-')).toBe('<!-- vonage-gitops:a-%2Db%2D -->');
  expect(firstLineOf('x --> <b>ü')).toBe('<!-- vonage-gitops:x%20-%2D%3E%20%3Cb%3E%C3%BC -->');
});

test('the limit is of all bytes, the head with its texts included', () => {
  const long = 'ü<'.repeat(2000);
  const plan = {
    ...aFullPlan(),
    planHash: 'f'.repeat(64),
    commit: { id: 'c0ffee', author: long, subject: long, at: 0 },
    problems: [{ ...problem, message: long, place: { ...place, file: long } }],
  };
  const roomy = renderPlanMarkdown(plan, { name: 'main', account: 'main', maxBytes: 100_000 });
  const tight = renderPlanMarkdown(plan, { name: 'main', account: 'main', maxBytes: fewestMarkdownBytes });

  const valid = renderPlanMarkdown({ ...plan, problems: [] }, { name: 'main', maxBytes: fewestMarkdownBytes });

  expect(roomy).toContain('Commit <code>c0ffee by');
  expect(valid).toMatch(/^<!-- vonage-gitops:main -->\n### vonage-gitops plan\n\n\*\*Plan: 2 to create/);
  expect(bytesOf(tight)).toBeLessThanOrEqual(fewestMarkdownBytes);
  expect(tight).toContain('**1 error in the manifests**\n\n**Plan: 2 to create');
  expect(tight).toContain('omitted here because of the length: 1 errors in the manifests');
});

test('a line that begins with a slash is not a command of a forge', () => {
  const guards = [{ guard: 'empty', message: '/merge now', blocked: 1 }] as const;

  expect(renderPlanMarkdown(aPlan({ guards }), { name: 'main' })).toContain('<pre>&#47;merge now\n');
});

test.each(hostileNames.map((name) => ({ name })))('the name $name cannot break out', ({ name }) => {
  const text = renderPlanMarkdown(everywhere(name), { name, account: name });

  expectContained(text);
});

test('no name or value can break out', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (name) => {
      expectContained(renderPlanMarkdown(everywhere(name), { name, account: name }));
    }),
  );
});

function everywhere(name: string) {
  const place = { file: name, line: 1, column: 1 };
  const members = [{ path: `/${name}`, before: name, after: { [name]: name } }];
  return aPlan({
    revision: name,
    changes: [anUpdate({ name, members, place, previousName: name }), aDelete({ name, file: name })],
    skips: [aSkip({ reason: 'conflict', name, place, message: name })],
    notices: [{ kind: 'key-mismatch', name, message: name }],
    guards: [{ guard: 'empty', message: name, blocked: 1 }],
  });
}

const ourTags = /<\/?(pre|code|details|summary)>/g;

/** Everything between our own tags is text: no markup character, no mention, no reference, no line that starts anything. */
function expectContained(text: string): void {
  const bare = text
    .replace(/^<!-- vonage-gitops:[\w%.-]* -->\n/, '')
    .replaceAll(ourTags, '')
    .replaceAll(/&#\d+;/g, '');
  expect(bare).not.toMatch(/[<>&`|@[\]\\~!]/);
  expect(bare.replaceAll(/^#{3,4} [A-Zv]/gm, '')).not.toContain('#');
  expect(text.split('<pre>')).toHaveLength(6);
  expect(text.split('</pre>')).toHaveLength(6);
  expect(text.split('<details>')).toHaveLength(2);
}

test.each([
  {
    title: 'updates',
    what: 'to update',
    changes: many(3_000).map((n) => anUpdate({ name: `Ü${n}`, id: anId(n), members: changed(n) })),
  },
  { title: 'deletes', what: 'to delete', changes: many(3_000).map((n) => aDelete({ name: `Ü${n}`, id: anId(n) })) },
  {
    title: 'one enormous change among small ones',
    what: 'to adopt',
    changes: [
      anAdopt({ name: 'Huge', members: many(5_000).map((n) => ({ path: `/m${n}`, before: n, after: -n })) }),
      aCreate({ name: 'Small' }),
    ],
  },
])('a plan of many $title is cut between changes, and says how many of what are left out', ({ changes, what }) => {
  const text = renderPlanMarkdown(aPlan({ changes }), { name: 'main' });

  const shown = text.split('<pre>').length - 1;
  expect(bytesOf(text)).toBeLessThanOrEqual(60_000);
  expect(text.split('</pre>').length - 1).toBe(shown);
  expect(text.split('<details>').length).toBe(text.split('</details>').length);
  expect(shown).toBeGreaterThan(0);
  expect(text).toContain(`omitted here because of the length: ${changes.length - shown} ${what}. The plan`);
});

test('a section that is left out as a whole is counted beside the one that was cut', () => {
  const creates = many(2_000).map((n) => aCreate({ name: `New ${n}`, members: changed(n) }));
  const updates = many(3).map((n) => anUpdate({ name: 'x'.repeat(60_000), id: anId(n), members: changed(n) }));
  const skips = [aSkip({ reason: 'kept', name: 'y'.repeat(60_000) })];

  const text = renderPlanMarkdown(aPlan({ changes: [...creates, ...updates], skips }), { name: 'main' });

  expect(text).toMatch(
    /\*\*More omitted .*: \d+ to create, 3 to update, 1 kept by the policy\. The plan has them all\.\*\*/,
  );
});

test('a cut plan is nearly as long as it may be', () => {
  const changes = many(3_000).map((n) => anUpdate({ name: `${n}`, id: anId(n), members: changed(n) }));

  expect(bytesOf(renderPlanMarkdown(aPlan({ changes }), { name: 'main' }))).toBeGreaterThan(58_000);
});

/** A change that no other application has. */
function changed(n: number) {
  return [{ path: '/capabilities/voice/conversations_ttl', before: 0, after: n }];
}

function many(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

test('a plan with something of everything reads like this', () => {
  expect(renderPlanMarkdown(aFullPlan(), { name: 'main', account: 'main' })).toMatchInlineSnapshot(`
    "<!-- vonage-gitops:main -->
    ### vonage-gitops plan for <code>"main"</code>

    **Plan: 2 to create, 1 to adopt, 2 to update, 1 to delete; 2 blocked, 1 in conflict, 1 held, 1 undecided, 1 protected, 1 paused, 1 kept, 1 normalized, 1 not selected, 1 unmanaged, 1 unchanged.**

    Revision <code>"3f2a91c"</code>

    #### Deletes (1)

    **1 application will be deleted. This cannot be undone.**

    <pre> - delete "Old"  apps/old.yaml  00000000-0000-0000-0000-000000000007
          why: its manifest was removed; linked numbers not checked</pre>


    #### Guards

    <pre>4 planned, 3 allowed
    guard deletes-max: 4 blocked</pre>


    #### Blocked by a guard

    <pre> = adopt "Lossy"  apps/support.yaml:5  00000000-0000-0000-0000-000000000008  guard adoption-loss
          adopting it would remove capabilities; declare them:
            &#124; messages: &#123;&#125;
          - capabilities.messages.webhooks.inbound_url.address
              "https://bot.example.com/&#92;u001b&#91;2J"
              -&#62; (absent)
          &#126; capabilities.voice.region  "eu-west" -&#62; "us-east"
          (12 unchanged fields)
          would be lost: capabilities.messages
          to keep it, add to spec:
              capabilities:
                messages:
                  webhooks:
                    inbound_url:
                      address: "https://bot.example.com/&#92;e&#91;2J"
          why: it has the name of the manifest</pre>

    <pre>"Unstable"  guard unstable
          the listing was not stable</pre>


    #### In conflict

    <pre>"Twins"  apps/support.yaml:5:9
          two applications have this name; pin one
          id: 00000000-0000-0000-0000-000000000009
          id: 00000000-0000-0000-0000-00000000000a</pre>


    #### Held: the manifest is invalid

    <pre>"Broken"  apps/support.yaml:5:9
          its manifest cannot be used</pre>


    #### Undecided: an earlier create may still appear

    <pre>"Pending"
          an earlier create may still appear</pre>


    #### Notes

    <pre>"Sales"
    its public key was changed outside</pre>

    <pre>the listing was not stable</pre>


    <details><summary>1 to adopt</summary>

    <pre> = adopt "Taken"  apps/support.yaml:5  00000000-0000-0000-0000-000000000003
          &#126; capabilities.voice.region  "eu-west" -&#62; "us-east"
          (12 unchanged fields)
          why: it has the name of the manifest</pre>

    </details>

    <details><summary>2 to create</summary>

    <pre> + create "New"  apps/support.yaml:5
          + capabilities.voice.region  "us-east"
          why: new: no application with this name exists</pre>

    <pre> + create "Again"  apps/support.yaml:5
          + capabilities.voice.region  "us-east"
          why: it was deleted outside of vonage-gitops; it gets a new id: linked numbers must be linked
            again
          replaces: 00000000-0000-0000-0000-000000000004, which no longer exists</pre>

    </details>

    <details><summary>2 to update</summary>

    <pre> &#126; update "Sales"  apps/support.yaml:5  00000000-0000-0000-0000-000000000002
          &#126; capabilities.voice.region  "eu-west" -&#62; "us-east"
          (1 unchanged field)
          why: the manifest renames it; renamed from "Sale"</pre>

    <pre> &#126; update "Drifted"  apps/support.yaml:5  00000000-0000-0000-0000-000000000006
          &#126; capabilities.voice.region  "eu-west" -&#62; "us-east"
          (12 unchanged fields)
          why: drift: changed at Vonage since it was last applied; the manifest did not change</pre>

    </details>

    <details><summary>Protected (1)</summary>

    <pre>"Safe"
          protected by its manifest</pre>

    </details>

    <details><summary>Paused (1)</summary>

    <pre>"Paused"
          reconcile: paused</pre>

    </details>

    <details><summary>Kept by the policy (1)</summary>

    <pre>"Kept"  00000000-0000-0000-0000-00000000000b  (delete)
          policy upsert never deletes</pre>

    </details>

    <details><summary>Changed by the server (1)</summary>

    <pre>"Rewritten"
          the server rewrites it
          &#126; privacy.improve_ai  true -&#62; false</pre>

    </details>

    <details><summary>Warnings in the manifests</summary>

    <pre>apps/support.yaml:5:9
          spec.privacy: unusual</pre>

    </details>
    "
  `);
});

test('what does not fit is counted over all sections, and a smaller change is taken in its place', () => {
  const huge = (name: string) => ({
    name,
    members: many(3_000).map((n) => ({ path: `/m${n}`, before: n, after: -n })),
  });
  const changes = [
    anUpdate({ ...huge('Huge update'), id: anId(1) }),
    anAdopt({ ...huge('Huge adoption'), id: anId(2) }),
    aCreate({ name: 'Small' }),
  ];

  const text = renderPlanMarkdown(aPlan({ changes }), { name: 'main' });

  expect(text).toContain('omitted here because of the length: 1 to adopt, 1 to update. The plan');
  expect(text).toContain('<details><summary>1 to create</summary>');
  expect(text).not.toContain('to adopt</summary>');
  expect(text).not.toContain('to update</summary>');
});

test('a comment has only the sections that hold something', () => {
  expect(renderPlanMarkdown(aPlan({ changes: [aCreate()] }), { name: 'main' })).toBe(
    [
      '<!-- vonage-gitops:main -->',
      '### vonage-gitops plan',
      '',
      '**Plan: 1 to create, 0 to adopt, 0 to update, 0 to delete.**',
      '',
      'Revision <code>"3f2a91c"</code>',
      '',
      '<details><summary>1 to create</summary>',
      '',
      '<pre> + create "Support"  apps/support.yaml:5',
      '      + capabilities.voice.region  "us-east"',
      '      why: new: no application with this name exists</pre>',
      '',
      '</details>',
      '',
    ].join('\n'),
  );
});

test.each([
  { head: 'its head', maxBytes: 60_000 },
  { head: 'the brief one of a short comment', maxBytes: fewestMarkdownBytes },
])('the hash of a plan is in $head', ({ maxBytes }) => {
  const plan = aPlan({ revision: 'r'.repeat(900), changes: [aCreate()], planHash: 'beef' });

  const text = renderPlanMarkdown(plan, { name: 'main', account: 'main', maxBytes });

  expect(text.replace(/<details>.*/s, '')).toContain('\nPlan hash <code>beef</code>\n');
});
