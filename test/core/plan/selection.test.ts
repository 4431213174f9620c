import { describe, expect, test } from 'vitest';
import { everything, type Selection } from '../../../src/core/plan/policy.ts';
import { isChangeSelected, isEntrySelected, isSelected, namesAndIdOf } from '../../../src/core/plan/selection.ts';
import { aManifest, anEntry, anId } from '../../builders.ts';
import { aCreate, aDelete, anUpdate } from '../render/a-plan.ts';

const manifest = aManifest({ name: 'Support', labels: { team: 'support' } });
const entry = anEntry({ id: anId(1), name: 'Support' });
const about = (given: Partial<Selection>): Selection => ({ ...everything, ...given });

describe('an application is selected', () => {
  test.each([
    { title: 'by its name', only: ['Support'], is: true },
    { title: 'by a pattern', only: ['Other', 'Sup*'], is: true },
    { title: 'by its id', only: [anId(1)], is: true },
    { title: 'by its id beside others', only: ['Other', anId(1)], is: true },
    { title: 'by its id without dashes', only: [anId(1).replaceAll('-', '')], is: true },
    { title: 'not by another id', only: [anId(2)], is: false },
    { title: 'not by another name', only: ['Other'], is: false },
    { title: 'by no pattern at all', only: [], is: true },
  ])('$title', ({ only, is }) => {
    expect(isSelected(about({ only }), manifest, anId(1))).toBe(is);
    expect(isEntrySelected(about({ only }), entry)).toBe(is);
  });

  test('not by an id while it has none', () => {
    expect(isSelected(about({ only: [anId(1)] }), manifest)).toBe(false);
  });

  test.each([
    { title: 'all of its labels', labels: { team: 'support' }, is: true },
    { title: 'another value', labels: { team: 'sales' }, is: false },
    { title: 'a label it lacks', labels: { team: 'support', stage: 'live' }, is: false },
  ])('by $title: $is', ({ labels, is }) => {
    expect(isSelected(about({ labels }), manifest)).toBe(is);
  });

  test('by the directory of its manifest', () => {
    const placed = aManifest({ name: 'Support', place: { file: 'team/a.yaml', line: 1, column: 1 } });

    expect(isSelected(about({ directory: 'team' }), placed)).toBe(true);
    expect(isSelected(about({ directory: 'tea' }), placed)).toBe(false);
  });
});

test.each([
  {
    title: 'a create by the labels of its manifest',
    change: aCreate({ manifest }),
    labels: { team: 'support' },
    is: true,
  },
  { title: 'an update by them, too', change: anUpdate({ manifest }), labels: { team: 'support' }, is: true },
  { title: 'a create not by others', change: aCreate({ manifest }), labels: { team: 'sales' }, is: false },
  { title: 'an update not by others', change: anUpdate({ manifest }), labels: { team: 'sales' }, is: false },
  { title: 'a delete by none, for it has no manifest', change: aDelete(), labels: { team: 'support' }, is: false },
  { title: 'a delete by none that are asked for', change: aDelete(), labels: {}, is: true },
])('a change is selected: $title', ({ change, labels, is }) => {
  expect(isChangeSelected(about({ labels }), change)).toBe(is);
});

test('a person may call an application by its name, its id, and the name it had', () => {
  expect(namesAndIdOf({ name: 'New', id: anId(1), previousName: 'Old' })).toEqual(['New', anId(1), 'Old']);
  expect(namesAndIdOf({ name: 'New' })).toEqual(['New']);
});
