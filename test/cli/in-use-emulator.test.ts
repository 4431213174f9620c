import { rm } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/app/system-clock.ts';
import { parseFault } from '../../src/emulator/flags.ts';
import type { OwnedNumber } from '../../src/emulator/numbers/owned-number.ts';
import type { Clock } from '../../src/reconcile/ports.ts';
import { until, withDaemon } from '../daemon/running.ts';
import { applicationNamed, namesIn } from '../reliability/account.ts';
import { type Bench, hurriedClock, manifestYaml, withEmulator } from './world.ts';

const voice = '{ capabilities: { voice: {} } }';

const configuration = `apiVersion: vonage-gitops/v1
kind: Config
accounts:
  - name: main
    manifests: apps
    policy: sync
    requestsPerSecond: 1000
`;

const daemonConfiguration = `daemon:
  listen: 127.0.0.1:0
  token: { env: DAEMON_TOKEN }
  readToken: { env: DAEMON_READ_TOKEN }
`;

/**
 * Two applications under policy sync, and numbers of which the last is linked to Support, whose manifest is gone. Further settings of the
 * account are lines of YAML.
 */
async function supportUnwanted(bench: Bench, { numbers = 1, settings = '', daemon = '' } = {}): Promise<void> {
  await bench.write('vonage-gitops.yaml', `${configuration}${settings}${daemon}`);
  await bench.write('apps/Sales.yaml', manifestYaml('Sales', voice));
  const manifest = await bench.write('apps/Support.yaml', manifestYaml('Support', voice));
  expect((await bench.run(['apply', '--yes'])).code).toBe(0);
  const linked = { country: 'ES', msisdn: '34600111222', app_id: applicationNamed(bench, 'Support').id };
  bench.emulator.admin.putNumbers([...spares(numbers - 1), linked]);
  await rm(manifest);
  bench.emulator.admin.clearRequests();
}

function spares(count: number): readonly OwnedNumber[] {
  return Array.from({ length: count }, (_, index) => ({ country: 'GB', msisdn: String(447_700_900_000 + index) }));
}

/** Requests for pages of numbers so far. */
function pagesRead({ emulator }: Bench): number {
  return emulator.admin.requests().filter(({ path }) => path.startsWith('/account/numbers')).length;
}

/** Runs a command, waiting for no second to pass. */
function run(bench: Bench, ...args: readonly string[]) {
  return bench.run(args, { clock: hurriedClock() });
}

describe('an application whose manifest is gone and that a number is linked to', () => {
  test.each([
    { format: 'text', shown: '"Support" has 1 linked number (********222). Unlink them, or pass --allow-linked NAME' },
    { format: 'markdown', shown: '"Support" has 1 linked number (&#42;&#42;&#42;&#42;&#42;&#42;&#42;&#42;222)' },
  ])('a plan as $format says that it stays, with the number masked, and the remedy', ({ format, shown }) =>
    withEmulator(async (bench) => {
      await supportUnwanted(bench);

      const { stdout } = await run(bench, 'plan', '--format', format);

      expect(stdout).toContain(shown);
      expect(stdout).toContain('its manifest was removed; cuts off 1 linked number');
      expect(stdout).not.toMatch(/34600111222|not checked/);
      expect(pagesRead(bench)).toBe(1);
    }),
  );

  test('a plan as JSON has it as a skip', () =>
    withEmulator(async (bench) => {
      await supportUnwanted(bench);

      const { stdout } = await run(bench, 'plan', '--format', 'json');

      expect(JSON.parse(stdout)).toMatchObject({
        changes: [],
        guards: [{ guard: 'in-use', blocked: 1 }],
        skips: [{ name: 'Support', reason: 'blocked', guard: 'in-use' }, { name: 'Sales' }],
      });
      expect(stdout).not.toContain('34600111222');
    }));

  test('stays until it is allowed by its name', () =>
    withEmulator(async (bench) => {
      await supportUnwanted(bench);

      const refused = await run(bench, 'apply', '--yes');
      const others = await run(bench, 'apply', '--yes', '--allow-linked', 'Sales');
      const left = namesIn(bench);
      const allowed = await run(bench, 'apply', '--yes', '--allow-linked', 'Support');

      expect([refused.code, others.code, allowed.code]).toEqual([3, 3, 0]);
      expect(left.toSorted()).toEqual(['Sales', 'Support']);
      expect(namesIn(bench)).toEqual(['Sales']);
      expect(bench.emulator.admin.numbers()).toHaveLength(1);
    }));

  test('is deleted once the number is unlinked', () =>
    withEmulator(async (bench) => {
      await supportUnwanted(bench);
      const refused = await run(bench, 'apply', '--yes');
      bench.emulator.admin.putNumbers([{ country: 'ES', msisdn: '34600111222' }]);

      const applied = await run(bench, 'apply', '--yes');

      expect([refused.code, applied.code]).toEqual([3, 0]);
      expect(namesIn(bench)).toEqual(['Sales']);
    }));

  test('stays when the number was linked after the plan was made', () =>
    withEmulator(async (bench) => {
      await supportUnwanted(bench);
      const { admin } = bench.emulator;
      const linked = admin.numbers();
      admin.removeNumber('34600111222');
      await run(bench, 'plan', '--out', 'plan.json');
      admin.putNumbers(linked);

      const refused = await run(bench, 'apply', 'plan.json', '--yes');

      expect(refused.code).not.toBe(0);
      expect(namesIn(bench).toSorted()).toEqual(['Sales', 'Support']);
    }));

  test('in a daemon it stays, a person is told, and it goes once the number is unlinked and is looked for again', () =>
    withEmulator(async (bench) => {
      await supportUnwanted(bench, { daemon: daemonConfiguration });
      const clock = jumpingClock();

      await withDaemon(
        bench,
        async (daemon) => {
          const sync = () => daemon.ask('/api/v1/sync?wait=true', { method: 'POST' });
          await until(async () => (await daemon.ask('/readyz')).status === 200);
          const refused = await sync();
          const status = await daemon.ask('/api/v1/status');
          bench.emulator.admin.putNumbers([{ country: 'ES', msisdn: '34600111222' }]);
          clock.jump(600_000);

          expect(refused.json).toHaveProperty('exitCode', 3);
          expect(JSON.stringify(daemon.logs())).toContain('has 1 linked number (********222)');
          expect(status.json).toHaveProperty(['accounts', 0, 'state'], 'attention');
          expect(`${refused.text}${status.text}${JSON.stringify(daemon.logs())}`).not.toContain('34600111222');
          await until(async () => (await sync()) && !namesIn(bench).includes('Support'));
        },
        { clock },
      );

      expect(namesIn(bench)).toEqual(['Sales']);
    }));

  test('a plan over HTTP asks for no numbers, and says that they were not checked', () =>
    withEmulator(async (bench) => {
      await supportUnwanted(bench, { daemon: daemonConfiguration });

      await withDaemon(bench, async (daemon) => {
        await until(async () => (await daemon.ask('/readyz')).status === 200);
        const before = pagesRead(bench);
        const plan = await daemon.ask('/api/v1/plan');

        expect(pagesRead(bench)).toBe(before);
        expect(plan.json).toMatchObject({ plans: [{ changes: [{ name: 'Support', linkedNumbers: 'not checked' }] }] });
      });
    }));
});

