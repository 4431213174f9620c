import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  accountMarker,
  allAccountsMarker,
  markedAccount,
  markerOf,
} from '../../../src/core/comments/comment-marker.ts';
import { planComments } from '../../../src/core/comments/plan-comments.ts';
import { renderPlanMarkdown } from '../../../src/core/render/markdown.ts';
import { aFullPlan } from '../render/a-plan.ts';

const bytesOf = (text: string) => Buffer.byteLength(text, 'utf8');

function plan(name: string, lines = 1): string {
  const changes = Array.from({ length: lines }, (_, index) => `<pre>change ${index}</pre>`).join('\n\n');
  return `${accountMarker(name)}\n### plan for ${name}\n\n#### Deletes\n\n${changes}\n\n`;
}

test('no two names have one marker, and a marker tells its name', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (one, other) => {
      expect(accountMarker(one) === accountMarker(other)).toBe(one === other);
      expect(markedAccount(accountMarker(one))).toBe(one);
      expect(markerOf(`${accountMarker(one)}\r`)).toBe(accountMarker(one));
    }),
  );
});

test.each([
  '',
  ' <!-- vonage-gitops:main -->',
  '<!-- vonage-gitops:main --> x',
  '<!-- vonage-gitops:a b -->',
  '<!-- other:main -->',
])('the line "%s" is not a marker', (line) => {
  expect(markerOf(line)).toBeUndefined();
});

test('a marker that this program did not write has its name as it is', () => {
  expect(markedAccount('<!-- vonage-gitops:100% -->')).toBe('100%');
  expect(markedAccount('<!-- vonage-gitops -->')).toBe('');
  expect(markedAccount('something')).toBe('');
});

test('each account has a comment, with what stands before the first', () => {
  const text = `<!-- vonage-gitops -->\n> not verified\n\n${plan('eu')}${plan('us')}`;

  expect(planComments(text)).toEqual([
    {
      marker: accountMarker('eu'),
      body: expect.stringMatching(/^<!-- vonage-gitops:eu -->\n> not verified\n\n### plan for eu\n/),
    },
    {
      marker: accountMarker('us'),
      body: expect.stringMatching(/^<!-- vonage-gitops:us -->\n> not verified\n\n### plan for us\n/),
    },
  ]);
});

test('what stands before a later account after another beginning is in that one alone', () => {
  const begin = (word: string) => `<!-- vonage-gitops -->\n${word}\n\n`;

  const comments = planComments(`${begin('one')}${plan('eu')}${begin('two')}${plan('us')}`) ?? [];
  const [all] = planComments([1, 2, 3, 4, 5, 6].map((n) => `${begin('same')}${plan(`a${n}`)}`).join('')) ?? [];

  expect(comments.map(({ body }) => body.split('\n')[1])).toEqual(['one', 'two']);
  expect(all?.body.match(/^same$/gm)).toHaveLength(1);
});

test('text that does not begin with a marker is not that of plans', () => {
  expect(planComments('')).toBeUndefined();
  expect(planComments(`error\n${plan('eu')}`)).toBeUndefined();
});

test('a plan of the program is one comment, as it is', () => {
  const text = renderPlanMarkdown(aFullPlan(), { name: 'main' });

  const [comment, ...others] = planComments(text) ?? [];

  expect(others).toEqual([]);
  expect(comment?.body.trimEnd()).toBe(text.trimEnd());
});

test('a comment that would be too long is cut after its head', () => {
  const [comment] = planComments(plan('eu', 5000)) ?? [];

  expect(comment?.body).toBe(
    '<!-- vonage-gitops:eu -->\n### plan for eu\n\n**Its changes are omitted here because of the length. The plan has them all.**\n\n',
  );
});

test('a head that is too long is left out, and counted', () => {
  const [comment] = planComments(`${accountMarker('eu')}\n${'x'.repeat(70_000)}\n`) ?? [];

  expect(comment?.body).toBe(
    '<!-- vonage-gitops:eu -->\n**1 more account omitted here because of the length. The plan has them all.**\n',
  );
});

test('many accounts have one comment: all their heads, and as many plans as have room', () => {
  const text = ['a', 'b', 'c', 'd', 'e', 'f'].map((name, index) => plan(name, index === 1 ? 5000 : 500)).join('');

  const [comment, ...others] = planComments(text) ?? [];

  expect(others).toEqual([]);
  expect(comment?.marker).toBe(allAccountsMarker);
  expect(bytesOf(comment?.body ?? '')).toBeLessThanOrEqual(65_000);
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) expect(comment?.body).toContain(`### plan for ${name}\n`);
  expect(comment?.body.match(/#### Deletes/g)?.length).toBeGreaterThan(1);
  expect(comment?.body).toMatch(/### plan for b\n\n\*\*Its changes are omitted/);
});

test('accounts whose heads have no room are counted', () => {
  const long = (index: number) => `${accountMarker(`a${index}`)}\n### plan ${'x'.repeat(2000)}\n\n`;

  const [comment] = planComments(Array.from({ length: 50 }, (_, index) => long(index)).join('')) ?? [];

  const shown = comment?.body.match(/### plan/g)?.length ?? 0;
  expect(bytesOf(comment?.body ?? '')).toBeLessThanOrEqual(65_000);
  expect(comment?.body).toContain(`**${50 - shown} more accounts omitted here because of the length.`);
});
