import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** The program as it is shipped. */
export const program = join(import.meta.dirname, '..', 'dist', 'main.cjs');

const secret = 'bench-secret-0';

/** An emulator in a process of its own, so that it takes no time from what is measured. */
export class EmulatorProcess {
  readonly #process: ChildProcess;
  readonly #url: string;

  private constructor(process: ChildProcess, url: string) {
    this.#process = process;
    this.#url = url;
  }

  /** Starts one on a free port; the options are those of the command. */
  static async start(...options: readonly string[]): Promise<EmulatorProcess> {
    const flags = ['emulator', '--port', '0', '--api-key', 'bench', '--api-secret', secret, ...options];
    const child = spawn(process.execPath, [program, ...flags], { stdio: ['ignore', 'pipe', 'ignore'] });
    const [url] = await once(createInterface(child.stdout), 'line');
    return new EmulatorProcess(child, String(url));
  }

  /** What a command needs to reach it, beside the rest of the environment. */
  get environment(): NodeJS.ProcessEnv {
    return { ...process.env, VONAGE_API_URL: this.#url, VONAGE_API_KEY: 'bench', VONAGE_API_SECRET: secret };
  }

  /** Adds applications: so many invented ones, or these. */
  async seed(what: { readonly count: number } | { readonly applications: readonly object[] }): Promise<void> {
    await this.#admin('seed', { method: 'POST', body: JSON.stringify(what) });
  }

  /** Forgets the requests so far. */
  async clearRequests(): Promise<void> {
    await this.#admin('clear-requests', { method: 'POST' });
  }

  /** Forgets applications and requests. */
  async reset(): Promise<void> {
    await this.#admin('reset', { method: 'POST' });
  }

  /** The requests since the last clearing, in the order in which they came. */
  async requests(): Promise<readonly LoggedRequest[]> {
    const response = await this.#admin('requests', {});
    const { requests } = (await response.json()) as { readonly requests: readonly LoggedRequest[] };
    return requests;
  }

  /** Ends the process. */
  async stop(): Promise<void> {
    this.#process.kill('SIGTERM');
    await once(this.#process, 'exit');
  }

  async #admin(path: string, init: RequestInit): Promise<Response> {
    const response = await fetch(`${this.#url}/__emulator/${path}`, init);
    if (!response.ok) throw new Error(`the emulator refused ${path}: ${await response.text()}`);
    return response;
  }
}

/** A request as the emulator saw it. */
export interface LoggedRequest {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly verb: string;
  readonly path: string;
  readonly status?: number;
}
