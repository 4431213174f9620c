import { expect, test } from 'vitest';
import type { FaultAction } from '../../src/emulator/faults/fault-rule.ts';
import { manifestYaml, withEmulator } from '../cli/world.ts';
import { always, first, ledgerOf, namesIn, writeAccount } from './account.ts';

const tooMuch: readonly { readonly title: string; readonly action: FaultAction }[] = [
  { title: 'a body of 33 MiB', action: { kind: 'huge', mib: 33 } },
  { title: 'a body without an end', action: { kind: 'endless' } },
  { title: 'a body that inflates to 65 MiB', action: { kind: 'gzip-bomb', mib: 65 } },
  { title: 'JSON nested 6,000 deep', action: { kind: 'deep' } },
  { title: 'a total that cannot be', action: { kind: 'total', items: Number.MAX_SAFE_INTEGER } },
  { title: 'a total of a thousand million', action: { kind: 'total', items: 1e9 } },
];

test.each(tooMuch)('a listing answered by $title ends the command with one error, after one request', ({ action }) =>
  withEmulator(async (bench) => {
    await bench.write('apps/support.yaml', manifestYaml('support'));
    bench.emulator.admin.faults([always('GET', action)]);

    const applied = await bench.run(['apply', 'apps', '--yes']);

    expect(applied.code).toBe(1);
    expect(applied.stderr).toContain('the response was not read');
    expect(bench.emulator.admin.counts()).toMatchObject({ GET: 1, writes: 0 });
  }),
);

test.each([
  { title: 'a body without an end', action: { kind: 'endless' } as const },
  { title: 'a captive portal that lets it through', action: { kind: 'html', status: 200, afterCommit: true } as const },
  { title: 'another application', action: { kind: 'foreign-body' } as const },
])('an update answered by $title is seen to be done', ({ action }) =>
  withEmulator(async (bench) => {
    for (const name of ['support', 'sales']) await bench.write(`apps/${name}.yaml`, manifestYaml(name));
    await bench.run(['apply', 'apps', '--yes']);
    await bench.write('apps/support.yaml', manifestYaml('help', '{}', '  formerly: [support]\n'));
    bench.emulator.admin.faults([first(1, 'PUT', action)]);

    const applied = await bench.run(['apply', 'apps', '--yes']);

    expect(applied.code).toBe(0);
    expect(namesIn(bench).toSorted()).toEqual(['help', 'sales']);
    expect(bench.emulator.admin.counts().PUT).toBe(1);
  }),
);

test('a delete answered by a captive portal is not taken for done: the ledger keeps the application', () =>
  withEmulator(async (bench) => {
    await writeAccount(bench, ['support', 'sales'], 'policy: sync');
    await bench.run(['apply', '--yes']);
    await bench.write('apps/support.yaml', '');
    bench.emulator.admin.faults([always('DELETE', { kind: 'html', status: 200 })]);

    const applied = await bench.run(['apply', '--yes', '--allow-deletes', '1']);

    expect(applied.code).not.toBe(0);
    expect(namesIn(bench).toSorted()).toEqual(['sales', 'support']);
    expect(JSON.stringify((await ledgerOf(bench)).entries)).toContain('"support"');
  }));

test("a router's 404 for single applications makes nothing of them missing", () =>
  withEmulator(async (bench) => {
    await writeAccount(bench, ['support', 'sales']);
    await bench.run(['apply', '--yes']);
    bench.emulator.admin.faults([
      always('GET', { kind: 'gateway-404' }, 'applications/'),
      always('GET', { kind: 'empty-account' }, 'page='),
    ]);

    await bench.run(['apply', '--yes']);

    expect(namesIn(bench).toSorted()).toEqual(['sales', 'support']);
    expect(bench.emulator.admin.counts().POST).toBe(2);
  }));
