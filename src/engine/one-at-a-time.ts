/**
 * Lets one piece of work after the other have something that they share, in the order in which they ask for it. Where
 * nobody else has it, this costs no promise.
 */
export class OneAtATime {
  #isTaken = false;
  readonly #waiting: (() => void)[] = [];

  /** Waits, if it returns a promise; `give` must follow. */
  take(): Promise<void> | undefined {
    if (this.#isTaken) return new Promise((resolve) => this.#waiting.push(resolve));
    this.#isTaken = true;
    return undefined;
  }

  /** Passes it on to the next. */
  give(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#isTaken = false;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    const earlier = this.take();
    if (earlier) await earlier;
    try {
      return await work();
    } finally {
      this.give();
    }
  }
}
