import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { scrubber } from '../../../src/core/redact/scrubber.ts';
import { ExecTarget, type ExecTargetOptions } from '../../../src/keys/delivery/exec.ts';
import { eventually } from '../../eventually.ts';
import { aFolder, aKey, anId } from './a-key.ts';

const facts = { name: 'Support line', labels: { team: 'voice' } };
const nothing = { delivered: [] };

/** A target whose program is this shell script, what it logs, and the folder that the script finds as $DIR. */
async function aProgram(script: string, options: Partial<ExecTargetOptions> = {}) {
  const folder = await aFolder();
  const program = join(folder, 'deliver');
  await writeFile(program, `#!/bin/sh\n${script}\n`);
  await chmod(program, 0o700);
  const logged: { readonly fields: object; readonly message: string }[] = [];
  const log = (fields: object, message: string) => void logged.push({ fields, message });
  const target = new ExecTarget({
    account: 'main',
    command: [program, 'first', '$(second)'],
    environment: { PATH: '/usr/bin:/bin', DIR: folder },
    timeoutMs: 20_000,
    scrub: scrubber(['hunter2hunter2']),
    log: { debug: log, warn: log },
    ...options,
  });
  return { target, folder, program, logged };
}

async function isRunning(pidFile: string): Promise<boolean> {
  try {
    return process.kill(Number(await readFile(pidFile, 'utf8')), 0);
  } catch {
    return false;
  }
}

describe('a program', () => {
  test('is told on its standard input what it is about, in both phases, and gets the path of the key', async () => {
    const { target, folder } = await aProgram('cat >> "$DIR/told"');
    const { privatePem: _pem, ...key } = await aKey();

    await target.prepared({ ...facts, ...key }, nothing);
    await target.active({ ...facts, fingerprint: key.fingerprint, id: anId() }, nothing);

    const told = (await readFile(join(folder, 'told'), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const shared = { account: 'main', name: 'Support line', labels: { team: 'voice' }, fingerprint: key.fingerprint };
    expect(told).toEqual([
      { ...shared, privateKeyFile: key.privateKeyFile, phase: 'prepared' },
      { ...shared, id: anId(), phase: 'active' },
    ]);
    expect(target.fileFor()).toBeUndefined();
  });

  test('gets its arguments as they are and no environment but its own', async () => {
    const { target, folder, program } = await aProgram(
      'printf "%s\\n" "$@" > "$DIR/arguments"; env > "$DIR/environment"',
    );

    await target.prepared({ ...facts, ...(await aKey()) }, nothing);

    expect(await readFile(join(folder, 'arguments'), 'utf8')).toBe('first\n$(second)\n');
    const names = (await readFile(join(folder, 'environment'), 'utf8')).split('\n').map((line) => line.split('=')[0]);
    const ofShell = ['', '_', 'PWD', 'OLDPWD', 'SHLVL'];
    expect(names.filter((name = '') => !ofShell.includes(name)).sort()).toEqual(['DIR', 'PATH']);
    expect(target.name).toBe(`exec ${program}`);
  });

  test('that does not read its input has delivered when it says so', async () => {
    const { target } = await aProgram('exit 0');

    await expect(target.prepared({ ...facts, ...(await aKey()) }, nothing)).resolves.toBeUndefined();
  });
});

describe('a key is not delivered', () => {
  test('when the program fails: its last line says why, without secrets', async () => {
    const { target, logged } = await aProgram('echo started; echo "denied for hunter2hunter2" >&2; exit 7');
    const key = await aKey();

    const delivered = target.prepared({ ...facts, ...key }, nothing);

    await expect(delivered).rejects.toMatchObject({
      code: 'E_KEY_DELIVERY',
      message: expect.stringContaining('the program ended with exit code 7: denied for (sensitive)'),
    });
    expect(logged.at(-1)).toMatchObject({ message: 'delivery program failed', fields: { phase: 'prepared' } });
    expect(JSON.stringify(logged)).not.toContain('hunter2');
  });

  test('and no line of it is shown, should the program write it out', async () => {
    const { target, logged } = await aProgram(
      'tr -d "\\n" | sed "s/.*privateKeyFile\\":\\"//; s/\\".*//" | xargs cat; exit 1',
    );
    const key = await aKey();

    const delivered = target.prepared({ ...facts, ...key }, nothing);

    await expect(delivered).rejects.toMatchObject({ message: expect.stringContaining('exit code 1: (sensitive)') });
    expect(JSON.stringify(logged)).toContain('(sensitive)');
    expect(JSON.stringify(logged)).not.toContain(key.privatePem.split('\n')[1]);
  });

  test('when the program is missing', async () => {
    const { target } = await aProgram('', { command: ['/nonexistent/deliver'] });

    const delivered = target.active({ ...facts, fingerprint: 'a'.repeat(64), id: anId() }, nothing);

    await expect(delivered).rejects.toMatchObject({
      message: expect.stringContaining('could not be started (ENOENT)'),
    });
  });

  test('when the lock is lost: then the program is not started', async () => {
    const guard = { assertHeld: () => Promise.reject(new Error('the lock is lost')) };
    const { target, folder } = await aProgram('touch "$DIR/started"', { guard });

    await expect(target.prepared({ ...facts, ...(await aKey()) }, nothing)).rejects.toThrow('the lock is lost');
    await expect(readFile(join(folder, 'started'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('when its time is over: it ends with all that it started', async () => {
    const { target, folder } = await aProgram('sleep 300 & echo $! > "$DIR/pid"; wait', { timeoutMs: 1000 });

    const delivered = target.prepared({ ...facts, ...(await aKey()) }, nothing);

    await expect(delivered).rejects.toMatchObject({ message: expect.stringContaining('was ended after 1 s') });
    await eventually(async () => expect(await isRunning(join(folder, 'pid'))).toBe(false));
  });

  test('when it neither ends when asked, nor does what it started and no longer is of its group', async () => {
    const { target, folder } = await aProgram(
      'trap "" TERM; setsid sh -c \'trap "" TERM; echo $$ > "$DIR/pid"; sleep 300\' & sleep 300; sleep 300',
      { timeoutMs: 1000 },
    );

    const delivered = target.prepared({ ...facts, ...(await aKey()) }, nothing);

    await expect(delivered).rejects.toMatchObject({ message: expect.stringContaining('was ended after 1 s') });
    process.kill(-Number(await readFile(join(folder, 'pid'), 'utf8')), 'SIGKILL');
  }, 20_000);

  test('when the run is stopped', async () => {
    const stop = new AbortController();
    const { target, folder } = await aProgram('echo $$ > "$DIR/pid"; sleep 300');

    const delivered = target.prepared({ ...facts, ...(await aKey()) }, { delivered: [], signal: stop.signal });
    delivered.catch(() => undefined);
    await eventually(async () => expect(await isRunning(join(folder, 'pid'))).toBe(true));
    stop.abort();

    await expect(delivered).rejects.toMatchObject({ message: expect.stringContaining('was stopped with this run') });
  });
});

test('of a flood of output only the beginning is kept', async () => {
  const { target, logged } = await aProgram('yes out | head -c 20000000; yes error | head -c 20000000 >&2');

  await target.prepared({ ...facts, ...(await aKey()) }, nothing);

  const [{ fields } = { fields: {} }] = logged;
  expect('output' in fields && String(fields.output).length).toBeLessThan(300_000);
});
