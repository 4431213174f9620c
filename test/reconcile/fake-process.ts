/** What every port throws from the moment the process died. */
class Crash extends Error {
  override readonly name = 'Crash';
}

/**
 * The life of the process that does the passes. Every call of a port is two steps, one before its effect and one after it; at the
 * chosen step the process dies: that call and all later ones throw, and nothing has an effect any more.
 */
export class FakeProcess {
  #steps = 0;
  #crashAt = Number.POSITIVE_INFINITY;
  #crashIn: { readonly call: string; readonly when: 'before' | 'after' } | undefined;
  #dead = false;
  /** What was called, for choosing a step. */
  readonly calls: string[] = [];

  get steps(): number {
    return this.#steps;
  }

  get dead(): boolean {
    return this.#dead;
  }

  /** Dies at that step from now on, counted from 1. */
  crashAt(step: number): void {
    this.#steps = 0;
    this.#crashAt = step;
  }

  /** Dies in the next call of that name, before or after its effect. */
  crashIn(call: string, when: 'before' | 'after'): void {
    this.#crashIn = { call, when };
  }

  /** Another process begins; it lives until told otherwise. */
  restart(): void {
    this.#dead = false;
    this.#crashIn = undefined;
    this.#crashAt = Number.POSITIVE_INFINITY;
    this.calls.length = 0;
  }

  /** A call of a port. Others get their turn before and after its effect, as over a network. */
  async call<Result>(name: string, effect: () => Result): Promise<Result> {
    this.calls.push(name);
    await Promise.resolve();
    this.#step(name, 'before');
    const result = effect();
    await Promise.resolve();
    this.#step(name, 'after');
    return result;
  }

  /** A call of a port that is real: the process may die before it, or when it is done. */
  async around<Result>(name: string, effect: () => Promise<Result>): Promise<Result> {
    this.#step(name, 'before');
    const result = await effect();
    this.#step(name, 'after');
    return result;
  }

  #step(call: string, when: 'before' | 'after'): void {
    this.#steps += 1;
    const chosen = this.#crashIn?.call === call && this.#crashIn.when === when;
    if (chosen || this.#steps === this.#crashAt) this.#dead = true;
    if (this.#dead) throw new Crash('the process is dead');
  }
}
