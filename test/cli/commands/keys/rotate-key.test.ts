import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fingerprintOf } from '../../../../src/core/application/key-fingerprint.ts';
import { objectMember } from '../../../../src/core/json.ts';
import { ownedEntry } from '../../../../src/core/ledger/find-owned.ts';
import type { FaultRule } from '../../../../src/emulator/faults/fault-rule.ts';
import { type RotationPorts, rotateKey } from '../../../../src/reconcile/rotate-key.ts';
import { settleIntents } from '../../../../src/reconcile/settle.ts';
import { fakePublicKey } from '../../../reconcile/fake-keys.ts';
import { openBench } from '../../bench-account.ts';
import { type Bench, hurriedClock, manifestYaml, withEmulator } from '../../world.ts';

/** What the ledger and the account say of the one application's key, after the next pass has settled what is open. */
async function keysOf(bench: Bench) {
  const account = await openBench(bench);
  await settleIntents(account.ports);
  const ledger = account.ledger.current();
  const entry = ownedEntry(ledger, 'Support');
  const live = objectMember((await account.api.get(entry.id))?.body ?? {}, 'keys').public_key;
  const livePem = typeof live === 'string' ? live : '';
  const proof = await account.keys.check(entry.keyFingerprint ?? '', livePem);
  const files = await account.keys.list();
  await account.close();
  return { entry, ledger, files, proof: proof.outcome, live: fingerprintOf(livePem) };
}

async function applied(bench: Bench): Promise<string> {
  await bench.write('apps/support.yaml', manifestYaml('Support', '{ capabilities: { rtc: {} } }'));
  await bench.run(['apply', 'apps', '--yes']);
  return (await keysOf(bench)).live ?? '';
}

test('a rotated key is live, in hand, and the old one is kept with its date', () =>
  withEmulator(async (bench) => {
    const old = await applied(bench);

    const ended = await bench.run(['rotate-key', 'Support', '--yes', '--format', 'json']);

    const document = JSON.parse(ended.stdout);
    const { entry, ledger, proof, live } = await keysOf(bench);
    expect(ended.code).toBe(0);
    expect(live).not.toBe(old);
    expect(document).toMatchObject({ key: { fingerprint: live }, previous: { fingerprint: old } });
    expect({ proof, recorded: entry.keyFingerprint }).toEqual({ proof: 'matches', recorded: live });
    expect(ledger.retired).toEqual([
      { fingerprint: old, id: entry.id, name: 'Support', at: expect.any(Number), reason: 'rotated' },
    ]);
    expect(existsSync(document.previous.path)).toBe(true);
  }));

test('a rotation changes nothing but the key, and the next plan is empty', () =>
  withEmulator(async (bench) => {
    await applied(bench);
    const [before] = bench.emulator.admin.applications();

    await bench.run(['rotate-key', 'Support', '--yes']);

    const [after] = bench.emulator.admin.applications();
    expect({ ...after, keys: undefined }).toEqual({ ...before, keys: undefined });
    expect((await bench.run(['plan', 'apps', '--detailed-exitcode'])).code).toBe(0);
  }));

test('a rotation leaves out and tells every field that the server adds and does not take back', () =>
  withEmulator(
    async (bench) => {
      await bench.write('apps/video.yaml', manifestYaml('Video', '{ capabilities: { video: {} } }'));
      await bench.run(['apply', 'apps', '--yes']);

      const told = await bench.run(['rotate-key', 'Video', '--yes']);
      const document = await bench.run(['rotate-key', 'Video', '--yes', '--format', 'json']);

      expect(told).toMatchObject({ code: 0, stdout: expect.stringContaining('rotated "Video"') });
      for (const field of ['environment_enabled', 'environment_id'])
        expect(told.stdout).toContain(`  left out, the server did not accept it: capabilities.video.${field}\n`);
      expect(JSON.parse(document.stdout).leftOut).toContain('/capabilities/video/environment_id');
    },
    { switches: { videoExtras: 'readonly' } },
  ));

test('a key that was changed at Vonage is replaced by one of ours', () =>
  withEmulator(async (bench) => {
    await applied(bench);
    const [application] = bench.emulator.admin.applications();
    const foreign = (await (await openBench(bench)).keys.generate()).pem;
    const { id, ...body } = application ?? { id: '' };
    bench.emulator.admin.put(id, { ...body, keys: { public_key: foreign } });
    const before = await bench.run(['plan', 'apps']);

    const ended = await bench.run(['rotate-key', id, '--yes']);

    expect(before.stdout).toContain('rotate-key creates a new key pair');
    expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining('rotated "Support"') });
    expect(await keysOf(bench)).toMatchObject({ proof: 'matches' });
    expect((await bench.run(['plan', 'apps'])).stdout).not.toContain('rotate-key');
  }));

