import { execFile } from 'node:child_process';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../../src/core/json.ts';
import { configYaml, until, withDaemon } from '../../../daemon/running.ts';
import { type Bench, manifestYaml, shiftedClock, withEmulator } from '../../world.ts';

const run = promisify(execFile);
const environment = { DAEMON_TOKEN: 'x', DAEMON_READ_TOKEN: 'y' };

async function applied(bench: Bench): Promise<void> {
  await bench.write('vonage-gitops.yaml', configYaml());
  await bench.write('apps/support.yaml', manifestYaml('Support'));
  await bench.run(['apply', '--yes'], { environment });
}

/** Level of each check. */
async function checks(bench: Bench, options: Parameters<Bench['run']>[1] = {}) {
  const ended = await bench.run(['doctor'], { ...options, environment: { ...environment, ...options.environment } });
  const levels = ended.stdout.split('\n').flatMap((line) => {
    const [, level = '', what = ''] = /^(ok|warn|fail) +(?:main: )?(.+?) {2}/.exec(line) ?? [];
    return level === '' ? [] : [`${level} ${what}`];
  });
  return { ...ended, levels };
}

test('where everything is in order every line says so', () =>
  withEmulator(async (bench) => {
    await applied(bench);

    const { code, levels, stdout } = await checks(bench);

    expect(levels).toEqual([
      'ok configuration',
      'ok daemon',
      'ok credentials',
      'ok state directory',
      'ok key directory',
      'ok locks',
      'ok ledger',
      'ok manifests',
      'ok API',
      'ok numbers',
      'ok clock',
    ]);
    expect(code).toBe(0);
    expect(stdout).not.toContain(bench.emulator.apiSecret);
    expect(bench.emulator.admin.counts().writes).toBe(1);
  }));

test('every secret of the daemon that is missing has a line', () =>
  withEmulator(async (bench) => {
    await applied(bench);

    const { code, stdout } = await checks(bench, { environment: { DAEMON_TOKEN: '', DAEMON_READ_TOKEN: '' } });

    expect(stdout).toMatch(
      /^fail {2}daemon secrets .*Set DAEMON_TOKEN,.*\nfail {2}daemon secrets .*Set DAEMON_READ_TOKEN,/m,
    );
    expect(stdout).not.toContain('listening on');
    expect(code).toBe(1);
  }));

test.each([
  { what: 'manifests', path: 'apps' },
  { what: 'ledger', path: 'state/main/ledger.json' },
])('$what that cannot be read say nothing of the API', ({ what, path }) =>
  withEmulator(async (bench) => {
    await applied(bench);
    await rm(join(bench.cwd, path), { recursive: true });
    if (what === 'ledger') await bench.write(path, '{');

    const { code, levels } = await checks(bench);

    expect(levels.filter((level) => level.startsWith('fail'))).toEqual([`fail ${what}`]);
    expect(levels.slice(-3)).toEqual(['ok API', 'ok numbers', 'ok clock']);
    expect(code).toBe(1);
  }),
);

test('a private key that is not there any more fails, with the ways out', () =>
  withEmulator(async (bench) => {
    await applied(bench);
    await rm(join(bench.state, 'main/keys'), { recursive: true });

    const { code, levels, stdout } = await checks(bench);

    expect(levels).toContain('fail keys');
    expect(stdout).toMatch(
      /"Support": its private key .*\.pem is missing: restore the file .* rotate-key [0-9a-f-]{36}/,
    );
    expect(code).toBe(1);
  }));

test.each([
  { text: '{ "account": ', says: 'Fix or remove the file: "resume" does not replace it' },
  { text: '', says: '"vonage-gitops resume" ends it' },
])('the advice on a PAUSE file of $text is right', ({ text, says }) =>
  withEmulator(async (bench) => {
    await applied(bench);
    await bench.write('state/main/PAUSE', text);

    expect((await checks(bench)).stdout).toContain(says);
  }),
);

test.each([
  { title: 'a directory', make: (path: string) => mkdir(path), why: 'a directory exists where a file should be' },
  { title: 'a FIFO', make: (path: string) => run('mkfifo', [path]), why: 'a FIFO exists where a file should be' },
])('$title in place of the PAUSE file pauses the account, and the advice is right', ({ make, why }) =>
  withEmulator(async (bench) => {
    await applied(bench);
    await make(join(bench.state, 'main/PAUSE'));

    const { stdout } = await checks(bench);

    expect(stdout).toMatch(
      new RegExp(`the account is paused until the file is fixed or removed: .*PAUSE cannot be read: ${why}`),
    );
    expect(stdout).toContain('Fix or remove the file: "resume" does not replace it');
  }),
);

