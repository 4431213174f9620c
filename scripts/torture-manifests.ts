/** The manifests on the disk, and what they ask for. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** How long a lost write, or a second look, is waited for, in seconds. */
export const settleSeconds = 2;

/** What one manifest asks for. */
export interface Wanted {
  readonly number: number;
  readonly name: string;
  readonly formerly?: string;
  /** Address of its only webhook. */
  readonly webhook: string;
}

/** A directory with a configuration and manifests, each in a file of its own. */
export class Manifests {
  readonly #cwd: string;
  readonly #wanted = new Map<number, Wanted>();

  constructor(cwd: string, count: number) {
    this.#cwd = cwd;
    mkdirSync(join(cwd, 'applications'), { recursive: true });
    writeFileSync(join(cwd, 'vonage-gitops.yaml'), configuration);
    for (let number = 1; number <= count; number += 1)
      this.#write({ number, name: `Tortured ${number}`, webhook: `https://torture.example.com/${number}` });
  }

  /** All that is asked for now, in order. */
  wanted(): readonly Wanted[] {
    return [...this.#wanted.values()];
  }

  /** @throws {Error} when there is no such manifest */
  of(number: number): Wanted {
    const wanted = this.#wanted.get(number);
    if (wanted === undefined) throw new Error(`no manifest ${number}`);
    return wanted;
  }

  update(number: number): void {
    const wanted = this.of(number);
    this.#write({ ...wanted, webhook: `${wanted.webhook}/updated` });
  }

  rename(number: number): void {
    const { name, ...others } = this.of(number);
    this.#write({ ...others, name: `${name} renamed`, formerly: name });
  }

  remove(number: number): void {
    rmSync(this.#path(number));
    this.#wanted.delete(number);
  }

  #write(wanted: Wanted): void {
    this.#wanted.set(wanted.number, wanted);
    writeFileSync(this.#path(wanted.number), manifestOf(wanted));
  }

  #path(number: number): string {
    return join(this.#cwd, 'applications', `${number}.yaml`);
  }
}

function manifestOf({ name, formerly, webhook }: Wanted): string {
  const metadata = formerly === undefined ? `{ name: ${name} }` : `{ name: ${name}, formerly: [${formerly}] }`;
  const url = `{ address: "${webhook}", http_method: POST }`;
  const spec = `{ capabilities: { voice: { webhooks: { event_url: ${url} } } } }`;
  return `apiVersion: vonage-gitops/v1\nkind: Application\nmetadata: ${metadata}\nspec: ${spec}\n`;
}

/** From the beginning everything may be deleted that lost its manifest, and as much of it as there is. */
const configuration = `apiVersion: vonage-gitops/v1
kind: Config
accounts:
  - name: main
    manifests: applications
    policy: sync
    deletes: { max: 1000, maxPercent: 100, per24h: 1000 }
    updates: { maxPercent: 100 }
    requestsPerSecond: 200
    requestTimeoutSeconds: 1
    creates: { settleSeconds: ${settleSeconds} }
`;
