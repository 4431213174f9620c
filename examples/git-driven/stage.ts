import { type ChildProcess, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { systemClock } from '../../src/app/system-clock.ts';
import { runCli } from '../../src/cli/program.ts';
import { type Emulator, startEmulator } from '../../src/emulator/emulator.ts';
import { Forge } from './forge.ts';
import { TeamRepository } from './team-repository.ts';

const program = join(import.meta.dirname, '../../src/main.ts');

/** How long a condition may take to come true, in milliseconds: ends what hangs, and measures nothing. */
const patienceMs = 180_000;

/** Also known to whoever sends the webhooks. */
const webhookSecret = 'fedcba9876543210fedcba9876543210';

/** The name of an emulated account. */
export type AccountName = 'main' | 'office';

/** Settings of the configuration that the story changes on its way. */
interface Settings {
  /** Whether commits must be signed. */
  readonly verify: boolean;
  /** The directory of account main in the repository. */
  readonly path: string;
}

/** All the story needs: a repository at a forge, two emulated accounts, and the daemon between them. */
export class Stage {
  readonly repository: TeamRepository;
  readonly #directory: string;
  readonly #stop: AbortSignal;
  readonly #emulators: Readonly<Record<AccountName, Emulator>>;
  readonly #port: number;
  readonly #forge: Forge;
  #settings: Settings = { verify: false, path: 'apps/main' };
  #daemon: ChildProcess | undefined;

  private constructor(
    directory: string,
    stop: AbortSignal,
    emulators: Readonly<Record<AccountName, Emulator>>,
    { port, forge }: { readonly port: number; readonly forge: Forge },
  ) {
    this.repository = new TeamRepository(directory);
    this.#directory = directory;
    this.#stop = stop;
    this.#emulators = emulators;
    this.#port = port;
    this.#forge = forge;
    this.configure({});
  }

  static async open(directory: string, stop: AbortSignal): Promise<Stage> {
    const [main, office] = await Promise.all([startEmulator(), startEmulator()]);
    return new Stage(directory, stop, { main, office }, { port: await freePort(), forge: await Forge.open() });
  }

  /** Writes the configuration; a running daemon reads it by itself. */
  configure(changed: Partial<Settings>): void {
    this.#settings = { ...this.#settings, ...changed };
    const { verify, path } = this.#settings;
    const { main, office } = this.#emulators;
    const verifyLine = verify ? '\n      verify: { mode: head, allowedSigners: signers }\n      allowRewind: true' : '';
    writeFileSync(
      join(this.#directory, 'vonage-gitops.yaml'),
      `apiVersion: vonage-gitops/v1
kind: Config
state: state
sources:
  - name: voice
    git:
      url: file://${this.repository.bare}
      ref: { branch: main }
      interval: { seconds: 10 }${verifyLine}
    webhook: { kind: gitea, secret: { env: WEBHOOK_SECRET } }
accounts:
  - name: main
    manifests: { source: voice, path: ${path} }
    apiUrl: ${main.url}
    policy: sync
  - name: office
    manifests: { source: voice, path: apps/office }
    apiUrl: ${office.url}
    policy: sync
daemon:
  listen: 127.0.0.1:${this.#port}
  token: { env: DAEMON_TOKEN }
reports:
  - { kind: gitlab, source: voice, token: { env: STATUS_TOKEN }, apiUrl: "${this.#forge.url}" }
`,
    );
  }

  /** What the forge shows of an account at a commit, as `state: description`. */
  commitStatus(commit: string, account: AccountName): string | undefined {
    return this.#forge.statusOf(commit, `vonage-gitops/${account}`);
  }

  admin(account: AccountName): Emulator['admin'] {
    return this.#emulators[account].admin;
  }

  /** Starts the daemon; what it logs is kept in a file. */
  startDaemon(): void {
    const log = openSync(join(this.#directory, 'daemon.log'), 'a');
    this.#daemon = spawn(process.execPath, [program, 'run'], {
      cwd: this.#directory,
      env: this.#environment(),
      stdio: ['ignore', log, log],
    });
    closeSync(log);
  }

  async stopDaemon(): Promise<void> {
    const daemon = this.#daemon;
    this.#daemon = undefined;
    if (daemon === undefined || daemon.exitCode !== null || daemon.signalCode !== null) return;
    const ended = once(daemon, 'exit');
    daemon.kill();
    await ended;
  }

  /** Makes the daemon ask the git server now and not in some seconds. */
  hurry(): void {
    this.#daemon?.kill('SIGHUP');
  }

  /** Tells the daemon of a push as a server of Gitea does. */
  async sendWebhook(): Promise<void> {
    const body = JSON.stringify({ ref: 'refs/heads/main' });
    const signature = createHmac('sha256', webhookSecret).update(body).digest('hex');
    const response = await fetch(`http://127.0.0.1:${this.#port}/hooks/gitea/voice`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-gitea-event': 'push', 'x-gitea-signature': signature },
      body,
    });
    if (response.status !== 202) throw new Error(`the webhook was refused: ${await response.text()}`);
  }

  get daemonLog(): string {
    return readFileSync(join(this.#directory, 'daemon.log'), 'utf8');
  }

  /** Runs a command as a shell would. */
  async run(...args: readonly string[]): Promise<{ readonly code: number; readonly output: string }> {
    this.#stop.throwIfAborted();
    const written: string[] = [];
    const output = { write: (text: string) => written.push(text) };
    const code = await runCli([...args], {
      cwd: this.#directory,
      environment: this.#environment(),
      stdin: process.stdin,
      stdout: output,
      stderr: output,
      clock: systemClock,
      random: Math.random,
      stop: this.#stop,
      stdoutLost: this.#stop,
      onReload: () => () => undefined,
      onInspectorSignal: () => () => undefined,
    });
    return { code, output: written.join('') };
  }

  /** Waits until something is so. */
  async until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
    const end = Date.now() + patienceMs;
    while (!(await isSo())) {
      if (this.#daemon !== undefined && this.#daemon.exitCode !== null)
        throw new Error(`the daemon has ended with ${this.#daemon.exitCode}`);
      if (Date.now() > end) throw new Error(`this did not happen: ${what}`);
      await pause(this.#stop);
    }
  }

  async close(): Promise<void> {
    await this.stopDaemon();
    for (const emulator of Object.values(this.#emulators)) await emulator.close();
    await this.#forge.close();
  }

  #environment(): NodeJS.ProcessEnv {
    const { apiKey, apiSecret } = this.#emulators.main;
    return {
      PATH: process.env['PATH'],
      VONAGE_API_KEY: apiKey,
      VONAGE_API_SECRET: apiSecret,
      DAEMON_TOKEN: '0123456789abcdef0123456789abcdef',
      WEBHOOK_SECRET: webhookSecret,
      STATUS_TOKEN: '00112233445566778899aabbccddeeff',
      // The repository is a directory of this machine, which takes leave from the environment: a configuration alone cannot.
      VONAGE_GITOPS_ALLOW_FILE_SOURCES: '1',
    };
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function pause(stop: AbortSignal): Promise<void> {
  stop.throwIfAborted();
  return new Promise((resolve) => setTimeout(resolve, 100));
}
