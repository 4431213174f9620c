import { expect, test } from 'vitest';
import { eachAccount } from '../../src/app/each-account.ts';
import { openSession } from '../../src/app/session.ts';
import { type Bench, testWorld, withEmulator } from '../cli/world.ts';

const configYaml = `apiVersion: vonage-gitops/v1
kind: Config
accounts:
  - { name: first, manifests: first, scope: { names: [First] } }
  - { name: second, manifests: second, scope: { names: [Second] } }
`;

async function aSession(bench: Bench) {
  await bench.write('vonage-gitops.yaml', configYaml);
  const { context, stderr } = testWorld({ cwd: bench.cwd, environment: bench.environment });
  return { session: await openSession({ context, options: { color: 'never' } }), stderr };
}

test.each([
  { title: 'a TypeError', thrown: (secret: string) => new TypeError(`${secret} is not a function`) },
  { title: 'a text', thrown: (secret: string) => secret },
])('$title for one account does not stop the next, is told without secrets, and exits 1', ({ thrown }) =>
  withEmulator(async (bench) => {
    const { session, stderr } = await aSession(bench);
    const done: string[] = [];
    const secret = bench.emulator.apiSecret;

    const code = await eachAccount(session, async ({ name }) => {
      if (name === 'first') throw thrown(secret);
      done.push(name);
      return 0;
    });

    expect(code).toBe(1);
    expect(done).toEqual(['second']);
    expect(stderr()).toContain('Error E_UNEXPECTED (account first): an unexpected error (');
    expect(stderr()).not.toContain(secret);
  }),
);

test('the stack of an unexpected error is in the log, at level error', () =>
  withEmulator(async (bench) => {
    const { session, stderr } = await aSession(bench);

    await eachAccount(session, async () => {
      throw new RangeError('Invalid array length');
    });

    const [line] = stderr()
      .split('\n')
      .flatMap((text) => (text.startsWith('{') ? [JSON.parse(text)] : []));
    expect(line).toMatchObject({ level: 'error', account: 'first', msg: 'unexpected error' });
    expect(line.err.cause).toMatchObject({
      message: 'Invalid array length',
      stack: expect.stringContaining('each-account.test.ts'),
    });
  }));
