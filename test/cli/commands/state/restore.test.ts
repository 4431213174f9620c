import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../../../src/app/system-clock.ts';
import { runCli } from '../../../../src/cli/program.ts';
import type { StoredApplication } from '../../../../src/emulator/applications/record.ts';
import type { EmulatorOptions } from '../../../../src/emulator/emulator.ts';
import type { FaultRule } from '../../../../src/emulator/faults/fault-rule.ts';
import { anIntent } from '../../../builders.ts';
import { withAccount } from '../../bench-account.ts';
import { type Bench, hurriedClock, manifestYaml, testWorld, withEmulator } from '../../world.ts';

const voice =
  '{ capabilities: { voice: { webhooks: { answer_url: { address: "https://a.example/answer", http_method: GET } } } } }';

/** The API takes and shows texts that only look like a key. */
const noKey = '-----BEGIN PUBLIC KEY-----\nbm90IGEga2V5\n-----END PUBLIC KEY-----\n';

function configuration({ environment }: Bench): string {
  return `apiVersion: vonage-gitops/v1
kind: Config
accounts:
  - name: default
    manifests: apps
    apiUrl: ${environment.VONAGE_API_URL}
    apiKey: { env: VONAGE_API_KEY }
    apiSecret: { env: VONAGE_API_SECRET }
    policy: sync
`;
}

const only = ({ emulator }: Bench, name: string): StoredApplication | undefined =>
  emulator.admin.applications().find((application) => application.name === name);

/** Creates Support and AccountView, then deletes Support by removing its manifest; answers with Support as it was. */
async function deleted(
  bench: Bench,
  spec = voice,
  seed?: Parameters<Bench['emulator']['admin']['seed']>[0],
): Promise<StoredApplication> {
  await bench.write('vonage-gitops.yaml', configuration(bench));
  if (seed !== undefined) bench.emulator.admin.seed(seed);
  await bench.write('apps/Support.yaml', manifestYaml('Support', spec, '  deletionPolicy: delete\n'));
  await bench.write('apps/Keeper.yaml', manifestYaml('Keeper'));
  await bench.run(['apply', '--yes']);
  const before = only(bench, 'Support');
  await rm(join(bench.cwd, 'apps/Support.yaml'));
  await bench.run(['apply', '--yes', '--allow-deletes', '1']);
  if (before === undefined || only(bench, 'Support') !== undefined) throw new Error('Support was to be deleted');
  return before;
}

test('a deleted application comes back as it was, with its key pair and a new id', () =>
  withEmulator(async (bench) => {
    const before = await deleted(bench);

    const ended = await bench.run(['restore', 'Support', '--yes']);

    const after = only(bench, 'Support');
    expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining(`restored "Support" ${after?.id}`) });
    expect(ended.stdout).toContain('It has a new id');
    expect(after?.id).not.toBe(before.id);
    expect({ ...after, id: undefined }).toEqual({ ...before, id: undefined });
    expect(await bench.run(['keys', 'check'])).toMatchObject({ code: 0, stdout: expect.stringContaining('2 of 2') });
    expect(await readdir(join(bench.state, 'default/keys'))).toHaveLength(3);
  }));

test('passes leave a restored application alone until a manifest names it', () =>
  withEmulator(async (bench) => {
    await deleted(bench);
    await bench.run(['restore', 'Support', '--yes']);

    const without = await bench.run(['apply', '--yes', '--allow-deletes', '1']);
    const kept = only(bench, 'Support');
    await bench.write('apps/Support.yaml', manifestYaml('Support', voice));
    bench.emulator.admin.clearRequests();
    const withManifest = await bench.run(['apply', '--yes']);

    expect([without.code, withManifest.code]).toEqual([0, 0]);
    expect(kept).toBeDefined();
    expect(without.stdout).toContain('protected');
    expect(bench.emulator.admin.counts().writes).toBe(0);
  }));

test('a restored application that its manifest names again can be deleted again', () =>
  withEmulator(async (bench) => {
    await deleted(bench);
    await bench.run(['restore', 'Support', '--yes']);
    await bench.write('apps/Support.yaml', manifestYaml('Support', voice));
    await bench.run(['apply', '--yes']);
    await rm(join(bench.cwd, 'apps/Support.yaml'));

    const ended = await bench.run(['apply', '--yes']);

    expect(ended.code).toBe(0);
    expect(only(bench, 'Support')).toBeUndefined();
  }));

test.each([
  { title: 'by its old id', argument: (id: string) => id },
  { title: 'by its name', argument: () => 'Support' },
])('an application is restored $title, and the response says which it was', ({ argument }) =>
  withEmulator(async (bench) => {
    const { id } = await deleted(bench);

    const ended = await bench.run(['restore', argument(id), '--yes', '--format', 'json']);

    const document = JSON.parse(ended.stdout);
    expect(document).toMatchObject({
      format: 'vonage-gitops.restore/1',
      previousId: id,
      applicationId: only(bench, 'Support')?.id,
    });
    expect(document.key.path).toMatch(/\.pem$/);
  }),
);

