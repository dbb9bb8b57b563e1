/** The exit status after Ctrl-C: 128 plus the number of SIGINT. */
export const interruptedStatus = 130;

/**
 * Handles Ctrl-C for a command whose work is worth keeping. Before `keepResults`, Ctrl-C ends the process at once. After
 * it, the first Ctrl-C aborts `signal`, so that the command can save its results, and a second one ends the process.
 */
export class Interrupt {
  readonly #controller = new AbortController();
  readonly #task: string;
  #hasResults = false;

  /** @param task what the command does, for the message: `training` */
  constructor(task: string) {
    this.#task = task;
    process.on('SIGINT', this.#onSignal);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** From now on an end at once would lose results. */
  keepResults(): void {
    this.#hasResults = true;
  }

  /** Leaves Ctrl-C to the process again. */
  stop(): void {
    process.off('SIGINT', this.#onSignal);
  }

  readonly #onSignal = (): void => {
    if (!this.#hasResults) {
      console.error(`weft: interrupted before ${this.#task} began; nothing was changed`);
      process.exit(interruptedStatus);
    }
    if (this.signal.aborted) process.exit(interruptedStatus);
    this.#controller.abort();
  };
}
