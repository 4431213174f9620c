import { chmod, mkdir, readdir, readFile, rename, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ReconcilerError } from '../../src/core/errors.ts';
import { emptyLedger } from '../../src/core/ledger/ledger.ts';
import { SeenLedgers } from '../../src/ledger/seen-ledgers.ts';
import { anObjectId } from '../builders.ts';
import { eventually } from '../eventually.ts';
import { FakeLog } from '../reconcile/fake-clock.ts';
import { aFingerprint, aFolder, aLedgerFile, anEntry, anId, anIntent } from './builders.ts';

const durable = { durable: true };
const soon = { durable: false };

describe('an account without a ledger', () => {
  test('is read as unknown, and nothing is written by reading it', async () => {
    const state = await aFolder();

    const ledger = await aLedgerFile(state).load();

    expect(ledger).toEqual(emptyLedger);
    expect(await readdir(state)).toEqual([]);
  });

  test('gets directories and files for its owner only, hidden from git', async () => {
    const state = join(await aFolder(), 'deep', 'state');
    const file = aLedgerFile(state);

    await file.record([{ kind: 'entry', entry: anEntry(1) }], durable);
    await file.keepBody(anId(1), { name: 'Support' });
    await file.appendHistory({ event: 'pass' });

    const modes = ['.', 'main', 'main/bodies', 'main/ledger.json', 'main/history.jsonl', `main/bodies/${anId(1)}.json`];
    const found = await Promise.all(
      modes.map(async (path) => ((await stat(join(state, path))).mode & 0o777).toString(8)),
    );
    expect(found).toEqual(['700', '700', '700', '600', '600', '600']);
    expect(await readFile(join(state, '.gitignore'), 'utf8')).toBe('*\n');
  });
});

