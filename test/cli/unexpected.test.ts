import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { NamesMovingToOtherAccounts } from '../../src/app/moved-names.ts';
import { openLedger } from '../../src/app/open-ledger.ts';
import { openSession } from '../../src/app/session.ts';
import { runCli } from '../../src/cli/program.ts';
import { until } from '../daemon/running.ts';
import { type Bench, manifestYaml, testWorld, withEmulator } from './world.ts';

const configYaml = `apiVersion: vonage-gitops/v1
kind: Config
accounts:
  - { name: first, manifests: first, scope: { names: [First] } }
  - { name: second, manifests: second, scope: { names: [Second] } }
daemon: { listen: "127.0.0.1:0" }
`;

/** Two accounts; the first one that is opened fails in a way nobody expects, once. */
async function aWorld(bench: Bench, stop = new AbortController()) {
  await bench.write('vonage-gitops.yaml', configYaml);
  await bench.write('first/first.yaml', manifestYaml('First'));
  await bench.write('second/second.yaml', manifestYaml('Second'));
  let broken = true;
  const environment = new Proxy<Record<string, string>>(bench.environment, {
    get: (target, name) => {
      if (name !== 'HTTPS_PROXY' || !broken) return target[String(name)];
      broken = false;
      throw new TypeError(`not a function: ${bench.emulator.apiSecret}`);
    },
  });
  return { ...testWorld({ cwd: bench.cwd, environment, stop: stop.signal }), stop };
}

const names = ({ emulator }: Bench) => emulator.admin.applications().map(({ name }) => name);

test('an unexpected error of one account stops neither the other one of an apply nor its exit code', () =>
  withEmulator(async (bench) => {
    const { context, stderr } = await aWorld(bench);

    const code = await runCli(['apply', '--yes', '--state', bench.state], context);

    expect(code).toBe(1);
    expect(names(bench)).toEqual(['Second']);
    expect(stderr()).toContain('Error E_UNEXPECTED (account first): an unexpected error (TypeError)');
    expect(stderr()).not.toContain(bench.emulator.apiSecret);
  }));

test('an unexpected error of one account is a finding of doctor, and the others are examined', () =>
  withEmulator(async (bench) => {
    const { context, stdout, stderr } = await aWorld(bench);

    const code = await runCli(['doctor', '--state', bench.state], context);

    expect(code).toBe(1);
    expect(stdout()).toMatch(/fail {2}first: checks +an unexpected error \(TypeError\)/);
    expect(stdout()).toMatch(/ok {4}second: manifests +1 in/);
    expect(stderr()).toContain('"stack"');
    expect(stderr()).not.toContain(bench.emulator.apiSecret);
  }));

test('an unexpected error of one account stops neither the daemon nor the other account, and the next pass goes well', () =>
  withEmulator(async (bench) => {
    const { context, stderr, stop } = await aWorld(bench);
    const ended = runCli(['run', '--state', bench.state], context);

    await until(() => names(bench).length === 2);
    stop.abort(new Error('the test is over'));

    expect(await ended).toBe(0);
    const failed = /"account":"(\w+)".*"code":"E_UNEXPECTED".*"stack":.*"msg":"pass failed"/.exec(stderr());
    expect(stderr()).not.toContain(bench.emulator.apiSecret);
    const history = await readFile(join(bench.state, String(failed?.[1]), 'passes.jsonl'), 'utf8');
    expect(history).toContain('"code":"E_UNEXPECTED"');
    expect(history).not.toContain(bench.emulator.apiSecret);
  }));

test('what cannot be read of another account, in whatever way, stops no pass: everything may be moving there', () =>
  withEmulator(async (bench) => {
    const { context, stderr } = await aWorld(bench);
    await runCli(['apply', '--yes', '--account', 'second', '--state', bench.state], context);
    await runCli(['apply', '--yes', '--account', 'second', '--state', bench.state], context);
    const session = await openSession({ context, options: { color: 'never', state: bench.state } });
    const [first, second] = session.accounts;
    if (first === undefined || second === undefined) throw new Error('two accounts are configured');
    const credentials = () => {
      throw new TypeError('a bug');
    };
    const sick = { ...session, config: { ...session.config, accounts: [{ ...first, credentials }, second] } };

    const moving = new NamesMovingToOtherAccounts(sick, second, openLedger(sick, second));

    expect(await moving.now(context.stop)).toEqual(new Set(['First']));
    await until(() => stderr().includes('"msg":"other account cannot be read"'));
  }));

test('an unexpected error of the checks at the start does not keep the daemon from starting', () =>
  withEmulator(async (bench) => {
    const { context, stderr, stop } = await aWorld(bench);
    const clock = {
      ...context.clock,
      now: () => {
        if (new Error('where').stack?.includes('doctor-local.ts')) throw new TypeError('a bug');
        return context.clock.now();
      },
    };
    await runCli(['apply', '--yes', '--account', 'second', '--state', bench.state], context);
    await runCli(['apply', '--yes', '--account', 'second', '--state', bench.state], context);
    const ended = runCli(['run', '--state', bench.state], { ...context, clock });

    await until(() => names(bench).length === 2);
    await until(() => stderr().includes('"msg":"start-up check failed"'));
    stop.abort(new Error('the test is over'));

    expect(await ended).toBe(0);
  }));
