import { now } from '../clock.ts';

/** Holds steps back, so that there are at most so many a second. */
export class Pace {
  readonly #interval: number;
  #next: number = now();
  #wake: (() => void) | null = null;

  /** @param stepsPerSecond no limit if left out */
  constructor(stepsPerSecond: number | undefined) {
    this.#interval = stepsPerSecond === undefined ? 0 : 1 / stepsPerSecond;
  }

  /** Waits until the next step is due, if that is a millisecond away or more. */
  wait(): Promise<void> | undefined {
    if (this.#interval === 0) return undefined;
    const time = now();
    const pause = this.#next - time;
    // after a pause of another kind, steps are not made up for
    this.#next = Math.max(this.#next, time) + this.#interval;
    if (pause < 0.001) return undefined;
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, 1000 * pause);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Ends the wait that is under way. */
  wake(): void {
    this.#wake?.();
  }
}
