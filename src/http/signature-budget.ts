import type { Clock } from '../reconcile/ports.ts';

/** Wrong signatures within one window, after which none is computed any more. */
const mostWrong = 20;
const windowMs = 60_000;

/** What the next check hears: to go on, or for how many seconds none is made. */
type Turn = 'go' | { readonly retryAfterSeconds: number };

/**
 * How many signatures are computed for senders who may be anybody: no more than so many wrong ones a minute. What is being checked could
 * be wrong, so as many as are left are checked at once, and others wait for their turn.
 */
export class SignatureBudget {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #waiting: ((turn: Turn) => void)[] = [];
  #began: number;
  #wrong = 0;
  #checking = 0;

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
    this.#began = clock.monotonic();
  }

  /** Waits for a turn. After `go` there must be {@link end}. */
  begin(): Promise<Turn> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#admit();
    });
  }

  /** A check is over. True for the first wrong one in a window. */
  end(isRight: boolean): boolean {
    this.#checking -= 1;
    this.#admit(isRight ? 0 : 1);
    return !isRight && this.#wrong === 1;
  }

  #admit(wrong = 0): void {
    const now = this.#clock.monotonic();
    if (now - this.#began >= windowMs) {
      this.#began = now;
      this.#wrong = 0;
    }
    this.#wrong += wrong;
    const refused = { retryAfterSeconds: Math.ceil((this.#began + windowMs - now) / 1000) };
    while (this.#waiting.length > 0 && (this.#wrong >= mostWrong || this.#wrong + this.#checking < mostWrong)) {
      if (this.#wrong < mostWrong) this.#checking += 1;
      this.#waiting.shift()?.(this.#wrong < mostWrong ? 'go' : refused);
    }
  }
}
