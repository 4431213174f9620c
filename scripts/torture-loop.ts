/** Starts a command again and again, and kills it on the way, until the account is as the stage wants it. */
import type { EmulatedAccount, LiveApplication } from './torture-account.ts';
import type { Manifests } from './torture-manifests.ts';
import { type Command, type Phase, runOnce } from './torture-run.ts';
import {
  type Before,
  changeManifests,
  commandsOf,
  countLeft,
  killOf,
  type Stage,
  type Title,
  verbOf,
} from './torture-stages.ts';

/** A process that was killed. */
export interface Kill {
  readonly title: Title;
  readonly phase: Phase;
  /** Writes that had arrived, and whose end the process did not know. */
  readonly writesUnderWay: number;
}

/** What happened in a stage. */
export interface StageHistory {
  readonly title: Title;
  readonly count: number;
  readonly kills: readonly Kill[];
  /** Exit codes of the processes that ended by themselves. */
  readonly codes: readonly number[];
  /** Public keys that were seen live, by id. */
  readonly keysSeen: ReadonlyMap<string, ReadonlySet<string>>;
  /** Requests there had been when it ended. */
  readonly requestsAtEnd: number;
}

/** What a stage works with. */
export interface Surroundings {
  readonly account: EmulatedAccount;
  readonly manifests: Manifests;
  readonly random: () => number;
  readonly commandFor: (args: readonly string[]) => Command;
  readonly say: (text: string) => void;
  /** How applications were before the stage, by the number of their manifest. */
  readonly before: ReadonlyMap<number, Before>;
}

/** Exit codes that a process may end with: done, error, manual action required, partly applied. */
const expectedCodes = [0, 1, 3, 4];

/** Starts beyond the kills, per command, before it is given up. */
const mostStarts = 60;

/** Carries a stage out. @throws {Error} when it does not get done, or a process ends in another way than it may */
export async function carryOut(stage: Stage, surroundings: Surroundings): Promise<StageHistory> {
  const { account, manifests } = surroundings;
  changeManifests(stage, manifests);
  await account.faults(stage.faults);
  const run = new StageRun(stage, surroundings);
  for (const args of commandsOf(stage, manifests)) await run.untilItSucceeds(args);
  await account.faults([]);
  return run.history((await account.requests()).length);
}

class StageRun {
  readonly #stage: Stage;
  readonly #surroundings: Surroundings;
  readonly #kills: Kill[] = [];
  readonly #codes: number[] = [];
  readonly #keysSeen = new Map<string, Set<string>>();

  constructor(stage: Stage, surroundings: Surroundings) {
    this.#stage = stage;
    this.#surroundings = surroundings;
  }

  history(requestsAtEnd: number): StageHistory {
    const { title, numbers } = this.#stage;
    const [kills, codes, keysSeen] = [this.#kills, this.#codes, this.#keysSeen];
    return { title, count: numbers.length, kills, codes, keysSeen, requestsAtEnd };
  }

  async untilItSucceeds(args: readonly string[]): Promise<void> {
    const { title, kills } = this.#stage;
    const command = this.#surroundings.commandFor(args);
    let killsLeft = kills;
    for (let starts = 0; starts < kills + mostStarts; starts += 1) {
      const left = { writes: await this.#countLeft(), kills: killsLeft };
      const code = await this.#start(command, left);
      if (code === undefined) killsLeft -= 1;
      if (code !== 0 || (title === 'creates' && killsLeft > 0)) continue;
      if (title === 'rotations' || (await this.#countLeft()) === 0) return;
    }
    throw new Error(`${title}: no success after ${mostStarts} starts that were not killed`);
  }

  /** One start; answers with its exit code, or undefined when it was killed. */
  async #start(command: Command, left: { readonly writes: number; readonly kills: number }) {
    const { title, numbers } = this.#stage;
    const { account, random, say } = this.#surroundings;
    const writesBefore = await account.writes();
    const end = await runOnce(command, left.kills > 0 ? killOf(this.#stage, random, left) : undefined);
    const writesUnderWay = Math.max(0, (await account.writes()) - writesBefore - end.writesEnded);
    const phase = writesUnderWay > 0 && end.phase === 'reading' ? 'writing' : end.phase;
    if (end.code === undefined) this.#kills.push({ title, phase, writesUnderWay });
    else this.#codes.push(end.code);
    const how =
      end.code === undefined
        ? `killed while ${phase}, ${writesUnderWay} ${verbOf[title]}s in progress`
        : `exit code ${end.code}${reasonsIn(end.output)}`;
    const done = numbers.length - (await this.#countLeft());
    say(`  ${title}, start ${this.#kills.length + this.#codes.length}: ${how}; ${done} of ${numbers.length} done`);
    if (end.code !== undefined && !expectedCodes.includes(end.code)) throw new Error(end.output);
    return end.code;
  }

  async #countLeft(): Promise<number> {
    const { account, manifests, before } = this.#surroundings;
    const live = await account.applications();
    this.#noteKeys(live);
    return countLeft(this.#stage, manifests, before, live);
  }

  #noteKeys(live: readonly LiveApplication[]): void {
    for (const { id, keys } of live) {
      const seen = this.#keysSeen.get(id) ?? new Set<string>();
      if (keys.public_key !== undefined) seen.add(keys.public_key);
      this.#keysSeen.set(id, seen);
    }
  }
}

/** Why a process ended by itself: the codes of the errors it told. */
function reasonsIn(output: string): string {
  const codes = new Set(output.match(/\bE_[A-Z_]+/g));
  return codes.size === 0 ? '' : ` (${[...codes].join(', ')})`;
}
