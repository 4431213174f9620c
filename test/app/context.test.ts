import { expect, test } from 'vitest';
import { manifestYaml, withEmulator } from '../cli/world.ts';

test('a person at a terminal applies a manifest by answering yes', () =>
  withEmulator(async ({ emulator, run, write }) => {
    await write('apps/support.yaml', manifestYaml('Support'));

    const ended = await run(['apply', 'apps'], { terminal: ['yes'] });

    expect(ended).toMatchObject({ code: 0 });
    expect(emulator.admin.applications().map(({ name }) => name)).toEqual(['Support']);
  }));

test.each([['no'], ['sure'], ['']])('the response "%s" changes nothing', (answer) =>
  withEmulator(async ({ emulator, run, write }) => {
    await write('apps/support.yaml', manifestYaml('Support'));

    const ended = await run(['apply', 'apps'], { terminal: [answer] });

    expect(ended).toMatchObject({ code: 1 });
    expect(emulator.admin.counts().writes).toBe(0);
  }),
);
