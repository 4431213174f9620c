import { execFileSync } from 'node:child_process';
import { readFile, rename, rm, truncate } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { FaultRule } from '../../src/emulator/faults/fault-rule.ts';
import type { Clock } from '../../src/reconcile/ports.ts';
import { type Bench, hurriedClock, manifestYaml, withEmulator } from '../cli/world.ts';
import { eventually } from '../eventually.ts';
import {
  aConfig,
  answering,
  applicationNamed,
  keysIn,
  ledgerOf,
  namesIn,
  namesWithoutKey,
  writeAccount,
} from './account.ts';
import { bundled, start } from './process.ts';

const { program } = bundled();
const slow = { kind: 'latency', ms: 1500 } as const;
/** So late that the next run is over before, on a loaded machine too. */
const afterNextRun = { kind: 'latency', ms: 25_000 } as const;

interface Killed {
  readonly title: string;
  readonly fault: FaultRule;
  /** POSTs that both runs send in all. */
  readonly posts: number;
}

/** Kills the run once a request that the fault is about has arrived. */
async function killDuring(bench: Bench, { match }: FaultRule): Promise<void> {
  bench.emulator.admin.clearRequests();
  const { process: child, ended } = start(program(), bench, ['apply', '--yes']);
  const isMeant = ({ verb, path }: { verb: string; path: string }) =>
    verb === match?.verb && new RegExp(match?.path ?? '').test(path);
  await eventually(() =>
    expect(bench.emulator.admin.requests().filter(isMeant).length).toBeGreaterThanOrEqual(match?.nth ?? 1),
  );
  child.kill('SIGKILL');
  await ended;
}

describe('kill -9', () => {
  const creating: readonly Killed[] = [
    { title: 'while it reads the account', fault: { match: { verb: 'GET' }, action: slow }, posts: 1 },
    {
      title: 'with a create that takes effect after the death',
      fault: { match: { verb: 'POST', nth: 1 }, action: slow },
      posts: 1,
    },
    {
      title: 'with a create that took effect and was not answered',
      fault: { match: { verb: 'POST', nth: 1 }, action: { kind: 'timeout-after' } },
      posts: 1,
    },
    {
      title: 'while it waits for a create that was lost',
      fault: { match: { verb: 'POST', nth: 1 }, action: { kind: 'reset-before' } },
      posts: 2,
    },
  ];

  test.each(creating)('$title: the next run ends with one application and its key', ({ fault, posts }) =>
    withEmulator(async (bench) => {
      await writeAccount(bench, ['support']);
      await bench.write('vonage-gitops.yaml', aConfig().replace('settleSeconds: 0.3', 'settleSeconds: 2'));
      bench.emulator.admin.faults([fault]);
      await killDuring(bench, fault);
      bench.emulator.admin.faults([]);

      const next = await bench.run(['apply', '--yes']);

      expect(next).toMatchObject({ code: 0 });
      expect(bench.emulator.admin.counts().POST).toBe(posts);
      expect(namesIn(bench)).toEqual(['support']);
      expect(await namesWithoutKey(bench)).toEqual([]);
      expect((await ledgerOf(bench)).intents).toEqual([]);
    }),
  );

  const writing: readonly (Omit<Killed, 'posts'> & { readonly left: readonly string[] })[] = [
    {
      title: 'before an update',
      fault: { match: { verb: 'GET', path: '[0-9a-f]$' }, action: slow },
      left: ['changed', 'kept'],
    },
    { title: 'with an update under way', fault: { match: { verb: 'PUT' }, action: slow }, left: ['changed', 'kept'] },
    {
      title: 'with an update that took effect',
      fault: { match: { verb: 'PUT' }, action: { kind: 'timeout-after' } },
      left: ['changed', 'kept'],
    },
    {
      title: 'with a delete under way',
      fault: { match: { verb: 'DELETE' }, action: afterNextRun },
      left: ['changed', 'kept'],
    },
    {
      title: 'with a delete that took effect',
      fault: { match: { verb: 'DELETE' }, action: { kind: 'timeout-after' } },
      left: ['changed', 'kept'],
    },
  ];

  test.each(writing)('$title: the next run finishes, and one delete counts as one', ({ fault, left }) =>
    withEmulator(async (bench) => {
      await writeAccount(bench, ['changed', 'gone', 'kept'], 'policy: sync', 'deletes: { max: 1, per24h: 1 }');
      await bench.run(['apply', '--yes']);
      await bench.write('apps/changed.yaml', manifestYaml('changed', answering('https://new.example.com/')));
      await rm(join(bench.cwd, 'apps/gone.yaml'));
      bench.emulator.admin.faults([fault]);
      await killDuring(bench, fault);
      bench.emulator.admin.faults([]);

      const next = [await bench.run(['apply', '--yes']), await bench.run(['apply', '--yes'])];

      expect(next).toMatchObject([{ code: 0 }, { code: 0 }]);
      expect([...namesIn(bench)].sort()).toEqual(left);
      expect(applicationNamed(bench, 'changed').capabilities).toMatchObject({
        voice: { webhooks: { event_url: { address: 'https://new.example.com/' } } },
      });
      expect((await ledgerOf(bench)).deletes).toMatchObject([{ name: 'gone' }]);
      expect(await namesWithoutKey(bench)).toEqual([]);
    }),
  );
});