test('an adopted application comes back with the public key it had', () =>
  withEmulator(async (bench) => {
    const { pem } = await withAccount(bench, ({ keys }) => keys.generate());
    const before = await deleted(bench, '{}', [{ name: 'Support', keys: { public_key: pem } }]);

    const ended = await bench.run(['restore', 'Support', '--yes']);

    expect(ended).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('whose private key is not in the key directory'),
    });
    expect(only(bench, 'Support')?.keys).toEqual(before.keys);
  }));

test('an application without a usable key comes back with a new pair', () =>
  withEmulator(async (bench) => {
    await deleted(bench, '{}', [{ name: 'Support', keys: { public_key: noKey } }]);

    const ended = await bench.run(['restore', 'Support', '--yes']);

    expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining('with a new key pair') });
    expect((await bench.run(['keys', 'check', 'Support'])).code).toBe(0);
  }));

test('fields that the API shows and does not take back are left out and named', () =>
  withEmulator(
    async (bench) => {
      await deleted(bench, '{ capabilities: { video: {} } }');

      const ended = await bench.run(['restore', 'Support', '--yes']);

      expect(ended).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('left out, the server did not accept it'),
      });
      expect(only(bench, 'Support')).toBeDefined();
    },
    { switches: { videoExtras: 'readonly' } } satisfies EmulatorOptions,
  ));

test.each([
  { title: 'of that name', name: 'Support' },
  { title: 'whose name differs in case and white space only', name: ' support' },
])('nothing is restored while an application $title exists', ({ name }) =>
  withEmulator(async (bench) => {
    await deleted(bench);
    bench.emulator.admin.seed([{ name }]);
    bench.emulator.admin.clearRequests();

    const ended = await bench.run(['restore', 'Support', '--yes']);

    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('an application with that name exists') });
    expect(bench.emulator.admin.counts().writes).toBe(0);
  }),
);

test('an application that exists is not restored', () =>
  withEmulator(async (bench) => {
    await deleted(bench, '{}', [{ name: 'Support' }]);
    bench.emulator.admin.seed([
      {
        name: 'Renamed',
        id:
          (await bench.run(['ledger', 'show', '--format', 'json'])).stdout.match(
            /"deletes": \[\s*\{\s*"id": "([^"]+)"/,
          )?.[1] ?? '',
      },
    ]);

    const ended = await bench.run(['restore', 'Support', '--yes']);

    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('nothing to restore') });
  }));

test('nothing is restored without a yes, or that was never deleted', () =>
  withEmulator(async (bench) => {
    await deleted(bench);

    const declined = await bench.run(['restore', 'Support'], { terminal: ['no'] });
    const unknown = await bench.run(['restore', 'Suport', '--yes']);

    expect(declined).toMatchObject({ code: 1, stderr: expect.stringContaining('E_NOT_CONFIRMED') });
    expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('E_NOT_FOUND') });
    expect(unknown.stderr).toContain('is recorded (did you mean "Support"?). Recorded: "Support"');
    expect(only(bench, 'Support')).toBeUndefined();
  }));

test('of several deleted applications with one name the id decides', () =>
  withEmulator(async (bench) => {
    await deleted(bench);
    const second = await deleted(bench, '{ capabilities: { rtc: {} } }');

    const byName = await bench.run(['restore', 'Support', '--yes']);
    const byId = await bench.run(['restore', second.id, '--yes']);

    expect(byName).toMatchObject({ code: 5, stderr: expect.stringContaining(second.id) });
    expect(byId.code).toBe(0);
    expect(only(bench, 'Support')?.capabilities).toHaveProperty('rtc');
  }));

test('a manifest that pins the old id is named, for the next pass would stop at it', () =>
  withEmulator(async (bench) => {
    const { id } = await deleted(bench);
    await bench.write('apps/Support.yaml', manifestYaml('Support', voice, `  id: ${id}\n`));

    const ended = await bench.run(['restore', 'Support', '--yes']);

    expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining('(Support.yaml:4) still pins the old id') });
  }));

const lost: readonly { readonly title: string; readonly faults: readonly FaultRule[]; readonly code: number }[] = [
  { title: 'after it took effect', faults: [{ match: { verb: 'POST' }, action: { kind: 'reset-after' } }], code: 0 },
  {
    title: 'in the middle of the response',
    faults: [{ match: { verb: 'POST' }, action: { kind: 'truncate' } }],
    code: 0,
  },
  { title: 'before it took effect', faults: [{ match: { verb: 'POST' }, action: { kind: 'reset-before' } }], code: 4 },
];

