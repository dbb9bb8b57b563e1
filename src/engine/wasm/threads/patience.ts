/**
 * How long threads look for work, or for each other's results, before they go to sleep.
 *
 * An operating system wakes a thread where its caches are: two threads that sleep and wake in turn can stay on one core
 * for seconds, each running while the other waits, with another core idle. Threads that look for longer than a system
 * calls their caches warm (half a millisecond on Linux) are moved apart. But with more threads than cores, or other
 * programs at work, a thread that looks keeps a core from the very one it waits for: then it had better sleep soon.
 *
 * Nobody tells which is the case. What phases take does: the main thread times its own part and the whole. Where the
 * whole takes much longer than its part, the other patience is tried, and kept if it is better; a trial that fails is
 * repeated later and later.
 */
export class Patience {
  readonly #canBeLong: boolean;
  #isLong: boolean;
  /** Of the window under way. */
  #phases = 0;
  #own = 0;
  #whole = 0;
  /** How much longer than the main thread's part phases took before the trial under way; null if there is none. */
  #before: number | null = null;
  /** Windows until the next trial, and how many there were to the last. */
  #pause = 0;
  #lastPause = 1;

  /** With more threads than cores, patience is always short. */
  constructor(threads: number, cores: number) {
    this.#canBeLong = threads <= cores;
    this.#isLong = this.#canBeLong;
  }

  /** Times that a thread looks before it sleeps; each takes some 40 ns. */
  get rounds(): number {
    return this.#isLong ? longRounds : shortRounds;
  }

  /** A phase took so many milliseconds: the main thread's own part, and until all were done. */
  observe(own: number, whole: number): void {
    if (!this.#canBeLong) return;
    this.#phases += 1;
    this.#own += own;
    this.#whole += whole;
    if (this.#phases < windowPhases || this.#whole < windowMilliseconds) return;
    this.#judge(this.#whole / this.#own);
    [this.#phases, this.#own, this.#whole] = [0, 0, 0];
  }

  /** At the end of a window in which phases took `stretch` times as long as the main thread's part. */
  #judge(stretch: number): void {
    if (stretch <= waiting) {
      // where no one waits, long patience costs nothing, and keeps threads apart when that changes
      this.#isLong = true;
      this.#before = null;
      this.#pause = this.#lastPause = 1;
    } else if (this.#before !== null) {
      const isBetter = stretch < worthwhile * this.#before;
      this.#lastPause = isBetter ? 1 : Math.min(2 * this.#lastPause, longestPause);
      this.#pause = this.#lastPause;
      if (!isBetter) this.#isLong = !this.#isLong;
      this.#before = null;
    } else if (--this.#pause <= 0) {
      this.#before = stretch;
      this.#isLong = !this.#isLong;
    }
  }
}

/** About 0.1 ms: more than a phase or the pause between steps lasts. */
const shortRounds = 2000;
/** About 0.8 ms: more than caches are taken to be warm. */
const longRounds = 20_000;
/** A window has at least so many phases, and lasts at least so long. */
const windowPhases = 16;
const windowMilliseconds = 10;
/** Phases that take so many times the main thread's part; 2 is what two threads on one core take. */
const waiting = 1.5;
/** A trial is a success if it takes less than this share of the time. */
const worthwhile = 0.9;
/** In windows. */
const longestPause = 256;
