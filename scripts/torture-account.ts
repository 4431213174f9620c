/** The account that is tortured: the emulator, as a process of its own, seen from outside through its admin prefix. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** Credentials of the emulated account. */
export const credentials = { VONAGE_API_KEY: 'torture1', VONAGE_API_SECRET: 'torture-secret' } as const;

/** An application as it is in the account. */
export interface LiveApplication {
  readonly id: string;
  readonly name: string;
  readonly keys: { readonly public_key?: string };
  readonly capabilities?: {
    readonly voice?: { readonly webhooks?: { readonly event_url?: { readonly address?: string } } };
  };
}

/** A request as the account saw it. */
export interface SeenRequest {
  readonly verb: string;
  readonly path: string;
  readonly status?: number;
  readonly fault?: string;
}

/** What the admin prefix may answer, by what was asked. */
interface AdminAnswer {
  readonly ids?: readonly string[];
  readonly applications?: readonly LiveApplication[];
  readonly requests?: readonly SeenRequest[];
  readonly writes?: number;
}

/** A running account. */
export class EmulatedAccount {
  readonly url: string;
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess, url: string) {
    this.#process = process;
    this.url = url;
  }

  /** Starts `vonage-gitops emulator`, with a rate limit and a little latency. */
  static async start(program: string): Promise<EmulatedAccount> {
    const { VONAGE_API_KEY: key, VONAGE_API_SECRET: secret } = credentials;
    const flags = ['--port', '0', '--api-key', key, '--api-secret', secret];
    const pace = ['--rate-limit', '120/s', '--retry-after', 'seconds', '--latency', '10'];
    const child = spawn(process.execPath, [program, 'emulator', ...flags, ...pace], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [first] = await once(child.stdout, 'data');
    return new EmulatedAccount(child, String(first).trim());
  }

  /** Adds applications that are nobody's business; answers with their ids. */
  async seed(count: number): Promise<readonly string[]> {
    const { ids = [] } = await this.#admin('POST', 'seed', { count });
    return ids;
  }

  /** Puts fault rules in force; none ends all faults. */
  async faults(rules: readonly string[]): Promise<void> {
    await this.#admin('PUT', 'faults', { rules });
  }

  async applications(): Promise<readonly LiveApplication[]> {
    const { applications = [] } = await this.#admin('GET', 'applications');
    return applications;
  }

  async requests(): Promise<readonly SeenRequest[]> {
    const { requests = [] } = await this.#admin('GET', 'requests');
    return requests;
  }

  /** POSTs, PUTs and DELETEs that arrived so far. */
  async writes(): Promise<number> {
    const { writes = 0 } = await this.#admin('GET', 'counts');
    return writes;
  }

  async stop(): Promise<void> {
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    await ended;
  }

  async #admin(verb: string, path: string, body?: object): Promise<AdminAnswer> {
    const init = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(`${this.url}/__emulator/${path}`, { method: verb, ...init });
    if (!response.ok) throw new Error(`${verb} ${path}: ${response.status} ${await response.text()}`);
    return JSON.parse(await response.text());
  }
}