describe('what is recorded', () => {
  test('is read back by another process, field for field', async () => {
    const state = await aFolder();
    const entry = anEntry(1, {
      deletionPolicy: 'protect',
      keyFingerprint: aFingerprint('key'),
      keyGenerated: true,
      appliedHash: 'a',
      specHash: 's',
      appliedAt: 5,
      orphaned: {
        at: 9,
        policy: 'sync',
        removedIn: { id: anObjectId('c'), author: 'Ann', signer: 'ann@example.com', subject: 'Retire it', at: 8 },
      },
      normalised: [{ path: '/capabilities/voice', sent: 'x', echoed: 'y', since: 1, triedAt: 2 }],
      healed: [{ path: '/name', at: 7 }],
    });
    const intent = anIntent('Support', { postedAt: 2000, endedAt: 2100, before: [anId(3)] });
    const file = aLedgerFile(state);

    await file.record([{ kind: 'source', source: '/manifests', root: '/manifests' }], durable);
    await file.record(
      [
        { kind: 'entry', entry },
        { kind: 'intent', intent },
        { kind: 'entry', entry: anEntry(2) },
        { kind: 'delete-started', id: anId(2), at: 10 },
        { kind: 'deleted', id: anId(2), at: 11 },
        {
          kind: 'key-retired',
          key: { fingerprint: aFingerprint('old'), id: anId(1), name: 'Old', at: 4, reason: 'rotated' },
        },
      ],
      durable,
    );

    const read = await aLedgerFile(state).load();
    expect(read).toEqual(file.current());
    expect(read).toEqual({
      serial: 2,
      known: true,
      root: '/manifests',
      sources: ['/manifests'],
      entries: new Map([[entry.id, entry]]),
      intents: [intent],
      deletes: [{ id: anId(2), name: anEntry(2).name, at: 10 }],
      retired: [{ fingerprint: aFingerprint('old'), id: anId(1), name: 'Old', at: 4, reason: 'rotated' }],
      deliveries: [],
    });
  });

  test('is on the disk soon although nothing waits for it', async () => {
    const state = await aFolder();
    const file = aLedgerFile(state);
    await file.load();

    await file.record([{ kind: 'entry', entry: anEntry(1) }], soon);

    expect(file.current().entries.has(anId(1))).toBe(true);
    await eventually(async () => expect((await aLedgerFile(state).load()).entries.size).toBe(1));
  });

  test('is on the disk after a flush', async () => {
    const state = await aFolder();
    const file = aLedgerFile(state);
    await file.record([{ kind: 'entry', entry: anEntry(1) }], soon);

    await file.flush();

    expect((await aLedgerFile(state).load()).entries.size).toBe(1);
  });

  test('at one time is written at one time: the serial rises once for each write, not for each record', async () => {
    const state = await aFolder();
    const file = aLedgerFile(state);
    await file.load();

    const numbers = Array.from({ length: 200 }, (_, number) => number);
    await Promise.all(numbers.map((number) => file.record([{ kind: 'entry', entry: anEntry(number) }], durable)));

    const { entries, serial } = await aLedgerFile(state).load();
    expect(entries.size).toBe(200);
    expect(serial).toBeLessThan(4);
  });

  test('is seen at once by current(), before and while it is written', async () => {
    const file = aLedgerFile(await aFolder());
    await file.load();

    const first = file.record([{ kind: 'entry', entry: anEntry(1) }], durable);
    const between = file.current();
    const second = file.record([{ kind: 'entry', entry: anEntry(2) }], durable);

    expect(between.entries.size).toBe(1);
    expect(file.current().entries.size).toBe(2);
    await Promise.all([first, second]);
    expect(file.current().entries.size).toBe(2);
  });

  test('changes one line of the file for one entry', async () => {
    const state = await aFolder();
    const file = aLedgerFile(state);
    const path = join(state, 'main', 'ledger.json');
    await file.record(
      [3, 1, 2].map((number) => ({ kind: 'entry', entry: anEntry(number) })),
      durable,
    );
    const before = (await readFile(path, 'utf8')).split('\n');

    await file.record([{ kind: 'entry', entry: anEntry(2, { revision: 'r2' }) }], durable);

    const after = (await readFile(path, 'utf8')).split('\n');
    const changed = after.filter((line, index) => line !== before[index]).map((line) => line.trim());
    expect(changed).toEqual(['"serial": 2,', expect.stringContaining('"revision":"r2"')]);
    expect(after.filter((line) => line.includes('application 0')).map((line) => line.slice(6, 60))).toEqual(
      before.filter((line) => line.includes('application 0')).map((line) => line.slice(6, 60)),
    );
  });

  test('must be loaded first to be seen', async () => {
    const file = aLedgerFile(await aFolder());

    expect(() => file.current()).toThrow('loaded first');
  });
});