test('of two processes at once the second waits and then gives way; after a kill the next one waits for nothing', () =>
  withEmulator(async (bench) => {
    await writeAccount(bench, ['support']);
    await bench.write('vonage-gitops.yaml', aConfig().replace('requestTimeoutSeconds: 1', 'requestTimeoutSeconds: 60'));
    bench.emulator.admin.faults([{ match: { verb: 'POST', times: 1 }, action: { kind: 'timeout-after' } }]);
    const one = start(program(), bench, ['apply', '--yes']);
    await eventually(() => expect(bench.emulator.admin.counts().POST).toBe(1));

    const second = await start(program(), bench, ['apply', '--yes', '--lock-timeout', '1']).ended;
    const looking = await bench.run(['plan']);
    one.process.kill('SIGKILL');
    await one.ended;
    const third = await bench.run(['apply', '--yes', '--lock-timeout', '0']);

    expect(second).toMatchObject({ code: 6, stderr: expect.stringContaining('another vonage-gitops') });
    expect(looking).toMatchObject({ code: 0 });
    expect(third).toMatchObject({ code: 0 });
    expect(bench.emulator.admin.counts().POST).toBe(1);
    expect(namesIn(bench)).toEqual(['support']);
  }));

const ownMounts = ['unshare', '-rm'];