test.each(lost)('a restore that is cut off $title ends with exactly one application', ({ faults, code }) =>
  withEmulator(async (bench) => {
    await deleted(bench);
    bench.emulator.admin.faults(faults);

    const clock = hurriedClock();
    const first = await bench.run(['restore', 'Support', '--yes'], { clock });
    bench.emulator.admin.faults([]);
    if (first.code !== 0) await bench.run(['restore', 'Support', '--yes'], { clock });

    expect(first.code).toBe(code);
    expect(bench.emulator.admin.applications().filter(({ name }) => name === 'Support')).toHaveLength(1);
    expect((await bench.run(['keys', 'check'])).code).toBe(0);
    const { intents, entries } = await withAccount(bench, async ({ ledger }) => ledger.current());
    expect(intents).toEqual([]);
    expect([...entries.values()].find(({ name }) => name === 'Support')).toMatchObject({ deletionPolicy: 'protect' });
  }),
);

test('nothing is restored while a create of that name is undecided', () =>
  withEmulator(async (bench) => {
    await deleted(bench);
    const now = Date.now();
    const intent = anIntent({ name: 'Support', openedAt: now, postedAt: now, endedAt: now });
    await withAccount(bench, ({ ledger }) => ledger.record([{ kind: 'intent', intent }], { durable: true }));

    const ended = await bench.run(['restore', 'Support', '--yes']);

    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('is undecided') });
    expect(only(bench, 'Support')).toBeUndefined();
  }));

test('nor when the clock is set ahead while the account is read', () =>
  withEmulator(async (bench) => {
    await deleted(bench);
    const at = Date.now();
    const intent = anIntent({ name: 'Support', openedAt: at, postedAt: at, endedAt: at });
    await withAccount(bench, ({ ledger }) => ledger.record([{ kind: 'intent', intent }], { durable: true }));
    bench.emulator.admin.clearRequests();
    const now = () => Date.now() + ((bench.emulator.admin.counts().GET ?? 0) > 0 ? 86_400_000 : 0);

    const ended = await bench.run(['restore', 'Support', '--yes'], { clock: { ...systemClock, now } });

    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('is undecided') });
    expect(only(bench, 'Support')).toBeUndefined();
  }));

test.each([[['restore', 'Support']], [['keys', 'prune', '--older-than', '0d']], [['ledger', 'rebuild']]])(
  '%s does nothing while the listing changes as it is read',
  (args) =>
    withEmulator(async (bench) => {
      await deleted(bench);
      bench.emulator.admin.seed(150);
      bench.emulator.admin.faults([{ match: { verb: 'GET', path: '[?&]page=1' }, action: { kind: 'page-shift' } }]);
      const keys = await readdir(join(bench.state, 'default/keys'));

      const ended = await bench.run([...args, '--yes'], { clock: hurriedClock() });

      expect(ended).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('the listing changed while it was read'),
      });
      expect(await readdir(join(bench.state, 'default/keys'))).toEqual(keys);
    }),
);

test('a restore with a public key of somebody else, cut off after it took effect, is found again', () =>
  withEmulator(async (bench) => {
    const { pem } = await withAccount(bench, ({ keys }) => keys.generate());
    await deleted(bench, '{}', [{ name: 'Support', keys: { public_key: pem } }]);
    bench.emulator.admin.faults([{ match: { verb: 'POST' }, action: { kind: 'reset-after' } }]);

    const ended = await bench.run(['restore', 'Support', '--yes'], { clock: hurriedClock() });

    expect(ended.code).toBe(0);
    expect(bench.emulator.admin.applications().filter(({ name }) => name === 'Support')).toHaveLength(1);
  }));

test.each([
  { title: 'refused outright', action: { kind: 'status', status: 403 } as const, code: 1 },
  { title: 'rate limited for good', action: { kind: 'status', status: 429 } as const, code: 1 },
])('a restore that is $title creates nothing and can be tried again with the same key', ({ action, code }) =>
  withEmulator(async (bench) => {
    await deleted(bench);
    bench.emulator.admin.faults([{ match: { verb: 'POST' }, action }]);
    const failed = await bench.run(['restore', 'Support', '--yes'], { clock: hurriedClock() });
    bench.emulator.admin.faults([]);

    const again = await bench.run(['restore', 'Support', '--yes']);

    expect([failed.code, again.code]).toEqual([code, 0]);
    expect(await bench.run(['keys', 'check'])).toMatchObject({ code: 0 });
    expect(await readdir(join(bench.state, 'default/keys'))).toHaveLength(3);
  }),
);

test('an interrupted restore has created nothing', () =>
  withEmulator(async (bench) => {
    await deleted(bench);
    const { context } = testWorld({
      cwd: bench.cwd,
      environment: bench.environment,
      stop: AbortSignal.abort(new Error('received SIGTERM')),
    });

    const ended = runCli(['restore', 'Support', '--yes', '--state', bench.state], context).then(
      (code) => code,
      () => 'stopped',
    );

    expect(await ended).not.toBe(0);
    expect(only(bench, 'Support')).toBeUndefined();
  }));