test('a key that the manifest declares is not rotated', () =>
  withEmulator(async (bench) => {
    await applied(bench);
    const { pem } = await (await openBench(bench)).keys.generate();
    const manifest = manifestYaml('Support', `{ keys: { public_key: ${JSON.stringify(pem)} } }`);
    await bench.write('apps/support.yaml', manifest);
    bench.emulator.admin.clearRequests();

    const ended = await bench.run(['rotate-key', 'Support', '--yes']);

    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('its manifest declares the key') });
    expect(bench.emulator.admin.counts().writes).toBe(0);
  }));

test('no key is rotated while a broken manifest may declare it', () =>
  withEmulator(async (bench) => {
    await applied(bench);
    await bench.write('apps/support.yaml', manifestYaml('Support', '{ keys: 1 }'));

    const ended = await bench.run(['rotate-key', 'Support', '--yes']);

    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('fix support.yaml') });
  }));

test('no key is rotated without a yes, or where the new one may be lost', () =>
  withEmulator(async (bench) => {
    const old = await applied(bench);

    const refused = await bench.run(['rotate-key', 'Support']);
    const declined = await bench.run(['rotate-key', 'Support'], { terminal: ['no'] });

    expect([refused.code, declined.code]).toEqual([1, 1]);
    expect(await keysOf(bench)).toMatchObject({ live: old, proof: 'matches' });
  }));

const lostAnswers: readonly { readonly title: string; readonly faults: readonly FaultRule[] }[] = [
  {
    title: 'every PUT is lost after it took effect',
    faults: [{ match: { verb: 'PUT' }, action: { kind: 'reset-after' } }],
  },
  {
    title: 'every PUT is lost before it takes effect',
    faults: [{ match: { verb: 'PUT' }, action: { kind: 'reset-before' } }],
  },
  { title: 'the PUT is refused', faults: [{ match: { verb: 'PUT' }, action: { kind: 'status', status: 403 } }] },
  {
    title: 'the GET after the PUT fails',
    faults: [{ match: { verb: 'GET', path: '/v2/applications/.', after: 1 }, action: { kind: 'status', status: 403 } }],
  },
];

test.each(lostAnswers)('when $title, running it again finishes the rotation', ({ faults }) =>
  withEmulator(async (bench) => {
    const old = await applied(bench);
    bench.emulator.admin.faults(faults);

    const failed = await bench.run(['rotate-key', 'Support', '--yes'], { clock: hurriedClock() });
    bench.emulator.admin.faults([]);
    const between = await keysOf(bench);
    const again = await bench.run(['rotate-key', 'Support', '--yes']);

    const { entry, ledger, files, proof, live } = await keysOf(bench);
    expect([failed.code, again.code]).toEqual([1, 0]);
    expect(between).toMatchObject({ proof: 'matches', ledger: { intents: [] } });
    expect({ proof, live, next: entry.nextKeyFingerprint }).toEqual({
      proof: 'matches',
      live: entry.keyFingerprint,
      next: undefined,
    });
    expect(live).not.toBe(old);
    expect(
      ledger.retired
        .map(({ fingerprint }) => fingerprint)
        .concat(live ?? '')
        .sort(),
    ).toEqual([...files]);
    expect(ledger.intents).toEqual([]);
  }),
);

test('a rotation that took effect unnoticed is finished without making another pair', () =>
  withEmulator(async (bench) => {
    const old = await applied(bench);
    bench.emulator.admin.faults([{ match: { verb: 'PUT' }, action: { kind: 'reset-after' } }]);
    await bench.run(['rotate-key', 'Support', '--yes'], { clock: hurriedClock() });
    bench.emulator.admin.faults([]);
    bench.emulator.admin.clearRequests();

    const again = await bench.run(['rotate-key', 'Support', '--yes', '--format', 'json']);

    expect(JSON.parse(again.stdout)).toMatchObject({ previous: { fingerprint: old } });
    expect(bench.emulator.admin.counts().writes).toBe(0);
    expect((await keysOf(bench)).files).toHaveLength(2);
  }));

