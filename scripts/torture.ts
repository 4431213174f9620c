/**
 * Applies manifests to an account that loses answers, cuts connections, throttles and changes while it is listed, kills the process
 * with SIGKILL at random moments and starts it again until it succeeds; then counts. Run it with: npm run torture -- [options]
 *
 *   --manifests N   applications to create (200)
 *   --kills N       kill at least so often (25)
 *   --rounds N      so many times, each with an account and a seed of its own (1)
 *   --seed N        what all random choices are drawn from (drawn from the clock)
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { credentials, EmulatedAccount } from './torture-account.ts';
import { faultRules, randomFrom, wholeFrom } from './torture-faults.ts';
import { type Evidence, findings, keyFiles } from './torture-proof.ts';
import { type Command, drawKill, type Phase, runOnce } from './torture-run.ts';
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
const shifted = 40;

const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'vonage-gitops-torture-'));
const program = join(folder, 'dist', 'main.cjs');
try {
  say(`Torture: ${options.manifests} manifests, at least ${options.kills} kills, --seed ${options.seed}`);
  // A build of its own: another one meanwhile must not pull the files from under a process that starts.
  execFileSync(
    process.execPath,
    [join(root, 'node_modules', 'rolldown', 'bin', 'cli.mjs'), '-c', 'rolldown.config.ts', '-d', join(folder, 'dist')],
    { cwd: root },
  );
  for (let round = 0; round < options.rounds; round += 1)
    await torture(options.seed + round, join(folder, `round-${round}`));
} finally {
  rmSync(folder, { recursive: true, force: true });
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
  const names = writeManifests(cwd);
  const account = await EmulatedAccount.start(program);
  try {
    const ids = await account.seed(others);
    const victims = drawVictims(random, ids);
    const untouched = new Map((await account.applications()).map((one) => [one.id, JSON.stringify(one)]));
    for (const id of victims) untouched.delete(id);
    const pages = Math.ceil((others + names.length) / 100);
    await account.faults(faultRules(random, pages, victims));
    const command = commandFor(cwd, account.url);
    const history = await untilItSucceeds(command, account, names, random);
    await account.faults([]);
    await expectQuiet(command);
    const evidence: Evidence = {
      names,
      live: await account.applications(),
      requests: await account.requests(),
      untouched,
      state: join(cwd, 'state', 'main'),
    };
    say(figures({ ...history, ...evidence, seconds: (Date.now() - started) / 1000, keys: keyFiles(evidence.state) }));
    verdict(findings(evidence), names.length);
  } finally {
    await account.stop();
  }
}

function writeManifests(cwd: string): readonly string[] {
  mkdirSync(join(cwd, 'applications'), { recursive: true });
  const account = [
    'apiVersion: vonage-gitops/v1',
    'kind: Config',
    'accounts:',
    '  - name: main',
    '    manifests: applications',
    '    requestsPerSecond: 200',
    '    requestTimeoutSeconds: 1',
    '    creates: { settleSeconds: 2 }',
  ];
  writeFileSync(join(cwd, 'vonage-gitops.yaml'), `${account.join('\n')}\n`);
  return Array.from({ length: options.manifests }, (_, index) => {
    const name = `Tortured ${index + 1}`;
    const webhook = `{ address: "https://torture.example.com/${index + 1}", http_method: POST }`;
    const spec = `{ capabilities: { voice: { webhooks: { event_url: ${webhook} } } } }`;
    const text = `apiVersion: vonage-gitops/v1\nkind: Application\nmetadata: { name: ${name} }\nspec: ${spec}\n`;
    writeFileSync(join(cwd, 'applications', `${index + 1}.yaml`), text);
    return name;
  });
}

function drawVictims(random: () => number, ids: readonly string[]): readonly string[] {
  const left = [...ids];
  return Array.from({ length: shifted }, () => left.splice(wholeFrom(random, 0, left.length), 1)).flat();
}

function commandFor(cwd: string, url: string): Command {
  const args = ['apply', '--yes', '--state', 'state', '--log-level', 'debug'];
  return { program, cwd, args, environment: { ...credentials, VONAGE_API_URL: url, PATH: process.env['PATH'] ?? '' } };
}

/** Starts it again and again, and kills it often enough, until it ends well. */
async function untilItSucceeds(
  command: Command,
  account: EmulatedAccount,
  names: readonly string[],
  random: () => number,
) {
  const kills: { readonly phase: Phase; readonly postsUnderWay: number }[] = [];
  const codes: number[] = [];
  let last: number | undefined;
  while (kills.length < options.kills || last !== 0) {
    if (kills.length + codes.length > options.kills + 60) throw new Error(`no success after ${codes.length} ends`);
    const existing = await countNamed(account, names);
    const left = { creates: names.length - existing, kills: options.kills - kills.length };
    const before = await account.posts();
    const end = await runOnce(command, left.kills > 0 ? drawKill(random, left) : undefined);
    last = end.code;
    const postsUnderWay = (await account.posts()) - before - end.postsEnded;
    const phase = postsUnderWay > 0 && end.phase === 'reading' ? 'creating' : end.phase;
    const how =
      end.code === undefined
        ? `killed while ${phase}, ${postsUnderWay} POSTs under way`
        : `exit code ${end.code}${reasonsIn(end.output)}`;
    if (end.code === undefined) kills.push({ phase, postsUnderWay });
    else codes.push(end.code);
    say(`  start ${kills.length + codes.length}: ${how}; ${await countNamed(account, names)} applications`);
    if (end.code !== undefined && ![0, 1, 3, 4].includes(end.code)) throw new Error(end.output);
  }
  return { kills, codes };
}

/** Why a process ended by itself: the codes of the errors it told. */
function reasonsIn(output: string): string {
  const codes = new Set(output.match(/\bE_[A-Z_]+/g));
  return codes.size === 0 ? '' : ` (${[...codes].join(', ')})`;
}

async function countNamed(account: EmulatedAccount, names: readonly string[]): Promise<number> {
  const wanted = new Set(names);
  return (await account.applications()).filter(({ name }) => wanted.has(name)).length;
}

/** Without faults one more apply has nothing to complain of, and then a plan finds nothing. */
async function expectQuiet(command: Command): Promise<void> {
  const apply = await runOnce(command, undefined);
  if (apply.code !== 0) throw new Error(`the last apply ended with ${apply.code}: ${apply.output}`);
  const plan = await runOnce({ ...command, args: ['plan', '--detailed-exitcode', '--state', 'state'] }, undefined);
  if (plan.code !== 0) throw new Error(`the last plan ended with ${plan.code}: ${plan.output}`);
}

function verdict(wrong: readonly string[], count: number): void {
  if (wrong.length > 0) throw new Error(`not as it must be:\n${wrong.join('\n')}`);
  say(
    `Proven: ${count} applications for ${count} manifests, ${count} private keys that match by signing and verifying,`,
  );
  say('a ledger without open creates, nothing of others touched, no stray key file, and a plan that finds nothing.');
}
