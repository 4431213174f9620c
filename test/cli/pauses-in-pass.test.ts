import { expect, test } from 'vitest';
import { configYaml, type RunningDaemon, withDaemon } from '../daemon/running.ts';
import { eventually } from '../eventually.ts';
import { type Bench, manifestYaml, withEmulator } from './world.ts';

const names = Array.from({ length: 20 }, (_, index) => `Number ${index + 10}`);
const environment = { DAEMON_TOKEN: 'a-token-that-acts', DAEMON_READ_TOKEN: 'a-token-that-reads' };
const made = ({ emulator }: Bench) => emulator.admin.applications().length;

/** Pauses in the first pass of a daemon, once its first creates are under way; answers with the words and how many were made then. */
async function pausedInThePass(
  bench: Bench,
  daemon: RunningDaemon,
  args: () => Promise<readonly string[]>,
): Promise<{ readonly words: string; readonly madeThen: number }> {
  const sent = () => bench.emulator.admin.requests().filter(({ verb }) => verb === 'POST').length;
  await eventually(() => expect(sent()).toBeGreaterThanOrEqual(4));
  const { stdout } = await bench.run(['pause', ...(await args())], { environment });
  const madeThen = made(bench);
  bench.emulator.admin.faults([]);
  await eventually(() => expect(daemon.logs().map(({ msg }) => msg)).toContain('pass ended'));
  await daemon.ask('/api/v1/sync?wait=true', { method: 'POST' });
  return { words: stdout, madeThen };
}

async function whileCreating(work: (bench: Bench, daemon: RunningDaemon) => Promise<void>): Promise<void> {
  await withEmulator(async (bench) => {
    await bench.write('vonage-gitops.yaml', configYaml());
    for (const name of names) await bench.write(`apps/${name}.yaml`, manifestYaml(name));
    bench.emulator.admin.faults([{ match: { verb: 'POST' }, action: { kind: 'latency', ms: 4_000 } }]);
    await withDaemon(bench, (daemon) => work(bench, daemon));
  });
}

test('a pause through the daemon holds the rest of its pass, and says how many changes had begun', () =>
  whileCreating(async (bench, daemon) => {
    const { words, madeThen } = await pausedInThePass(bench, daemon, async () => ['--daemon', await daemon.url()]);

    const [, begun = ''] = /^Paused account main until resumed; (\d) changes? in progress /.exec(words) ?? [];
    expect(Number(begun)).toBeGreaterThan(0);
    expect(made(bench)).toBeLessThanOrEqual(madeThen + Number(begun));
    expect(made(bench)).toBeLessThan(names.length);
  }));

test('a pause by a command that sees no daemon holds the rest of a pass, too', () =>
  whileCreating(async (bench, daemon) => {
    const { words, madeThen } = await pausedInThePass(bench, daemon, async () => ['--reason', 'INC-42']);

    expect(words).toMatch(/^Paused account main until resumed, from the next change on/);
    expect(made(bench)).toBeLessThanOrEqual(madeThen + 4);
    expect(made(bench)).toBeLessThan(names.length);
  }));