test('a configuration that cannot be parsed is one failure', () =>
  withEmulator(async (bench) => {
    await bench.write('vonage-gitops.yaml', 'kind: 3');

    expect(await checks(bench)).toMatchObject({ code: 1, levels: ['fail configuration'] });
  }));

const troubles: readonly {
  readonly title: string;
  readonly spoil: (bench: Bench) => Promise<unknown>;
  readonly environment?: Record<string, string>;
  readonly line: string;
  readonly remedy: string;
  readonly code: number;
}[] = [
  {
    title: 'missing credentials',
    spoil: async () => undefined,
    environment: { VONAGE_API_SECRET: '' },
    line: 'fail credentials',
    remedy: 'VONAGE_API_SECRET_FILE',
    code: 1,
  },
  {
    title: 'wrong credentials',
    spoil: async () => undefined,
    environment: { VONAGE_API_SECRET: 'wrong' },
    line: 'fail API',
    remedy: 'They were read from environment VONAGE_API_KEY',
    code: 1,
  },
  {
    title: 'a missing token',
    spoil: async () => undefined,
    environment: { DAEMON_TOKEN: '' },
    line: 'fail daemon secrets',
    remedy: 'DAEMON_TOKEN_FILE',
    code: 1,
  },
  {
    title: 'an address that must not get credentials',
    spoil: async () => undefined,
    environment: { VONAGE_API_URL: 'https://vonage.evil.example' },
    line: 'fail API',
    remedy: 'VONAGE_ALLOWED_API_HOSTS',
    code: 1,
  },
  {
    title: 'a state directory that is open to others',
    spoil: ({ state }) => chmod(join(state, 'main'), 0o755),
    line: 'warn state directory',
    remedy: 'chmod 0700',
    code: 0,
  },
  {
    title: 'a ledger that cannot be parsed',
    spoil: ({ state }) => writeFile(join(state, 'main/ledger.json'), '{'),
    line: 'fail ledger',
    remedy: 'ledger rebuild',
    code: 1,
  },
  {
    title: 'no ledger',
    spoil: ({ state }) => rm(state, { recursive: true }),
    line: 'warn ledger',
    remedy: 'until the first apply or run',
    code: 0,
  },
  {
    title: 'invalid manifests',
    spoil: ({ write }) => write('apps/broken.yaml', 'kind: Nonsense'),
    line: 'fail manifests',
    remedy: 'vonage-gitops validate',
    code: 1,
  },
  {
    title: 'a missing directory of manifests',
    spoil: ({ cwd }) => rm(join(cwd, 'apps'), { recursive: true }),
    line: 'fail manifests',
    remedy: 'cannot be read',
    code: 1,
  },
  {
    title: 'no manifest at all',
    spoil: ({ cwd }) => rm(join(cwd, 'apps/support.yaml')),
    line: 'warn manifests',
    remedy: 'check the directory',
    code: 0,
  },
  {
    title: 'keys that git has',
    spoil: async ({ cwd, state }) => {
      await rm(join(state, '.gitignore'), { force: true });
      await rm(join(state, 'main/keys/.gitignore'), { force: true });
      await run('git', ['init', '-q', cwd]);
    },
    line: 'fail key directory',
    remedy: 'to a directory outside',
    code: 1,
  },
  {
    title: 'a forgotten pause',
    spoil: ({ write }) => write('state/main/PAUSE', ''),
    line: 'warn pauses',
    remedy: 'vonage-gitops resume',
    code: 0,
  },
  {
    title: 'a schedule no listing can keep up with',
    spoil: ({ write }) => write('vonage-gitops.yaml', configYaml({ account: '    schedule: "* * * * * *"' })),
    line: 'fail schedule',
    remedy: 'set at least 10 s',
    code: 1,
  },
  {
    title: 'a key that was changed at Vonage',
    spoil: async ({ emulator }) => {
      const [application] = emulator.admin.applications();
      const publicKey = (await import('node:crypto')).generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey;
      const keys = { public_key: publicKey.export({ type: 'spki', format: 'pem' }).toString() };
      emulator.admin.put(String(application?.id), { name: 'Support', capabilities: {}, keys });
    },
    line: 'warn keys',
    remedy: 'rotate-key',
    code: 0,
  },
];