describe('a ledger that cannot be trusted is refused, and left as it is', () => {
  async function aWrittenLedger(): Promise<{ state: string; path: string }> {
    const state = await aFolder();
    const file = aLedgerFile(state);
    await file.record([{ kind: 'entry', entry: anEntry(1) }], durable);
    await file.record([{ kind: 'entry', entry: anEntry(2) }], durable);
    return { state, path: join(state, 'main', 'ledger.json') };
  }

  test.each([
    { title: 'cut short', damage: (text: string) => text.slice(0, 300), code: 'E_LEDGER_CORRUPT' },
    { title: 'empty', damage: () => '', code: 'E_LEDGER_CORRUPT' },
    { title: 'something else', damage: () => '[]', code: 'E_LEDGER_CORRUPT' },
    {
      title: 'with a field it does not know',
      damage: (text: string) => text.replace('"paused"', '"extra"'),
      code: 'E_LEDGER_CORRUPT',
    },
    {
      title: 'with a hostile id',
      damage: (text: string) => text.replace(anId(1), '../../etc/passwd'),
      code: 'E_LEDGER_CORRUPT',
    },
    { title: 'with one id twice', damage: (text: string) => text.replace(anId(1), anId(2)), code: 'E_LEDGER_CORRUPT' },
    {
      title: 'of a newer version',
      damage: (text: string) => text.replace(/"schema": \d+/, '"schema": 99, "x": 1'),
      code: 'E_LEDGER_NEWER',
    },
    {
      title: 'of another account',
      damage: (text: string) => text.replace(/"hash":"./, '"hash":"x'),
      code: 'E_LEDGER_OTHER_ACCOUNT',
    },
  ])('$title', async ({ damage, code }) => {
    const { state, path } = await aWrittenLedger();
    const damaged = damage(await readFile(path, 'utf8'));
    await writeFile(path, damaged);
    const file = aLedgerFile(state);

    await expect(file.load()).rejects.toMatchObject({ code });
    await expect(file.record([{ kind: 'entry', entry: anEntry(3) }], durable)).rejects.toMatchObject({ code });

    expect(await readFile(path, 'utf8')).toBe(damaged);
  });

  test('gone, while its backup is there', async () => {
    const { state, path } = await aWrittenLedger();
    await rm(path);

    await expect(aLedgerFile(state).load()).rejects.toMatchObject({ code: 'E_LEDGER_CORRUPT' });
  });

  test.each([
    { title: 'missing', harm: (backup: string) => rm(backup) },
    { title: 'truncated as well', harm: (backup: string) => truncate(backup, 100) },
    { title: 'a directory', harm: (backup: string) => rm(backup).then(() => mkdir(backup)) },
  ])('a backup that is $title is not named as a good copy', async ({ harm }) => {
    const { state, path } = await aWrittenLedger();
    await truncate(path, 100);
    await harm(`${path}.bak`);

    const error = await aLedgerFile(state)
      .load()
      .catch((thrown) => thrown);

    expect(error.code).toBe('E_LEDGER_CORRUPT');
    expect(error.message).toContain('No copy beside it can be used: restore the state directory from a backup');
    expect(error.message).not.toContain('.bak');
  });

  test('the backup it names is the version before', async () => {
    const { state, path } = await aWrittenLedger();
    await truncate(path, 100);
    const error = await aLedgerFile(state)
      .load()
      .catch((thrown) => thrown);
    expect(error.message).toContain(`${path}.bak`);

    await writeFile(path, await readFile(`${path}.bak`));

    expect([...(await aLedgerFile(state).load()).entries.keys()]).toEqual([anId(1)]);
  });

  test.each([
    { title: 'another host', options: { host: 'emulator.example.com' } },
    { title: 'another API key', options: { apiKey: 'other' } },
  ])('another account: $title', async ({ options }) => {
    const { state } = await aWrittenLedger();

    const error = await aLedgerFile(state, options)
      .load()
      .catch((thrown) => thrown);

    expect(error.code).toBe('E_LEDGER_OTHER_ACCOUNT');
    expect(error.message).toContain('api.nexmo.com');
    expect(error.message).toContain(options.host ?? 'api.nexmo.com');
    expect(error.message).toContain('--state');
  });

  test('the API key cannot be read from the file', async () => {
    const { path } = await aWrittenLedger();

    expect(await readFile(path, 'utf8')).not.toContain('abcd1234');
  });
});

describe('two processes on one ledger', () => {
  test('what another process wrote is never written over, and is read by the next load', async () => {
    const state = await aFolder();
    const [one, other] = [aLedgerFile(state), aLedgerFile(state)];
    await one.record([{ kind: 'entry', entry: anEntry(1) }], durable);
    await other.load();
    await one.record([{ kind: 'entry', entry: anEntry(2) }], durable);

    await other.record([{ kind: 'entry', entry: anEntry(4) }], soon);
    await expect(other.record([{ kind: 'entry', entry: anEntry(3) }], durable)).rejects.toMatchObject({
      code: 'E_REFUSED',
    });
    await expect(other.record([{ kind: 'entry', entry: anEntry(5) }], durable)).rejects.toMatchObject({
      code: 'E_REFUSED',
    });

    expect([...(await other.load()).entries.keys()]).toEqual([anId(1), anId(2)]);
    await other.record([{ kind: 'entry', entry: anEntry(3) }], durable);
    expect([...(await one.load()).entries.keys()]).toEqual([anId(1), anId(2), anId(3)]);
  });

  test('records nobody waited for give way to what another process wrote, with a warning', async () => {
    const state = await aFolder();
    const warnings: string[] = [];
    const log = { warn: (_fields: object, message: string) => void warnings.push(message) };
    const [one, other] = [aLedgerFile(state), aLedgerFile(state, { log })];
    await other.load();
    await one.record([{ kind: 'entry', entry: anEntry(1) }], durable);
    await other.record([{ kind: 'entry', entry: anEntry(2) }], soon);

    const ledger = await other.load();

    expect([...ledger.entries.keys()]).toEqual([anId(1)]);
    expect(warnings).toEqual(['records discarded in favor of another process']);
  });

  test('a ledger that somebody removes meanwhile is not written again as if nothing had happened', async () => {
    const state = await aFolder();
    const file = aLedgerFile(state);
    await file.record([{ kind: 'entry', entry: anEntry(1) }], durable);
    await rm(join(state, 'main', 'ledger.json'));

    await expect(file.record([{ kind: 'entry', entry: anEntry(2) }], durable)).rejects.toMatchObject({
      code: 'E_STATE_MISSING',
    });
  });
});

describe('faults of the disk', () => {
  test('a durable record that cannot be written is not recorded, now or later; the others are kept and tried again', async () => {
    const state = await aFolder();
    const file = aLedgerFile(state);
    await file.load();
    await writeFile(join(state, 'main'), 'a file where the directory should be');

    await file.record([{ kind: 'entry', entry: anEntry(1) }], soon);
    const refused = file.record([{ kind: 'entry', entry: anEntry(2) }], durable);

    await expect(refused).rejects.toMatchObject({ code: 'E_STATE_UNUSABLE', details: { path: join(state, 'main') } });
    await expect(file.flush()).rejects.toMatchObject({ code: 'E_STATE_UNUSABLE' });
    await expect(file.load()).rejects.toMatchObject({ code: 'E_STATE_UNUSABLE' });
    await rm(join(state, 'main'));
    expect([...(await file.load()).entries.keys()]).toEqual([anId(1)]);
    expect([...(await aLedgerFile(state).load()).entries.keys()]).toEqual([anId(1)]);
  });

  test('a directory where the ledger should be', async () => {
    const state = await aFolder();
    await mkdir(join(state, 'main', 'ledger.json'), { recursive: true });

    await expect(aLedgerFile(state).load()).rejects.toMatchObject({ code: 'E_STATE_UNUSABLE' });
  });

  test('a state directory that others may read is warned about, not refused', async () => {
    const state = await aFolder();
    await mkdir(join(state, 'main'));
    await chmod(join(state, 'main'), 0o750);
    const warnings: object[] = [];

    const ledger = await aLedgerFile(state, { log: { warn: (fields) => void warnings.push(fields) } }).load();

    expect(ledger.known).toBe(false);
    expect(warnings).toEqual([{ path: join(state, 'main'), mode: '0750' }]);
  });
});

describe('bodies and history', () => {
  test('a kept body is read back; another is not there', async () => {
    const file = aLedgerFile(await aFolder());

    await file.keepBody(anId(1), { name: 'Support', capabilities: {} });

    expect(await file.readBody(anId(1))).toEqual({ name: 'Support', capabilities: {} });
    expect(await file.readBody(anId(2))).toBeUndefined();
  });

  test.each(['{"name": "Sup', '[]'])('a damaged body is an error that names its file: %s', async (text) => {
    const state = await aFolder();
    const file = aLedgerFile(state);
    await file.keepBody(anId(1), {});
    await writeFile(join(state, 'main', 'bodies', `${anId(1)}.json`), text);

    await expect(file.readBody(anId(1))).rejects.toMatchObject({ code: 'E_STATE_UNUSABLE' });
  });

  test('a body that cannot be kept is an error', async () => {
    const state = await aFolder();
    await mkdir(join(state, 'main', 'bodies', `${anId(1)}.json`), { recursive: true });

    await expect(aLedgerFile(state).keepBody(anId(1), {})).rejects.toMatchObject({ code: 'E_STATE_UNUSABLE' });
  });

  test('each entry that leaves is in the history, with what else is put there', async () => {
    const file = aLedgerFile(await aFolder());
    await file.record(
      [1, 2].map((number) => ({ kind: 'entry', entry: anEntry(number, { name: `A${number}` }) })),
      durable,
    );

    await file.record([{ kind: 'released', id: anId(1), at: 10 }], durable);
    await file.appendHistory({ at: 11, event: 'pass' });
    await file.record(
      [
        { kind: 'deleted', id: anId(2), at: 12 },
        { kind: 'deleted', id: anId(9), at: 13 },
      ],
      durable,
    );

    expect(await file.readHistory()).toEqual([
      { at: 10, event: 'released', id: anId(1), name: 'A1' },
      { at: 11, event: 'pass' },
      { at: 12, event: 'deleted', id: anId(2), name: 'A2' },
      { at: 13, event: 'deleted', id: anId(9) },
    ]);
  });
});

describe('a lock that is lost', () => {
  /** A guard that the test closes. */
  function aGuard() {
    const guard = {
      lost: false,
      assertHeld: async () => {
        if (guard.lost) throw new ReconcilerError('E_LOCK_LOST', { path: 'writer.lock', reason: 'it was taken over' });
      },
    };
    return guard;
  }

  test('what had to be on the disk is refused, and nothing is written', async () => {
    const state = await aFolder();
    const guard = aGuard();
    const file = aLedgerFile(state, { guard });
    await file.record([{ kind: 'entry', entry: anEntry(1) }], durable);
    const text = await readFile(join(state, 'main/ledger.json'), 'utf8');
    guard.lost = true;

    const refused = file.record([{ kind: 'entry', entry: anEntry(2) }], durable);

    await expect(refused).rejects.toMatchObject({ code: 'E_LOCK_LOST' });
    await expect(file.keepBody(anId(1), {})).rejects.toMatchObject({ code: 'E_LOCK_LOST' });
    await expect(file.appendHistory({ event: 'restored' })).rejects.toMatchObject({ code: 'E_LOCK_LOST' });
    expect(await readFile(join(state, 'main/ledger.json'), 'utf8')).toBe(text);
    expect(await readdir(join(state, 'main'))).toEqual(['ledger.json']);
  });

  test('what was to be written soon is dropped with a warning, at the end and at the next load', async () => {
    const state = await aFolder();
    const guard = aGuard();
    const log = new FakeLog();
    const file = aLedgerFile(state, { guard, log });
    await file.record([{ kind: 'entry', entry: anEntry(1) }], durable);
    const text = await readFile(join(state, 'main/ledger.json'), 'utf8');
    await file.record([{ kind: 'entry', entry: anEntry(2) }], soon);
    guard.lost = true;
    expect(file.current().entries.size).toBe(2);

    await file.flush();
    guard.lost = false;
    await file.flush();

    expect(await readFile(join(state, 'main/ledger.json'), 'utf8')).toBe(text);
    expect((await file.load()).entries.size).toBe(1);
    expect(log.lines).toMatchObject([{ level: 'warn', fields: { err: { code: 'E_LOCK_LOST' } } }]);
  });

  test('a write that the disk delays until the lock is lost does not replace the ledger', async () => {
    const state = await aFolder();
    let asked = 0;
    const guard = {
      assertHeld: async () => {
        asked += 1;
        if (asked === 2) throw new ReconcilerError('E_LOCK_LOST', { path: 'writer.lock', reason: 'it was taken over' });
      },
    };

    const refused = aLedgerFile(state, { guard }).record([{ kind: 'entry', entry: anEntry(1) }], durable);

    await expect(refused).rejects.toMatchObject({ code: 'E_LOCK_LOST' });
    expect((await readdir(join(state, 'main'))).filter((name) => name.includes('ledger'))).toEqual([]);
  });
});

describe('a state directory that is gone', () => {
  test('is missed by the process that has seen its ledger, and is not made again', async () => {
    const state = await aFolder();
    const file = aLedgerFile(state);
    await file.record([{ kind: 'entry', entry: anEntry(1) }], durable);
    await file.load();
    await rm(join(state, 'main'), { recursive: true });

    const all = [
      () => file.load(),
      () => file.keepBody(anId(1), {}),
      () => file.record([{ kind: 'entry', entry: anEntry(2) }], durable),
    ];

    for (const one of all) await expect(one()).rejects.toMatchObject({ code: 'E_STATE_MISSING', exitCode: 1 });
    expect(await readdir(state)).not.toContain('main');
  });

  test('is missed by whoever opens the ledger again in the same process', async () => {
    const state = await aFolder();
    const seen = new SeenLedgers();
    await aLedgerFile(state).record([{ kind: 'entry', entry: anEntry(1) }], durable);
    await aLedgerFile(state, { seen }).load();
    await rm(join(state, 'main'), { recursive: true });

    await expect(aLedgerFile(state, { seen }).load()).rejects.toMatchObject({ code: 'E_STATE_MISSING' });
    expect(await aLedgerFile(state).load()).toEqual(emptyLedger);
  });

  test('is taken up again when it is put back', async () => {
    const state = await aFolder();
    const file = aLedgerFile(state);
    await file.record([{ kind: 'entry', entry: anEntry(1) }], durable);
    await rename(join(state, 'main'), join(state, 'away'));
    await expect(file.load()).rejects.toMatchObject({ code: 'E_STATE_MISSING' });

    await rename(join(state, 'away'), join(state, 'main'));

    expect((await file.load()).entries.size).toBe(1);
  });

  test.each(['keys', 'bodies'])(
    'a new process that finds %s without a ledger goes on, and says so once',
    async (name) => {
      const state = await aFolder();
      const log = new FakeLog();
      await mkdir(join(state, 'main', name), { recursive: true, mode: 0o700 });
      await chmod(join(state, 'main'), 0o700);
      await writeFile(join(state, 'main', name, 'kept'), '');
      const file = aLedgerFile(state, { log });

      expect(await file.load()).toEqual(emptyLedger);
      await file.load();

      expect(log.lines).toMatchObject([{ level: 'warn', fields: { remains: [name] } }]);
    },
  );
});

describe('a symbolic link where a directory of the state should be', () => {
  test.each(['main', 'main/bodies'])('%s: is refused before anything is read or written', async (path) => {
    const state = await aFolder();
    const elsewhere = await aFolder();
    if (path !== 'main') await mkdir(join(state, 'main'));
    await symlink(elsewhere, join(state, path));
    const file = aLedgerFile(state);

    const refusal = { code: 'E_STATE_UNUSABLE', details: { path: join(state, path) } };
    await expect(file.load()).rejects.toMatchObject(refusal);
    await expect(file.load()).rejects.toThrow('keys.directory');
    await expect(file.keepBody(anId(1), {})).rejects.toMatchObject(refusal);
    expect(await readdir(elsewhere)).toEqual([]);
  });

  test('the state directory itself may be one', async () => {
    const [state, elsewhere] = [join(await aFolder(), 'state'), await aFolder()];
    await symlink(elsewhere, state);

    await aLedgerFile(state).record([{ kind: 'entry', entry: anEntry(1) }], durable);

    expect(await readdir(elsewhere)).toContain('main');
  });
});
