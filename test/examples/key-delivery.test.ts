import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { redactText } from '../../src/core/redact/patterns.ts';
import { ExecTarget } from '../../src/keys/delivery/exec.ts';
import { aFolder, aKey, anId } from '../keys/delivery/a-key.ts';

const scripts = fileURLToPath(new URL('../../examples/key-delivery/', import.meta.url));
const standIn = fileURLToPath(new URL('key-delivery-stand-in.ts', import.meta.url));
const isMissing = (program: string) => spawnSync(program, ['--version']).error !== undefined;

type State = Readonly<Record<string, Readonly<Record<string, unknown>>>>;
type Key = Awaited<ReturnType<typeof aKey>>;

/** What is where a script puts keys: the one in use with its application, and one that waits. */
interface Held {
  readonly id: unknown;
  readonly active: unknown;
  readonly waiting: unknown;
}

interface Script {
  readonly script: string;
  readonly command: string;
  /** `keys` are those that were delivered, newest last. */
  held(state: State, keys: readonly Key[], folder: string): Promise<Held>;
}

const decoded = (value: unknown) => (value === undefined ? undefined : Buffer.from(String(value), 'base64').toString());

async function filesOf(folder: string): Promise<Readonly<Record<string, string>>> {
  const names = await readdir(join(folder, 'files'));
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, 'files', name), 'utf8')])),
  );
}

/** Where every key has a place of its own, and a pointer names the one in use. */
function byPointer(
  pointer: Readonly<Record<string, unknown>> | undefined,
  id: unknown,
  keys: readonly Key[],
  has: (key: Key) => boolean,
): Held {
  const active = keys.find(({ fingerprint }) => fingerprint === pointer?.['fingerprint']);
  const waiting = keys.findLast(
    (key) => key !== active && has(key) && keys.indexOf(key) > keys.indexOf(active ?? key) - 1,
  );
  return {
    id: pointer === undefined ? undefined : id,
    active: active?.privatePem,
    waiting: waiting === keys.at(-1) ? waiting?.privatePem : undefined,
  };
}

const all: readonly Script[] = [
  {
    script: 'kubernetes-secret',
    command: 'kubectl',
    held: async (state) => {
      const data = Object(state['voice/vonage-support-line']?.['data']);
      return {
        id: decoded(data['application-id']),
        active: decoded(data['private.key']),
        waiting: decoded(data['next.key']),
      };
    },
  },
  {
    script: 'vault',
    command: 'vault',
    held: async (state, keys) =>
      byPointer(state[`secret/vonage/main/applications/${anId()}`], anId(), keys, ({ fingerprint, privatePem }) => {
        return state[`secret/vonage/main/keys/${fingerprint}`]?.['private_key'] === privatePem;
      }),
  },
  {
    script: 'aws-secrets-manager',
    command: 'aws',
    held: async (state) => {
      const { VersionIdsToStages: stages = {}, versions = {}, Tags = [] } = Object(state['vonage/main/support-line']);
      const at = (stage: string) => Object.keys(stages).find((version) => stages[version].includes(stage)) ?? '';
      const id = Tags.find((tag: { readonly Key: string }) => tag.Key === 'application-id')?.Value;
      const [active, pending] = [at('AWSCURRENT'), at('AWSPENDING')];
      return { id, active: versions[active], waiting: pending === active ? undefined : versions[pending] };
    },
  },
  {
    script: 'age-files',
    command: 'age',
    held: async (_state, keys, folder) => {
      const files = await filesOf(folder);
      const pointer = files[`${anId()}.json`];
      return byPointer(pointer === undefined ? undefined : JSON.parse(pointer), anId(), keys, (key) => {
        const hash = createHash('sha256').update(key.privatePem).digest('hex');
        return files[`${key.fingerprint}.age`]?.includes(hash) === true;
      });
    },
  },
];

