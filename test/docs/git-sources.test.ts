import { expect, test } from 'vitest';
import {
  type SourceFacts,
  type SourceRefusal,
  type SourceState,
  sourceRefusals,
  sourceStates,
  sourceStateText,
} from '../../src/core/git/source-state.ts';
import { readPage, tableOf, withParts } from './pages.ts';

const page = readPage('docs/git-sources.md');

const facts: SourceFacts = {
  name: 'voice',
  repository: 'git.example.com/acme/voice',
  ref: 'branch main',
  auth: 'token',
  accepted: '3f9c2e1a0b7d',
  tip: '8d20c1be44f1',
  path: 'applications/main',
};

/** The sentence without the name before it, nor what stays in effect after it: those are the same in all. */
function sentence(state: SourceState, refusal?: SourceRefusal): string {
  return sourceStateText(state, { ...facts, refusal })
    .replace(/^source voice: /, '')
    .replace(/ (Commit \w+|What was applied last from the directory) stays in effect$/, '');
}

test('the states and remedies in docs/git-sources.md are those of the program; -u brings them up to date', async () => {
  const states = sourceStates.filter((state) => state !== 'refused');
  const parts = new Map([
    [
      'states',
      tableOf(
        ['state', 'sentence'],
        states.map((state) => [`\`${state}\``, sentence(state)]),
      ),
    ],
    [
      'refusals',
      tableOf(
        ['reason', 'sentence'],
        sourceRefusals.map((why) => [`\`${why}\``, sentence('refused', why)]),
      ),
    ],
  ]);

  await expect(withParts(page, parts)).toMatchFileSnapshot('../../docs/git-sources.md');
});