test.each(troubles)('$title: $line', ({ spoil, environment: given = {}, line, remedy, code }) =>
  withEmulator(async (bench) => {
    await applied(bench);
    await spoil(bench);

    const ended = await checks(bench, { environment: given });

    expect(ended.levels).toContain(line);
    expect(ended.stdout).toContain(remedy);
    expect(ended.code).toBe(code);
  }),
);

test('an API that is away is a failure, and nothing more is asked of it', () =>
  withEmulator(async (bench) => {
    await applied(bench);
    const clock = { now: () => Date.now(), monotonic: () => performance.now(), sleep: () => Promise.resolve() };
    await bench.emulator.close();

    const { levels } = await checks(bench, { clock });

    expect(levels.at(-1)).toBe('fail API');
  }));

test('a clock that is wrong is noticed by the API’s, and by the ledger', () =>
  withEmulator(async (bench) => {
    await applied(bench);
    const clock = shiftedClock();
    clock.advance(-3_600_000);

    const { stdout } = await checks(bench, { clock });

    expect(stdout).toMatch(/differs by 3(59|60)\d s from the API's clock/);
    expect(stdout).toContain('1 ledger record is from the future');
  }));

test('a field that the server has been rewriting for more than a day is named', () =>
  withEmulator(async (bench) => {
    await applied(bench);
    const file = join(bench.state, 'main/ledger.json');
    const known = (since: number, path: string) => ({ path, sent: 'a', echoed: 'b', since, triedAt: since });
    const [old, recent] = [known(0, '/privacy/improve_ai'), known(Date.now(), '/capabilities/voice/region')];
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('"normalised":[]', `"normalised":${JSON.stringify([old, recent])}`));

    const { code, stdout } = await checks(bench);

    expect(code).toBe(0);
    expect(stdout).toMatch(/warn .*"Support".*privacy\.improve_ai \(since 1970-01-01[^)]*\): declare/);
    expect(stdout).not.toContain('voice.region');
  }));

test('who has the locks is said, and a daemon at work is no trouble', () =>
  withEmulator(async (bench) => {
    await applied(bench);
    await withDaemon(bench, async (daemon) => {
      await until(async () => (await daemon.ask('/readyz')).status === 200);

      const { code, stdout } = await checks(bench);

      expect(code).toBe(0);
      expect(stdout).toMatch(/daemon: held by process \d+/);
    });
  }));

test('as JSON the findings are complete', () =>
  withEmulator(async (bench) => {
    await applied(bench);

    const ended = await bench.run(['doctor', '--format', 'json'], { environment });

    const { format, findings } = JSON.parse(ended.stdout);
    expect(format).toBe('vonage-gitops.doctor/1');
    expect(findings).toContainEqual(expect.objectContaining({ account: 'main', level: 'ok', what: 'ledger' }));
    expect(await readFile(join(bench.state, 'main/ledger.json'), 'utf8')).toContain('Support');
  }));

describe('phone numbers', () => {
  async function linked(bench: Bench, capabilities: JsonObject): Promise<void> {
    await applied(bench);
    const [{ id } = { id: '' }] = bench.emulator.admin.applications();
    bench.emulator.admin.put(String(id), { name: 'Support', capabilities });
    bench.emulator.admin.putNumbers([
      { country: 'GB', msisdn: '447700900123', type: 'mobile-lvn', features: ['VOICE'], app_id: String(id) },
    ]);
  }

  test('of an application that takes neither calls nor messages are a warning', () =>
    withEmulator(async (bench) => {
      await linked(bench, { rtc: {} });

      const { stdout, levels } = await checks(bench);

      expect(levels).toContain('warn numbers');
      expect(stdout).toContain('"Support" has 1 linked number (*********123), and neither voice nor messages');
    }));

  test.each(['voice', 'messages'])('of an application with %s are in order', (capability) =>
    withEmulator(async (bench) => {
      await linked(bench, { [capability]: {} });

      const { stdout } = await checks(bench);

      expect(stdout).toContain('1 phone number, 1 linked to applications');
    }),
  );

  test('that cannot be read are a warning that says why', () =>
    withEmulator(async (bench) => {
      await applied(bench);

      const { stdout, code } = await checks(bench, { environment: { VONAGE_REST_URL: 'http://127.0.0.1:1' } });

      expect(stdout).toMatch(/warn +main: numbers +linked numbers cannot be checked before deletes: .*127\.0\.0\.1:1/);
      expect(code).toBe(0);
    }));
});