/** The script as a target, and its command's stand-in in a folder. */
async function aTarget({ script, command }: Script) {
  const folder = await aFolder();
  await mkdir(join(folder, 'bin'));
  await mkdir(join(folder, 'files'));
  await writeFile(join(folder, 'recipients'), 'age1qqqq\n');
  const program = join(folder, 'bin', command);
  await writeFile(program, `#!/bin/sh\nexec '${process.execPath}' '${standIn}' ${command} '${folder}' "$@"\n`);
  await chmod(program, 0o700);
  const environment = {
    PATH: `${join(folder, 'bin')}:/usr/bin:/bin`,
    NAMESPACE: 'voice',
    DIRECTORY: join(folder, 'files'),
    AGE_RECIPIENTS: join(folder, 'recipients'),
  };
  const log = () => undefined;
  const target = new ExecTarget({
    ...{ account: 'main', command: [join(scripts, script)], environment, timeoutMs: 60_000 },
    ...{ scrub: redactText, log: { debug: log, warn: log } },
  });
  const state = async (): Promise<State> => {
    const text = await readFile(join(folder, 'state.json'), 'utf8').catch(() => '{}');
    return JSON.parse(text);
  };
  return { target, folder, state };
}

const facts = { name: 'Support line', labels: {} };
const nothing = { delivered: [] };

test.skipIf(isMissing('jq')).each(all)(
  '$script has a new key in place before it is used, and both while it is replaced',
  async (one) => {
    const { target, folder, state } = await aTarget(one);
    const [old, next] = [await aKey(0), await aKey(1)];
    const held = async () => one.held(await state(), [old, next], folder);
    const id = anId();

    for (const again of [old, old]) await target.prepared({ ...facts, ...again }, nothing);
    for (const { fingerprint } of [old, old]) await target.active({ ...facts, fingerprint, id }, nothing);
    const created = await held();
    for (const again of [next, next]) await target.prepared({ ...facts, ...again, id }, nothing);
    const prepared = await held();
    for (const { fingerprint } of [next, next]) await target.active({ ...facts, fingerprint, id }, nothing);
    const rotated = await held();

    expect(created).toEqual({ id, active: old.privatePem, waiting: undefined });
    expect(prepared).toEqual({ id, active: old.privatePem, waiting: next.privatePem });
    expect(rotated).toEqual({ id, active: next.privatePem, waiting: undefined });
  },
  60_000,
);

test.skipIf(isMissing('jq')).each(all)(
  '$script gives no key to $command in arguments or the environment',
  async (one) => {
    const { target, folder } = await aTarget(one);
    const { privatePem, ...key } = await aKey(2);

    await target.prepared({ ...facts, ...key }, nothing);
    await target.active({ ...facts, fingerprint: key.fingerprint, id: anId() }, nothing);

    const calls = await readFile(join(folder, 'calls'), 'utf8');
    const [, line = ''] = privatePem.split('\n');
    expect(calls.split('\n').length).toBeGreaterThan(1);
    for (const secret of ['PRIVATE KEY', line, Buffer.from(privatePem).toString('base64').slice(0, 60)])
      expect(calls).not.toContain(secret);
  },
  60_000,
);

test.skipIf(isMissing('jq')).each(all)(
  '$script fails when $command does, and can be run again',
  async (one) => {
    const { target, folder, state } = await aTarget(one);
    const key = await aKey();
    await writeFile(join(folder, 'away'), '');

    const prepared = target.prepared({ ...facts, ...key }, nothing);

    await expect(prepared).rejects.toMatchObject({
      message: expect.stringContaining(`${one.command}: connection refused`),
    });
    expect(await state()).toEqual({});
    await rm(join(folder, 'away'));
    await expect(target.prepared({ ...facts, ...key }, nothing)).resolves.toBeUndefined();
  },
  60_000,
);

test
  .skipIf(isMissing('jq'))
  .each(all.filter(({ script }) => ['kubernetes-secret', 'aws-secrets-manager'].includes(script)))(
  '$script does not replace the key of an application whose name looks the same',
  async (one) => {
    const { target, state } = await aTarget(one);
    await target.prepared({ ...facts, ...(await aKey(0)) }, nothing);
    const before = await state();

    const other = target.prepared({ ...facts, ...(await aKey(1)), name: 'support LINE' }, nothing);

    await expect(other).rejects.toMatchObject({ code: 'E_KEY_DELIVERY' });
    expect(await state()).toEqual(before);
  },
  60_000,
);

test.skipIf(isMissing('shellcheck')).each(all)('shellcheck finds nothing in $script', ({ script }) => {
  const { stdout } = spawnSync('shellcheck', ['--shell', 'sh', join(scripts, script)], { encoding: 'utf8' });

  expect(stdout).toBe('');
});
