import { expect, test } from 'vitest';
import { action } from '../e2e/action-runner.ts';
import { readPage, tableOf, withParts } from './pages.ts';

test('the inputs and outputs in docs/ci.md are those of action.yml; -u brings them up to date', async () => {
  const inputs = Object.entries(action.inputs).map(([name, { description, required, default: preset }]) => [
    `\`${name}\``,
    required === true ? 'required' : preset === '' ? '' : `\`${preset}\``,
    description,
  ]);
  const outputs = Object.entries(action.outputs).map(([name, { description }]) => [`\`${name}\``, description]);
  const parts = new Map([
    ['action inputs', tableOf(['input', 'default', 'meaning'], inputs)],
    ['action outputs', tableOf(['output', 'meaning'], outputs)],
  ]);

  await expect(withParts(readPage('docs/ci.md'), parts)).toMatchFileSnapshot('../../docs/ci.md');
});