/** Whether this machine lets a test have mounts of its own. */
function canMount(): boolean {
  try {
    const [command = '', ...options] = ownMounts;
    execFileSync(command, [...options, 'mount', '-t', 'tmpfs', 'none', '/mnt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

test.each([
  { title: 'is under way', action: { kind: 'latency', ms: 700 } },
  { title: 'whose response is lost is under way', action: { kind: 'timeout-after' } },
] as const)('a package that is replaced while a create $title changes nothing for it', ({ action }) =>
  withEmulator(async (bench) => {
    await writeAccount(bench, ['support']);
    bench.emulator.admin.faults([{ match: { verb: 'POST' }, action }]);
    const { ended } = start(program(), bench, ['apply', '--yes']);
    await eventually(() => expect(bench.emulator.admin.counts().POST).toBe(1));

    const folder = dirname(program());
    await rename(folder, `${folder}.replaced`);
    const { code, stderr } = await ended.finally(() => rename(`${folder}.replaced`, folder));

    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(namesIn(bench)).toEqual(['support']);
    expect(await readFile(join(bench.state, 'main/keys/index.json'), 'utf8')).toContain('"support"');
  }),
);

test('a run that has nothing to wait for before its end is no success', () =>
  withEmulator(async (bench) => {
    await writeAccount(bench, ['support']);
    const never = await bench.write('never.cjs', "require('node:fs/promises').stat = () => new Promise(() => {});\n");

    const { ended } = start(program(), bench, ['apply', '--yes'], {
      before: `export NODE_OPTIONS="--require ${never}"`,
    });

    expect(await ended).toMatchObject({ code: 1, stderr: expect.stringContaining('stopped before it finished') });
    expect(namesIn(bench)).toEqual([]);
  }));

describe('a state directory that cannot be written', () => {
  test.runIf(process.platform === 'linux')('because files may not grow: nothing is sent', () =>
    withEmulator(async (bench) => {
      await writeAccount(bench, ['support']);

      const { code, stderr, stdout } = await start(program(), bench, ['apply', '--yes'], { before: 'ulimit -f 0' })
        .ended;

      expect({ code, said: `${stdout}${stderr}` }).toMatchObject({
        code: 1,
        said: expect.stringContaining('cannot be used'),
      });
      expect(bench.emulator.admin.counts().writes).toBe(0);
      expect(await bench.run(['apply', '--yes'])).toMatchObject({ code: 0 });
    }),
  );

  test('because it is a file: nothing is sent, and it is left as it is', () =>
    withEmulator(async (bench) => {
      await writeAccount(bench, ['support']);
      await bench.write('state', 'not a directory');

      const applied = await bench.run(['apply', '--yes']);

      expect(applied.code).toBe(1);
      expect(applied.stderr).toContain('E_STATE_UNUSABLE');
      expect(bench.emulator.admin.counts().writes).toBe(0);
      expect(await readFile(bench.state, 'utf8')).toBe('not a directory');
    }));

  test.runIf(canMount())('because it is mounted read-only: plan works, apply sends nothing', () =>
    withEmulator(async (bench) => {
      await writeAccount(bench, ['support']);
      await bench.run(['apply', '--yes']);
      await bench.write('apps/support.yaml', manifestYaml('support', answering('https://new.example.com/')));
      bench.emulator.admin.clearRequests();
      const before = `mount --bind ${bench.state} ${bench.state} && mount -o remount,bind,ro ${bench.state}`;
      const again = (...args: readonly string[]) => start(program(), bench, args, { before, wrapper: ownMounts });

      const [plan, apply] = [await again('plan').ended, await again('apply', '--yes').ended];

      expect(plan).toMatchObject({ code: 0, stdout: expect.stringContaining('new.example.com') });
      expect(apply.code).toBe(1);
      expect(apply.stderr).toContain('E_STATE_UNUSABLE');
      expect(bench.emulator.admin.counts().writes).toBe(0);
    }),
  );
});

describe('a ledger that cannot be trusted', () => {
  async function anAccount(bench: Bench): Promise<string> {
    await writeAccount(bench, ['support'], 'policy: sync');
    await bench.run(['apply', '--yes']);
    await writeAccount(bench, ['support', 'new'], 'policy: sync');
    bench.emulator.admin.clearRequests();
    return join(bench.state, 'main', 'ledger.json');
  }

  test('because it was truncated: nothing is sent, and it is left as it is', () =>
    withEmulator(async (bench) => {
      const ledger = await anAccount(bench);
      await truncate(ledger, 200);
      const before = await readFile(ledger, 'utf8');

      const ended = [await bench.run(['apply', '--yes']), await bench.run(['plan'])];

      for (const { code, stderr } of ended) {
        expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('E_LEDGER_CORRUPT') });
      }
      expect(bench.emulator.admin.counts().writes).toBe(0);
      expect(await readFile(ledger, 'utf8')).toBe(before);
    }));

  test('because it belongs to another account: nothing is sent, and both hosts are named', () =>
    withEmulator(async (bench) => {
      await anAccount(bench);
      await withEmulator(async (other) => {
        const ended = await bench.run(['apply', '--yes'], { environment: other.environment });

        expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('E_LEDGER_OTHER_ACCOUNT') });
        expect(ended.stderr).toContain(new URL(bench.emulator.url).host);
        expect(ended.stderr).toContain(new URL(other.emulator.url).host);
        expect(other.emulator.admin.counts()).toMatchObject({ GET: 0, writes: 0 });
      });
    }));

  test('because the whole state but the keys is gone: everything is adopted, nothing is created', () =>
    withEmulator(async (bench) => {
      await anAccount(bench);
      await writeAccount(bench, ['support'], 'policy: sync');
      await rm(join(bench.cwd, 'apps/new.yaml'));
      const keys = await keysIn(bench);
      for (const file of ['ledger.json', 'ledger.json.bak', 'ledger.backup.json']) {
        await rm(join(bench.state, 'main', file), { force: true });
      }

      const ended = [await bench.run(['apply', '--yes']), await bench.run(['apply', '--yes'])];

      expect(ended).toMatchObject([{ code: 0 }, { code: 0 }]);
      expect(bench.emulator.admin.counts()).toMatchObject({ POST: 0, DELETE: 0 });
      expect(await ledgerOf(bench)).toMatchObject({ entries: [{ name: 'support' }], intents: [] });
      expect(await keysIn(bench)).toEqual(keys);
    }));
});

