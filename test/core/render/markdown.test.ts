import fc from 'fast-check';
import { expect, test } from 'vitest';
import { renderPlanMarkdown } from '../../../src/core/render/markdown.ts';
import { aCreate, aDelete, aFullPlan, anAdopt, anId, anUpdate, aPlan, aSkip, hostileNames } from './a-plan.ts';

const bytesOf = (text: string) => Buffer.byteLength(text, 'utf8');

test('counts come first, deletes and conflicts are open, updates are folded away', () => {
  const text = renderPlanMarkdown(aFullPlan(), { account: 'main' });

  const folded = text.indexOf('<details>');
  expect(text.indexOf('**Plan: 2 to create')).toBeLessThan(text.indexOf('#### '));
  for (const open of ['#### Deletes (1)', '"Old"', '#### In conflict', '"Twins"', '"Lossy"', '"Broken"', '"Pending"']) {
    expect(text.indexOf(open)).toBeGreaterThan(0);
    expect(text.indexOf(open)).toBeLessThan(folded);
  }
  expect(text.indexOf('"Drifted"')).toBeGreaterThan(text.indexOf('<details><summary>2 to update</summary>'));
  expect(text.split('<details>').length).toBe(text.split('</details>').length);
});

test('a plan with nothing to do is short', () => {
  const text = renderPlanMarkdown(aPlan({ skips: [aSkip()] }));

  expect(text).toBe('### vonage-gitops plan\n\n**Nothing to do: 1 unchanged.**\n\nRevision <code>"3f2a91c"</code>\n');
});

test('a plan without a ledger says so in its first line', () => {
  const text = renderPlanMarkdown(aPlan({ notices: [{ kind: 'no-ledger', message: 'no ledger' }] }));

  expect(text.split('\n')[0]).toBe('> no ledger: ownership and deletes unknown');
});

test.each(hostileNames.map((name) => ({ name })))('the name $name cannot break out', ({ name }) => {
  const text = renderPlanMarkdown(everywhere(name), { account: name });

  expectContained(text);
});

test('no name or value can break out', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (name) => {
      expectContained(renderPlanMarkdown(everywhere(name), { account: name }));
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
  const bare = text.replaceAll(ourTags, '').replaceAll(/&#\d+;/g, '');
  expect(bare).not.toMatch(/[<>&`|@[\]\\~!]/);
  expect(bare.replaceAll(/^#{3,4} [A-Zv]/gm, '')).not.toContain('#');
  expect(text.split('<pre>')).toHaveLength(6);
  expect(text.split('</pre>')).toHaveLength(6);
  expect(text.split('<details>')).toHaveLength(2);
}

test.each([
  { title: 'updates', changes: many(3_000).map((n) => anUpdate({ name: `Ü${n}`, id: anId(n) })) },
  { title: 'deletes', changes: many(3_000).map((n) => aDelete({ name: `Ü${n}`, id: anId(n) })) },
  {
    title: 'one enormous change among small ones',
    changes: [
      anAdopt({ name: 'Huge', members: many(5_000).map((n) => ({ path: `/m${n}`, before: n, after: -n })) }),
      aCreate({ name: 'Small' }),
    ],
  },
])('a plan of many $title is cut between changes, and says how many are left out', ({ changes }) => {
  const text = renderPlanMarkdown(aPlan({ changes }));

  const shown = text.split('<pre>').length - 1;
  expect(bytesOf(text)).toBeLessThanOrEqual(60_000);
  expect(text.split('</pre>').length - 1).toBe(shown);
  expect(text.split('<details>').length).toBe(text.split('</details>').length);
  expect(shown).toBeGreaterThan(0);
  expect(text).toContain(`${changes.length - shown} more left out here`);
});

test('a cut plan is nearly as long as it may be', () => {
  const changes = many(3_000).map((n) => anUpdate({ name: `${n}`, id: anId(n) }));

  expect(bytesOf(renderPlanMarkdown(aPlan({ changes })))).toBeGreaterThan(58_000);
});

function many(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
