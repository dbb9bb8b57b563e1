/** The exit status of a program that was ended by Ctrl-C: 128 and the number of SIGINT. */
export const interruptedStatus = 130;

/**
 * Ctrl-C. Before there is something to keep it ends the process at once, with one line. Then the first one asks for an
 * end in order, by `signal`, and a second one ends the process at once.
 */
export class Interrupt {
  readonly #controller = new AbortController();
  readonly #listener = (): void => this.#onInterrupt();
  #deferred = false;

  constructor() {
    process.on('SIGINT', this.#listener);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** From now on there is something to keep. */
  defer(): void {
    this.#deferred = true;
  }

  stop(): void {
    process.off('SIGINT', this.#listener);
  }

  #onInterrupt(): void {
    if (!this.#deferred) {
      console.error('weft: interrupted before training began; nothing was changed');
      process.exit(interruptedStatus);
    }
    if (this.signal.aborted) process.exit(interruptedStatus);
    this.#controller.abort();
  }
}
