/**
 * The main job in half a minute: manifests in a directory, an account on the embedded emulator, plan, apply, drift, heal.
 * Run it with: npm run demo. test/e2e/demo.test.ts runs it as well.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProcessContext } from '../src/app/context.ts';
import { OutputWatch } from '../src/app/output-watch.ts';
import { systemClock } from '../src/app/system-clock.ts';
import { runCli } from '../src/cli/program.ts';
import { type Emulator, startEmulator } from '../src/emulator/emulator.ts';

const voice = (answer: string) => ({
  voice: {
    webhooks: {
      answer_url: { address: answer, http_method: 'GET' },
      event_url: { address: 'https://voice.example.com/support/events', http_method: 'POST' },
    },
  },
});
const chat = {
  messages: { webhooks: { inbound_url: { address: 'https://bot.example.com/old', http_method: 'POST' } } },
};

/** An account as accounts are: one application drifted from what the manifest says, one name used twice, one that nobody knows. */
const seed = [
  { name: 'Support line', capabilities: voice('https://old-host.example.com/answer') },
  { name: 'Chat bot', capabilities: chat },
  { name: 'Chat bot', capabilities: {} },
  { name: 'Black Friday hotline', capabilities: voice('https://promo.example.com/answer') },
];

const nextSteps = `What to try next:
  npx vonage-gitops emulator --seed 20        an account of your own to play with; it prints what to export
  npx vonage-gitops plan examples/quickstart  plan against it
  npx vonage-gitops apply examples/quickstart
  docs/manifests.md                           everything a manifest can say`;

/** The story ends early with Ctrl-C, and where nobody reads it; the temporary directory goes all the same. */
const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort());
const output = new OutputWatch(process.stdout, process.stderr);
const stop = AbortSignal.any([output.stdoutLost, interrupted.signal]);

let later = 0;

const directory = mkdtempSync(join(tmpdir(), 'vonage-gitops-demo-'));
const manifests = join(directory, 'applications');
const emulator = await startEmulator();
try {
  process.exitCode = await tellStory(emulator);
} catch (error) {
  if (!stop.aborted) throw error;
  process.exitCode = output.stdoutLost.aborted ? 141 : 130;
} finally {
  await emulator.close();
  rmSync(directory, { recursive: true, force: true });
}

async function tellStory({ admin, url }: Emulator): Promise<number> {
  cpSync(join(import.meta.dirname, '..', 'examples', 'quickstart'), manifests, { recursive: true });
  const [supportLine = '', chatBot = ''] = admin.seed(seed);

  say(`An account with four applications is emulated at ${url}; six manifests are in applications/.`);
  say('1. What would happen? Planning only reads.');
  await run(3, 'plan', 'applications');

  say(
    '2. Apply it. The name "Chat bot" is used twice in the account, so that one is a conflict and requires manual action.',
  );
  await run(3, 'apply', 'applications', '--yes');

  say(`3. Resolve the conflict: the manifest now pins id ${chatBot}.`);
  pin('chat-bot.yaml', chatBot);
  await run(0, 'apply', 'applications', '--yes');

  say('4. Planning again shows no changes.');
  await run(0, 'plan', 'applications');

  say('5. A minute later someone changes "Support line" in the dashboard. The plan shows the drift.');
  later = 60_000; // what was written just now may still be read as it was before, so that is not called drift yet
  admin.put(supportLine, { name: 'Support line', capabilities: voice('https://somebody-elses.example.org/answer') });
  await run(2, 'plan', 'applications', '--detailed-exitcode');

  say('6. Heal it.');
  await run(0, 'apply', 'applications', '--yes');
  await run(0, 'plan', 'applications');

  say(
    `"Black Friday hotline" is in no manifest and not managed: it was never changed. The account received ${admin.counts().writes} writes in total.`,
  );
  say(nextSteps);
  return 0;
}

function say(text: string): void {
  process.stdout.write(`\n${text}\n`);
}

/** Runs one command as a shell would, and stops the story when it does not end as it should. */
async function run(expected: number, ...args: readonly string[]): Promise<void> {
  stop.throwIfAborted();
  process.stdout.write(`\n$ vonage-gitops ${args.join(' ')}\n\n`);
  const code = await runCli([...args, '--state', join(directory, 'state'), '--log-level', 'error'], context());
  stop.throwIfAborted();
  if (code !== expected) throw new Error(`vonage-gitops ${args.join(' ')} ended with ${code}, not ${expected}`);
}

function context(): ProcessContext {
  const { url, apiKey, apiSecret } = emulator;
  return {
    cwd: directory,
    environment: { ...process.env, VONAGE_API_URL: url, VONAGE_API_KEY: apiKey, VONAGE_API_SECRET: apiSecret },
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    clock: { ...systemClock, now: () => systemClock.now() + later },
    random: Math.random,
    stop: interrupted.signal,
    stdoutLost: output.stdoutLost,
    onReload: () => () => undefined,
    onInspectorSignal: () => () => undefined,
  };
}

function pin(file: string, id: string): void {
  const path = join(manifests, file);
  writeFileSync(path, readFileSync(path, 'utf8').replace(/^( *)name: .*$/m, `$&\n$1id: ${id}`));
}
