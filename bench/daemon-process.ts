import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type EmulatorProcess, program } from './emulator-process.ts';

const token = 'bench-token-0123456789';

/** How the daemon is to run; the rest is as it is by default. */
export interface DaemonSettings {
  /** An empty directory for configuration and state; its manifests are in `apps`. */
  readonly directory: string;
  /** Seconds between passes when nothing triggers one. */
  readonly intervalSeconds: number;
  /** Pace of requests; as good as none if not given. */
  readonly requestsPerSecond?: number;
}

/** The shipped daemon in a process of its own, watched from outside. */
export class DaemonProcess {
  readonly #process: ChildProcess;
  readonly #url: string;

  private constructor(process: ChildProcess, url: string) {
    this.#process = process;
    this.#url = url;
  }

  /** Starts one on the emulated account and waits until it is ready. */
  static async start(
    { directory, intervalSeconds, requestsPerSecond = 1000 }: DaemonSettings,
    emulator: EmulatorProcess,
  ): Promise<DaemonProcess> {
    const port = await freePort();
    writeFileSync(
      join(directory, 'vonage-gitops.yaml'),
      JSON.stringify({
        apiVersion: 'vonage-gitops/v1',
        kind: 'Config',
        accounts: [{ name: 'main', manifests: 'apps', requestsPerSecond, interval: { seconds: intervalSeconds } }],
        daemon: { listen: `127.0.0.1:${port}`, token: { env: 'BENCH_TOKEN' } },
      }),
    );
    const child = spawn(process.execPath, [program, 'run', '--state', 'state', '--log-level', 'warn'], {
      cwd: directory,
      env: { ...emulator.environment, BENCH_TOKEN: token },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const daemon = new DaemonProcess(child, `http://127.0.0.1:${port}`);
    await daemon.#ready();
    return daemon;
  }

  /** Has one pass made and waits for it. @throws when it did not end well */
  async pass(): Promise<void> {
    const response = await fetch(`${this.#url}/api/v1/sync?wait=true`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    });
    if (response.status !== 200) throw new Error(`a pass ended with ${response.status}: ${await response.text()}`);
    await response.arrayBuffer();
  }

  /** Memory of the process in use now, in MiB. Source: proc(5), VmRSS. */
  residentMiB(): number {
    const [, kib = '0'] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.#process.pid}/status`, 'utf8')) ?? [];
    return Number(kib) / 1024;
  }

  /** Processor time used so far, in seconds. Source: proc(5), utime and stime in clock ticks of 10 ms. */
  cpuSeconds(): number {
    const stat = readFileSync(`/proc/${this.#process.pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }

  /** Ends it as an operator does. @throws when it does not exit with 0 */
  async stop(): Promise<void> {
    this.#process.kill('SIGTERM');
    const [code] = await once(this.#process, 'exit');
    if (code !== 0) throw new Error(`the daemon ended with ${code}`);
  }

  async #ready(): Promise<void> {
    for (let attempt = 0; attempt < 600; attempt += 1) {
      const ready = await fetch(`${this.#url}/readyz`).then(
        (response) => response.ok,
        () => false,
      );
      if (ready) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    this.#process.kill('SIGKILL');
    throw new Error('the daemon did not get ready within a minute');
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