describe('a clock that jumps', () => {
  const day = 24 * 60 * 60 * 1000;

  /** Of four applications one is deleted, which is all that a day allows; then the clock jumps, and a second one may be. */
  async function deletedAfter(bench: Bench, jumpMs: number, faults: readonly FaultRule[] = []) {
    await writeAccount(bench, ['a', 'b', 'c', 'd'], 'policy: sync', 'deletes: { max: 1, per24h: 1 }');
    const clock = hurriedClock();
    await bench.run(['apply', '--yes'], { clock });
    await rm(join(bench.cwd, 'apps/a.yaml'));
    expect(await bench.run(['apply', '--yes'], { clock })).toMatchObject({ code: 0 });
    await rm(join(bench.cwd, 'apps/b.yaml'));
    bench.emulator.admin.clearRequests();
    bench.emulator.admin.faults(faults);

    clock.advance(jumpMs);
    const { code, stdout } = await bench.run(['apply', '--yes'], { clock });
    return { code, stdout, deletes: bench.emulator.admin.counts().DELETE };
  }

  test.each([
    { title: 'back', jumpMs: -2 * day },
    { title: 'ahead within the day', jumpMs: day / 2 },
    { title: 'ahead by more than a day', jumpMs: 2 * day },
  ])('$title: the budget of deletes is never wider than a day allows', ({ jumpMs }) =>
    withEmulator(async (bench) => {
      const ended = await deletedAfter(bench, jumpMs);

      expect(ended).toMatchObject({ code: 3, deletes: 0 });
      expect(ended.stdout).toContain("this machine's clock says");
    }),
  );

  test.each([
    { title: 'back: the budget does not widen', jumpMs: -2 * day, code: 3, deletes: 0 },
    { title: 'ahead by more than a day: the budget is free, as the page says', jumpMs: 2 * day, code: 0, deletes: 1 },
  ])('where the API tells no time, $title', ({ jumpMs, code, deletes }) =>
    withEmulator(async (bench) => {
      const ended = await deletedAfter(bench, jumpMs, [{ action: { kind: 'date' } }]);

      expect(ended).toMatchObject({ code, deletes });
    }),
  );

  test.each([
    { title: 'ahead', jumpMs: day },
    { title: 'back', jumpMs: -day },
  ])('$title while a run waits for a lost create: it is decided after one settle time, in the same run', ({ jumpMs }) =>
    withEmulator(async (bench) => {
      await writeAccount(bench, ['support']);
      await bench.write('vonage-gitops.yaml', aConfig().replace('settleSeconds: 0.3', 'settleSeconds: 60')); // longer than a slow run
      const hurried = hurriedClock();
      const sleep: Clock['sleep'] = async (ms, signal) => {
        hurried.advance(jumpMs);
        await hurried.sleep(ms, signal);
      };
      bench.emulator.admin.faults([{ match: { verb: 'POST', times: 1 }, action: { kind: 'reset-before' } }]);

      const applied = await bench.run(['apply', '--yes'], { clock: { ...hurried, sleep } });

      expect(applied).toMatchObject({ code: 0, stderr: expect.stringMatching(/Waiting (60|[1-5]\d) s/) });
      expect(namesIn(bench)).toEqual(['support']);
    }),
  );

  test('back during an undecided create: the wait is no longer than the settle time, and nothing is doubled', () =>
    withEmulator(async (bench) => {
      await writeAccount(bench, ['support']);
      await bench.write('vonage-gitops.yaml', aConfig().replace('settleSeconds: 0.3', 'settleSeconds: 60')); // longer than a slow run
      const clock = hurriedClock();
      bench.emulator.admin.faults([{ match: { verb: 'POST', times: 1 }, action: { kind: 'reset-before' } }]);
      expect(await bench.run(['apply', '--yes', '--no-wait'], { clock })).toMatchObject({ code: 4 });

      clock.advance(-day);
      const applied = await bench.run(['apply', '--yes'], { clock });

      expect(applied.code).toBe(0);
      const [, waited] = /Waiting (\d+) s/.exec(applied.stderr) ?? [];
      expect(Number(waited)).toBeLessThanOrEqual(60);
      expect(namesIn(bench)).toEqual(['support']);
      expect(await namesWithoutKey(bench)).toEqual([]);
    }));
});
