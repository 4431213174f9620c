/**
 * Creates, updates, renames and deletes applications and rotates their keys, in an account that loses responses, cuts connections,
 * throttles, lags and changes while it is listed; kills the process with SIGKILL at random moments and starts it again until it
 * succeeds; then counts. Run it with: npm run torture -- [options]
 *
 *   --manifests N   applications to create (200); a part of them is updated, renamed, deleted, rotated
 *   --kills N       kill creates at least so often (25), and the other stages in proportion
 *   --rounds N      so many times, each with an account and a seed of its own (1)
 *   --seed N        what all random choices are drawn from (drawn from the clock)
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { credentials, EmulatedAccount } from './torture-account.ts';
import type { Evidence } from './torture-evidence.ts';
import { drawFrom, randomFrom } from './torture-faults.ts';
import { carryOut, type StageHistory, type Surroundings } from './torture-loop.ts';
import { Manifests, settleSeconds } from './torture-manifests.ts';
import { findings } from './torture-proof.ts';
import { keyFiles } from './torture-proof-keys.ts';
import { type Command, runOnce } from './torture-run.ts';
import { type Before, drawStages, type Stage } from './torture-stages.ts';
import { figures } from './torture-table.ts';

const { values } = parseArgs({
  options: {
    manifests: { type: 'string', default: '200' },
    kills: { type: 'string', default: '25' },
    rounds: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const options = {
  manifests: numberOf('manifests', values.manifests),
  kills: numberOf('kills', values.kills),
  rounds: numberOf('rounds', values.rounds),
  seed: numberOf('seed', values.seed),
};

/** Applications of others, so that a listing has several pages. */
const others = 400;
/** How many of them another writer deletes while pages are read. */
const shifted = 60;

const root = join(import.meta.dirname, '..');
const directory = mkdtempSync(join(tmpdir(), 'vonage-gitops-torture-'));
const program = join(directory, 'dist', 'main.cjs');
try {
  say(`Torture: ${options.manifests} manifests, at least ${options.kills} kills of creates, --seed ${options.seed}`);
  // A build of its own: another one meanwhile must not pull the files from under a process that starts.
  execFileSync(
    process.execPath,
    [
      join(root, 'node_modules', 'rolldown', 'bin', 'cli.mjs'),
      '-c',
      'rolldown.config.ts',
      '-d',
      join(directory, 'dist'),
    ],
    { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  for (let round = 0; round < options.rounds; round += 1)
    await torture(options.seed + round, join(directory, `round-${round}`));
} finally {
  rmSync(directory, { recursive: true, force: true });
}

function numberOf(name: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new Error(`--${name} ${text}: expected a whole number`);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** One account from nothing to its proof. */
async function torture(seed: number, cwd: string): Promise<void> {
  const random = randomFrom(seed);
  const started = Date.now();
  const manifests = new Manifests(cwd, options.manifests);
  const account = await EmulatedAccount.start(program);
  try {
    const victims = drawFrom(random, await account.seed(others), shifted);
    const untouched = new Map((await account.applications()).map((one) => [one.id, JSON.stringify(one)]));
    for (const id of victims) untouched.delete(id);
    const pages = Math.ceil((others + options.manifests) / 100);
    const stages = drawStages(random, { ...options, pages, victims });
    const commandFor = (args: readonly string[]) => commandOf(cwd, account.url, args);
    const { ids, histories } = await carryOutAll(stages, { account, manifests, random, commandFor, say });
    await expectQuiet(commandFor);
    const evidence: Evidence = {
      wanted: manifests.wanted(),
      stages,
      histories,
      ids,
      live: await account.applications(),
      requests: await account.requests(),
      untouched,
      state: join(cwd, 'state', 'main'),
    };
    say(figures({ ...evidence, seconds: (Date.now() - started) / 1000, keys: keyFiles(evidence.state) }));
    verdict(evidence);
  } finally {
    await account.stop();
  }
}

/** One stage after another; the ids are those after the first, by number of manifest. */
async function carryOutAll(stages: readonly Stage[], surroundings: Omit<Surroundings, 'before'>) {
  const histories: StageHistory[] = [];
  const ids = new Map<number, string>();
  for (const stage of stages) {
    const before = await applicationsBefore(ids, surroundings);
    histories.push(await carryOut(stage, { ...surroundings, before }));
    if (stage.title !== 'creates') continue;
    const live = await surroundings.account.applications();
    for (const { number, name } of surroundings.manifests.wanted())
      ids.set(number, live.find((application) => application.name === name)?.id ?? '');
  }
  return { ids, histories };
}

async function applicationsBefore(
  ids: ReadonlyMap<number, string>,
  { account }: Pick<Surroundings, 'account'>,
): Promise<ReadonlyMap<number, Before>> {
  const live = new Map((await account.applications()).map(({ id, keys }) => [id, keys.public_key]));
  return new Map([...ids].map(([number, id]) => [number, { id, publicKey: live.get(id) }]));
}

function commandOf(cwd: string, url: string, args: readonly string[]): Command {
  const environment = { ...credentials, VONAGE_API_URL: url, PATH: process.env['PATH'] ?? '' };
  return { program, cwd, args: [...args, '--state', 'state', '--log-level', 'debug'], environment };
}

/** Without faults, and after the settle time, one more apply has nothing to complain of, and then a plan finds nothing. */
async function expectQuiet(commandFor: (args: readonly string[]) => Command): Promise<void> {
  await pause((settleSeconds + 1) * 1000);
  for (const args of [
    ['apply', '--yes'],
    ['plan', '--detailed-exitcode'],
  ]) {
    const { code, output } = await runOnce(commandFor(args), undefined);
    if (code !== 0) throw new Error(`the last ${args[0]} ended with ${code}: ${output}`);
  }
}

function verdict(evidence: Evidence): void {
  const wrong = findings(evidence);
  if (wrong.length > 0) throw new Error(`not as it must be:\n${wrong.join('\n')}`);
  const { wanted, stages } = evidence;
  const count = wanted.length;
  const deleted = stages.find(({ title }) => title === 'deletes')?.numbers.length;
  say(
    `Proven: ${count} applications for ${count} manifests, each with its name, its webhook and the id it was created with; ${deleted} deleted ones gone, and no other;`,
  );
  say('private keys, old ones too, that match by signing and verifying; no write but those that were due; nothing of');
  say('others touched; a ledger without open creates or rotations, no stray key file, and a plan that finds nothing.');
}
