import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Bench, type Ended, manifestYaml, withEmulator } from '../cli/world.ts';
import { eventually } from '../eventually.ts';
import { bundled, outcomeOf, startAtTerminal } from './process.ts';

const { program } = bundled();

const entry = (name: string) => `  - name: ${name}
    manifests: ${name}
    apiKey: { env: VONAGE_API_KEY }
    apiSecret: { env: VONAGE_API_SECRET }
    scope: { names: ["${name}-*"] }
`;

/** What is done at the first question; `asked` resolves when as many were asked in all. */
type Act = (child: Child, asked: (questions: number) => Promise<void>) => unknown;

/** Runs apply for two accounts at a real terminal, and does this at the first question. */
async function atTheQuestion(bench: Bench, redirect: string, act: Act): Promise<Ended> {
  const entries = ['first', 'second'].map(entry).join('');
  await bench.write('vonage-gitops.yaml', `apiVersion: vonage-gitops/v1\nkind: Config\naccounts:\n${entries}`);
  await bench.write('first/a.yaml', manifestYaml('first-a'));
  await bench.write('second/a.yaml', manifestYaml('second-a'));
  const child = startAtTerminal(program(), bench, `run apply ${redirect}`);
  const ended = outcomeOf(child);
  let screen = '';
  child.stdout?.on('data', (text: Buffer) => {
    screen += text.toString();
  });
  const talk = () => (redirect === '' ? screen : readFile(join(bench.cwd, 'talk'), 'utf8').catch(() => ''));
  const asked = (questions: number) =>
    eventually(async () => expect((await talk()).split('is accepted').length).toBeGreaterThan(questions));
  await asked(1);
  await act(child, asked);
  const { code, stdout, stderr } = await ended;
  return { code, stdout, stderr: stderr + (await talk()) };
}

type Child = ReturnType<typeof startAtTerminal>;

test.each([
  { title: 'as a key', redirect: '' },
  { title: 'as a signal, where stderr is a file', redirect: '2>talk' },
])('Ctrl-C at the question, $title, ends the process with 130, and the next account is not begun', ({ redirect }) =>
  withEmulator(async (bench) => {
    const ended = await atTheQuestion(bench, redirect, (child) => child.stdin?.write('\u0003'));

    expect(ended.code).toBe(130);
    expect(ended.stdout + ended.stderr).toMatch(/E_INTERRUPTED \(account first\): Cancelled\. Nothing was changed\./);
    expect(ended.stdout + ended.stderr).not.toContain('    at ');
    expect(ended.stdout + ended.stderr).not.toContain('second');
    expect(bench.emulator.admin.counts().writes).toBe(0);
  }),
);

test('Ctrl-D and "no" at the question are a no, and the next account is asked about', () =>
  withEmulator(async (bench) => {
    const ended = await atTheQuestion(bench, '', async (child, asked) => {
      child.stdin?.write('\u0004');
      await asked(2);
      child.stdin?.write('no\r');
    });

    expect(ended.code).toBe(1);
    expect(ended.stdout).toContain('E_NOT_CONFIRMED (account first): Cancelled. Nothing was changed.');
    expect(ended.stdout).toContain('E_NOT_CONFIRMED (account second): Cancelled. Nothing was changed.');
    expect(bench.emulator.admin.counts().writes).toBe(0);
  }));

test('"y" at the question goes ahead', () =>
  withEmulator(async (bench) => {
    const ended = await atTheQuestion(bench, '', async (child, asked) => {
      child.stdin?.write('y\r');
      await asked(2);
      child.stdin?.write('yes\r');
    });

    expect(ended.code).toBe(0);
    expect(bench.emulator.admin.applications().map(({ name }) => name)).toEqual(['first-a', 'second-a']);
  }));
