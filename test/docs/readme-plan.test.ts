import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { withEmulator } from '../cli/world.ts';
import { fencesOf, readPage } from './pages.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

test('README.md shows the plan that its command prints; -u brings it up to date', () =>
  withEmulator(async (bench) => {
    const page = readPage('README.md');
    const shown = fencesOf(page).find(({ text }) => text.includes('\nPlan: 1 to create'))?.text ?? '';

    const { stdout } = await bench.run(['plan', join(root, 'examples/quickstart'), '--only', 'Support*']);

    const printed = stdout
      .trim()
      .replace(/^Plan at .*?([0-9a-f]{12})$/m, 'Plan at commit […], content $1') // the commit changes
      .replace(/^Plan hash: [0-9a-f]{64}$/m, 'Plan hash: […]'); // and so does the emulator's port

    expect(shown).not.toBe('');
    await expect(page.text.replace(shown.trim(), () => printed)).toMatchFileSnapshot(join(root, 'README.md'));
  }));
