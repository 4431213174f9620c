import { expect, test } from 'vitest';
import { keysAt } from '../../src/config/keys-at.ts';
import { configJsonSchema } from '../../src/config/schema.ts';
import { groupBy } from '../../src/core/group-by.ts';
import { membersOf } from '../docs/schema-members.ts';

test('at every path the keys are those that the published schema has', () => {
  const published = groupBy(membersOf(configJsonSchema()), ({ path }) => path.slice(0, path.lastIndexOf('.') + 1));

  expect(published.size).toBeGreaterThan(20);
  for (const [parent, members] of published) {
    const names = new Set(members.map(({ path }) => path.slice(parent.length)));
    expect([parent, keysAt(pathOf(parent)).toSorted()]).toEqual([parent, [...names].toSorted()]);
  }
});

test.each([
  { title: 'an unknown path', path: ['accounts', 0, 'nothing', 'here'] },
  { title: 'a key of a list', path: ['accounts', 'name'] },
  { title: 'a text', path: ['apiVersion'] },
])('there are no keys at $title', ({ path }) => {
  expect(keysAt(path)).toEqual([]);
});

/** Of a path with dots, and `[]` behind lists. */
function pathOf(dotted: string): readonly (string | number)[] {
  const steps = dotted.split('.').filter((step) => step !== '');
  return steps.flatMap((step) => (step.endsWith('[]') ? [step.slice(0, -2), 0] : [step]));
}
