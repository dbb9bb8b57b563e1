/**
 * How long a thread looks for work, or for the results of others, before it goes to sleep.
 *
 * An operating system wakes a thread on the core whose caches hold its data. So two threads that sleep and wake in turn
 * can stay on one core for seconds, each running while the other waits, while another core is idle. A thread that looks
 * for longer than the system takes caches to be warm (half a millisecond on Linux) is moved to a core of its own. This
 * speaks for long patience. But with more threads than cores, or with other programs at work, a thread that looks keeps
 * a core busy that the thread it waits for could use. This speaks for short patience.
 *
 * No interface says which of the two is the case, so times decide. The main thread times its own part of each phase,
 * and the whole phase. If the whole takes much longer than the part, the other patience is tried, and kept if it is
 * better. After each trial that fails, the next one comes later.
 */
export class Patience {
  readonly #canBeLong: boolean;
  #isLong: boolean;
  /** Phases of the current window, and the milliseconds of the main thread's parts and of the whole phases. */
  #phases = 0;
  #own = 0;
  #whole = 0;
  /** While a trial runs: how many times its own part a phase took before the trial. Null if no trial runs. */
  #before: number | null = null;
  /** Windows until the next trial, and how many there were before the last one. */
  #pause = 0;
  #lastPause = 1;

  /** With more threads than cores, patience is always short. */
  constructor(threads: number, cores: number) {
    this.#canBeLong = threads <= cores;
    this.#isLong = this.#canBeLong;
  }

  /** How often a thread looks before it sleeps; each look takes some 40 ns. */
  get rounds(): number {
    return this.#isLong ? longRounds : shortRounds;
  }

  /**
   * Tells of a phase.
   *
   * @param own milliseconds that the main thread's part took
   * @param whole milliseconds until all threads were done
   */
  observe(own: number, whole: number): void {
    if (!this.#canBeLong) return;
    this.#phases += 1;
    this.#own += own;
    this.#whole += whole;
    if (this.#phases < windowPhases || this.#whole < windowMilliseconds) return;
    this.#judge(this.#whole / this.#own);
    [this.#phases, this.#own, this.#whole] = [0, 0, 0];
  }

  /** Decides at the end of a window in which phases took `stretch` times as long as the main thread's part. */
  #judge(stretch: number): void {
    if (stretch <= waiting) {
      // no thread waits long: then long patience costs nothing, and keeps threads apart if that changes
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
/** About 0.8 ms: longer than the system takes caches to be warm. */
const longRounds = 20_000;
/** A window has at least this many phases, and lasts at least this long. */
const windowPhases = 16;
const windowMilliseconds = 10;
/** A phase that takes this many times the main thread's part means waiting. Two threads on one core take 2 times. */
const waiting = 1.5;
/** A trial succeeds if phases take less than this share of the time before. */
const worthwhile = 0.9;
/** Most windows from one trial to the next. */
const longestPause = 256;