const killed = new Error('killed');
type Sabotage = (ports: RotationPorts) => Partial<Pick<RotationPorts, 'api' | 'keys' | 'ledger'>>;

/** The same port, but one call of it dies: before it does its work, or after. */
function dying<Port extends object, Method extends keyof Port & string>(
  port: Port,
  method: Method,
  when: 'before' | 'after',
  nth = 1,
): Port {
  let calls = 0;
  const target = port[method];
  const replaced = async (...args: unknown[]): Promise<unknown> => {
    calls += 1;
    if (calls === nth && when === 'before') throw killed;
    const answer = typeof target === 'function' ? await target.apply(port, args) : undefined;
    if (calls === nth) throw killed;
    return answer;
  };
  return new Proxy(port, {
    get: (object, name) => {
      if (name === method) return replaced;
      const value: unknown = Reflect.get(object, name);
      return typeof value === 'function' ? value.bind(object) : value;
    },
  });
}

const deaths: readonly { readonly step: string; readonly sabotage: Sabotage }[] = [
  {
    step: 'before the new pair is recorded',
    sabotage: ({ ledger }) => ({ ledger: dying(ledger, 'record', 'before') }),
  },
  { step: 'after the new pair is recorded', sabotage: ({ ledger }) => ({ ledger: dying(ledger, 'record', 'after') }) },
  { step: 'after the key file is written', sabotage: ({ keys }) => ({ keys: dying(keys, 'store', 'after') }) },
  { step: 'after the key is labelled', sabotage: ({ keys }) => ({ keys: dying(keys, 'label', 'after') }) },
  { step: 'before the PUT', sabotage: ({ api }) => ({ api: dying(api, 'replace', 'before') }) },
  { step: 'after the PUT', sabotage: ({ api }) => ({ api: dying(api, 'replace', 'after') }) },
  { step: 'after the proof', sabotage: ({ keys }) => ({ keys: dying(keys, 'check', 'after') }) },
  {
    step: 'before the rotation is recorded',
    sabotage: ({ ledger }) => ({ ledger: dying(ledger, 'record', 'before', 2) }),
  },
  {
    step: 'after the rotation is recorded',
    sabotage: ({ ledger }) => ({ ledger: dying(ledger, 'record', 'after', 2) }),
  },
];

test.each(deaths)(
  'a process that dies $step leaves a key that the next pass knows, and a rotation that can be finished',
  ({ sabotage }) =>
    withEmulator(async (bench) => {
      await applied(bench);
      const account = await openBench(bench);
      const ports: RotationPorts = { ...account.ports, keys: account.keys };
      const entry = ownedEntry(await account.ledger.load(), 'Support');

      const died = rotateKey(entry, { ...ports, ...sabotage(ports) });
      await expect(died).rejects.toThrow(killed);
      await account.close();

      const between = await keysOf(bench);
      expect(between).toMatchObject({ proof: 'matches', ledger: { intents: [] } });
      expect((await bench.run(['rotate-key', 'Support', '--yes'])).code).toBe(0);
      const { ledger, files, proof, live } = await keysOf(bench);
      expect(proof).toBe('matches');
      const named = [...ledger.retired.map(({ fingerprint }) => fingerprint), live];
      expect(named).toEqual(expect.arrayContaining([...files]));
    }),
);

test('a pair whose private key became unreadable before it was used is given up for a new one', () =>
  withEmulator(async (bench) => {
    await applied(bench);
    bench.emulator.admin.faults([{ match: { verb: 'PUT' }, action: { kind: 'status', status: 403 } }]);
    await bench.run(['rotate-key', 'Support', '--yes']);
    bench.emulator.admin.faults([]);
    const { entry } = await keysOf(bench);
    await bench.write(`state/default/keys/${entry.nextKeyFingerprint}.pem`, 'cut sho');

    const again = await bench.run(['rotate-key', 'Support', '--yes']);

    expect(again.code).toBe(0);
    const { ledger, proof } = await keysOf(bench);
    expect(proof).toBe('matches');
    expect(ledger.retired.map(({ reason }) => reason).sort()).toEqual(['abandoned', 'rotated']);
  }));

