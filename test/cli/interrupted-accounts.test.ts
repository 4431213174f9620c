import { expect, test } from 'vitest';
import { StopRequest } from '../../src/app/stop-request.ts';
import { type Bench, manifestYaml, withEmulator } from './world.ts';

const entry = (name: string) => `  - name: ${name}
    manifests: ${name}
    apiKey: { env: VONAGE_API_KEY }
    apiSecret: { env: VONAGE_API_SECRET }
    scope: { names: ["${name}-*"] }
`;

/** Two accounts with one application to create in each. */
async function prepared({ write }: Bench): Promise<void> {
  const entries = ['first', 'second'].map(entry).join('');
  await write('vonage-gitops.yaml', `apiVersion: vonage-gitops/v1\nkind: Config\naccounts:\n${entries}`);
  await write('first/a.yaml', manifestYaml('first-a'));
  await write('second/a.yaml', manifestYaml('second-a'));
}

const names = ({ emulator }: Bench) => emulator.admin.applications().map(({ name }) => name);

test('Ctrl-C at the question of one account ends with 130, and the next account is not begun', () =>
  withEmulator(async (bench) => {
    await prepared(bench);

    const ended = await bench.run(['apply'], { terminal: ['\u0003', 'yes'] });

    expect(ended.code).toBe(130);
    expect(ended.stderr).toMatch(
      /\nError E_INTERRUPTED \(account first\): Cancelled\. Nothing was changed\.\n1 further account not started\.\n$/,
    );
    expect(ended.stdout + ended.stderr).not.toContain('second');
    expect(names(bench)).toEqual([]);
  }));

test('what was applied before Ctrl-C stays, and the code is that of Ctrl-C', () =>
  withEmulator(async (bench) => {
    await prepared(bench);

    const ended = await bench.run(['apply'], { terminal: ['yes', '\u0003'] });

    expect(ended.code).toBe(130);
    expect(ended.stderr).toMatch(/\(account second\): Cancelled\. Nothing was changed\.\n$/);
    expect(names(bench)).toEqual(['first-a']);
  }));

test.each([
  { title: 'no', answer: 'no' },
  { title: 'Ctrl-D', answer: '\u0004' },
])('$title at the question of one account goes on to the next, and ends with 1', ({ answer }) =>
  withEmulator(async (bench) => {
    await prepared(bench);

    const ended = await bench.run(['apply'], { terminal: [answer, 'yes'] });

    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain('Error E_NOT_CONFIRMED (account first)');
    expect(names(bench)).toEqual(['second-a']);
  }),
);

test('an account that was not begun because of SIGTERM is no success', () =>
  withEmulator(async (bench) => {
    await prepared(bench);
    const stop = new AbortController();
    stop.abort(new StopRequest('SIGTERM'));

    const ended = await bench.run(['apply', '--yes'], { stop: stop.signal });

    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain('Error E_ABORTED (account first)');
    expect(ended.stderr).toContain('Error E_ABORTED (account second)');
    expect(names(bench)).toEqual([]);
  }));
