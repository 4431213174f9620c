import { Semaphore } from './semaphore.ts';

/** Work of one kind that somebody asks for. */
export interface Wish<Result> {
  readonly work: () => Promise<Result>;
  /** Whether the result still answers somebody who asked after the work had begun; asked when it has ended. */
  readonly holds: (result: Result) => Promise<boolean>;
}

interface UnderWay<Result> {
  readonly result: Promise<Result>;
  /** False while it waits for its turn: it has seen nothing yet. */
  begun: boolean;
  holds: Promise<boolean> | undefined;
}

/**
 * Work that many ask for and that is done once for all of them: one at a time for each key, and at most so many at once. Who asks
 * while it is in progress gets its result if that still holds, else that of the next one, which begins after they asked. A failure is
 * shared, too.
 */
export class SharedWork<Result> {
  readonly #underWay = new Map<string, UnderWay<Result>>();
  readonly #turns: Semaphore;

  constructor(mostAtOnce: number) {
    this.#turns = new Semaphore(mostAtOnce);
  }

  async ask(key: string, wish: Wish<Result>): Promise<Result> {
    const found = this.#underWay.get(key);
    if (found === undefined || !found.begun) return this.#next(key, wish);
    const result = await found.result;
    found.holds ??= wish.holds(result);
    return (await found.holds) ? result : this.#next(key, wish);
  }

  /** That of the one in progress, or of a new one. */
  #next(key: string, { work }: Wish<Result>): Promise<Result> {
    const found = this.#underWay.get(key);
    if (found !== undefined) return found.result;
    const result = this.#inTurn(() => {
      begun.begun = true;
      return work();
    }).finally(() => this.#underWay.delete(key));
    const begun: UnderWay<Result> = { result, begun: false, holds: undefined };
    this.#underWay.set(key, begun);
    return result;
  }

  async #inTurn(work: () => Promise<Result>): Promise<Result> {
    const giveBack = await this.#turns.take(undefined); // who asks in the same breath asks before it begins
    try {
      return await work();
    } finally {
      giveBack();
    }
  }
}