test('an application that is gone, or not owned, has no key to rotate', () =>
  withEmulator(async (bench) => {
    await applied(bench);
    const [application] = bench.emulator.admin.applications();
    bench.emulator.admin.remove(application?.id ?? '');

    const gone = await bench.run(['rotate-key', 'Support', '--yes']);
    const unknown = await bench.run(['rotate-key', 'Nobody', '--yes']);

    expect(gone).toMatchObject({ code: 1, stderr: expect.stringContaining('E_APPLICATION_GONE') });
    expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('E_NOT_FOUND') });
  }));

test('an adopted application gets a key pair of ours', () =>
  withEmulator(async (bench) => {
    bench.emulator.admin.seed([{ name: 'Support' }]);
    await bench.write('apps/support.yaml', manifestYaml('Support'));
    await bench.run(['apply', 'apps', '--yes']);

    const ended = await bench.run(['rotate-key', 'Support', '--yes']);

    const { entry, ledger, proof } = await keysOf(bench);
    expect(ended.stdout).not.toContain('old key');
    expect({ proof, generated: entry.keyGenerated, retired: ledger.retired }).toEqual({
      proof: 'matches',
      generated: true,
      retired: [],
    });
  }));

test.each([
  { title: 'shows no key', keys: {} },
  { title: 'shows another key', keys: { public_key: fakePublicKey(9).pem } },
])('a rotation after which the application $title is not recorded as done', ({ keys }) =>
  withEmulator(async (bench) => {
    const old = await applied(bench);
    const account = await openBench(bench);
    const entry = ownedEntry(await account.ledger.load(), 'Support');
    let reads = 0;
    const get: RotationPorts['api']['get'] = async (id) => {
      const found = await account.api.get(id);
      reads += 1;
      return found === undefined || reads === 1 ? found : { ...found, body: { ...found.body, keys } };
    };
    const replace: RotationPorts['api']['replace'] = (id, body) => account.api.replace(id, body);
    const api = { ...account.ports.api, get, replace };

    const ended = rotateKey(entry, { ...account.ports, keys: account.keys, api });

    await expect(ended).rejects.toMatchObject({ code: 'E_KEY_MISMATCH' });
    expect(account.ledger.current().entries.get(entry.id)).toMatchObject({ keyFingerprint: old });
    await account.close();
  }),
);

test('an application that went while its rotation was open holds up no pass', () =>
  withEmulator(async (bench) => {
    await applied(bench);
    bench.emulator.admin.faults([{ match: { verb: 'PUT' }, action: { kind: 'status', status: 403 } }]);
    await bench.run(['rotate-key', 'Support', '--yes']);
    bench.emulator.admin.faults([]);
    bench.emulator.admin.remove(bench.emulator.admin.applications()[0]?.id ?? '');

    const clock = hurriedClock();
    clock.advance(3_600_000);
    const ended = await bench.run(['apply', 'apps', '--yes', '--allow-creates', '1'], { clock });

    expect(ended.code).toBe(0);
    expect(await keysOf(bench)).toMatchObject({ proof: 'matches', ledger: { intents: [] } });
  }));

test('a key directory that cannot be read stops a rotation before anything is sent', () =>
  withEmulator(async (bench) => {
    await applied(bench);
    bench.emulator.admin.faults([{ match: { verb: 'PUT' }, action: { kind: 'status', status: 403 } }]);
    await bench.run(['rotate-key', 'Support', '--yes']);
    bench.emulator.admin.clearRequests();
    const account = await openBench(bench);
    const entry = ownedEntry(await account.ledger.load(), 'Support');

    const ports: RotationPorts = { ...account.ports, keys: account.keys };
    const ended = rotateKey(entry, { ...ports, keys: dying(ports.keys, 'find', 'before') });

    await expect(ended).rejects.toThrow(killed);
    expect(bench.emulator.admin.counts().writes).toBe(0);
    await account.close();
  }));

test('a PUT that takes effect late is not sent again', () =>
  withEmulator(async (bench) => {
    await applied(bench);
    const account = await openBench(bench);
    const ports: RotationPorts = { ...account.ports, keys: account.keys };
    const owned = () => ownedEntry(account.ledger.current(), 'Support');
    await account.ledger.load();
    await rotateKey(owned(), { ...ports, api: dying(ports.api, 'replace', 'after') }).catch(() => undefined);
    bench.emulator.admin.clearRequests();

    const { fingerprint } = await rotateKey(owned(), ports);

    expect(bench.emulator.admin.counts().writes).toBe(0);
    expect(owned()).toMatchObject({ keyFingerprint: fingerprint, keyGenerated: true });
    await account.close();
  }));