/** The machine's clock; the one that only goes forward can jump. */
function jumpingClock(): Clock & { jump(ms: number): void } {
  let jumpedMs = 0;
  return {
    ...systemClock,
    monotonic: () => systemClock.monotonic() + jumpedMs,
    jump: (ms) => {
      jumpedMs += ms;
    },
  };
}

interface Answer {
  readonly title: string;
  readonly fault: string;
  /** Numbers in the account, of which the last is linked. */
  readonly numbers?: number;
  /** What becomes of the application: it is deleted, blocked, or not checked. */
  readonly end: 'deleted' | 'linked' | 'unknown';
  /** Requests for pages that a plan makes. */
  readonly pages?: number;
}

/** Blocks nothing, where a case needs no fault. */
const noFault = 'GET@never:status=500';

const answers: readonly Answer[] = [
  { title: '401', fault: 'GET@account/numbers:status=401', end: 'unknown' },
  { title: '403', fault: 'GET@account/numbers:status=403', end: 'unknown' },
  { title: '500', fault: 'GET@account/numbers:status=500', end: 'unknown' },
  { title: '429 that does not end', fault: 'GET@account/numbers:status=429', end: 'unknown' },
  { title: 'an HTML page', fault: 'GET@account/numbers:html=200', end: 'unknown', pages: 1 },
  { title: 'a gateway page', fault: 'GET@account/numbers:html=502', end: 'unknown' },
  { title: 'nothing, the connection being reset', fault: 'GET@account/numbers:reset-before', end: 'unknown' },
  { title: 'half of a page', fault: 'GET@account/numbers:truncate', end: 'unknown' },
  { title: '{}', fault: 'GET@account/numbers:empty-account', end: 'deleted', pages: 1 },
  { title: 'a short page', fault: 'GET@account/numbers:short-page', end: 'unknown', pages: 2 },
  { title: 'a short page once', fault: 'GET@account/numbers:short-page:x1', end: 'linked', pages: 2 },
  { title: 'no count', fault: 'GET@account/numbers:total=none', end: 'unknown', pages: 1 },
  { title: 'a count as text', fault: 'GET@account/numbers:total="1"', end: 'unknown', pages: 1 },
  { title: 'more numbers than are read', fault: 'GET@account/numbers:total=10001', end: 'unknown', pages: 1 },
  { title: 'one page over and over', fault: 'GET:repeat-page', numbers: 150, end: 'unknown', pages: 4 },
  { title: '20 pages', fault: noFault, numbers: 2000, end: 'linked', pages: 20 },
  { title: '21 pages', fault: noFault, numbers: 2001, end: 'linked', pages: 21 },
];

describe.each(answers)('the Numbers API answers $title', ({ fault, numbers = 1, end, pages }) => {
  test.each([{ inUse: 'check' }, { inUse: 'require' }])('under inUse $inUse', ({ inUse }) =>
    withEmulator(async (bench) => {
      await supportUnwanted(bench, { numbers, settings: `    inUse: ${inUse}\n` });
      bench.emulator.admin.faults([parseFault(fault)]);

      const planned = await run(bench, 'plan');
      const asked = pagesRead(bench);
      bench.emulator.admin.faults([parseFault(fault)]);
      const applied = await run(bench, 'apply', '--yes');

      const isDeleted = end === 'deleted' || (end === 'unknown' && inUse === 'check');
      expect(namesIn(bench).includes('Support')).toBe(!isDeleted);
      expect(applied.code).toBe(isDeleted ? 0 : 3);
      expect(planned.stdout.includes('linked numbers not checked: ')).toBe(end === 'unknown');
      expect(planned.stdout.includes('1 linked number (********222)')).toBe(end === 'linked');
      if (pages !== undefined) expect(asked).toBe(pages);
    }),
  );
});
