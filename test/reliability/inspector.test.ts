import { expect, test } from 'vitest';
import { runCli } from '../../src/cli/program.ts';
import { manifestYaml, testWorld, withEmulator } from '../cli/world.ts';
import { configYaml, until } from '../daemon/running.ts';
import { bundled, start } from './process.ts';

const { program } = bundled();

test('SIGUSR1 does not open the inspector of a daemon: it goes on, and warns', () =>
  withEmulator(async (bench) => {
    await bench.write('vonage-gitops.yaml', configYaml().replace(/.*[tT]oken:.*\n/g, ''));
    await bench.write('apps/support.yaml', manifestYaml('Support'));
    const daemon = start(program(), bench, ['run']);
    let said = '';
    daemon.process.stderr?.on('data', (text: Buffer) => {
      said += text.toString();
    });
    const kill = () => daemon.process.kill('SIGUSR1');
    await until(() => said.includes('"msg":"daemon started"'));

    kill();
    await until(() => said.includes('"msg":"signal ignored: the inspector stays disabled"'));
    kill();
    await until(() => bench.emulator.admin.applications().length === 1);
    daemon.process.kill('SIGTERM');
    const { code, stderr } = await daemon.ended;

    expect(code).toBe(0);
    expect(stderr).toMatch(/"level":"warn".*"signal":"SIGUSR1"/);
    expect(stderr).not.toMatch(/Debugger listening|Starting inspector|ws:\/\//);
  }));

test('SIGUSR1 is warned of for as long as run lasts, also with --once', () =>
  withEmulator(async (bench) => {
    await bench.write('apps/support.yaml', manifestYaml('Support'));
    const { context, stderr, wantInspector } = testWorld({ cwd: bench.cwd, environment: bench.environment });
    const ended = runCli(['run', '--once', 'apps', '--state', bench.state], context);
    bench.emulator.admin.faults([{ match: { verb: 'GET' }, action: { kind: 'latency', ms: 300 } }]);
    await until(() => bench.emulator.admin.requests().length > 0);

    wantInspector();
    expect(await ended).toBe(0);
    wantInspector();

    expect(stderr().match(/"signal":"SIGUSR1"/g)).toHaveLength(1);
  }));
