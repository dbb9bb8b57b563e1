/**
 * How many of an engine's threads work: its team.
 *
 * A phase lasts until its last thread is done. With other programs at work, the system now and then lets one of the threads
 * wait for some milliseconds, and all others wait for it: steps of 0.2 ms then take longer on two threads than on one. No
 * interface says whether cores are free, so times decide, as they do about patience (patience.ts), which is about the same
 * waiting and looks at single phases; the team looks at whole runs of a program, whatever patience made of them.
 *
 * Time is divided into windows of runs of one program. Now and then, for one window, a team of another size works: half as
 * many threads, or twice as many. If its runs take clearly less time than those in the windows before and after, it stays.
 *
 * Trials cost time. What one has cost decides when the next one comes, so that all of them take a small part of the time:
 * a very small one while nothing looks as if threads wait.
 */
export class Team {
  readonly #threads: number;
  readonly #isFixed: boolean;
  readonly #onFewer: (size: number) => void;
  /** The size that has proved good, and the smallest one so far. */
  #settled: number;
  #fewest: number;
  #hasTold = false;
  /** The program whose runs make up the windows, and the milliseconds of other programs since one of its windows ended. */
  #program = -1;
  #others = 0;
  /** The current window. */
  #runs = 0;
  #time = 0;
  #waited = 0;
  /** Milliseconds a run takes, in the fastest window of the settled size. */
  #fastest = Infinity;
  /** Windows in a row in which it looked as if threads wait. */
  #signs = 0;
  #trial: Trial | null = null;
  /** Whether the next trial is one of fewer threads, if both are possible. */
  #goesDown = true;
  /** Milliseconds that threads took to come and go for the current trial. */
  #gathering = 0;
  /** Milliseconds since the last trial, what it cost, and how many have failed since the size has changed. */
  #since = 0;
  #cost = firstCost;
  #failures = 0;

  constructor(threads: number, { isFixed = false, onFewer = () => {} }: TeamOptions = {}) {
    this.#threads = threads;
    this.#isFixed = isFixed;
    this.#onFewer = onFewer;
    this.#settled = threads;
    this.#fewest = threads;
  }

  /** How many threads are to work in the next run. */
  get size(): number {
    return this.#trial !== null && this.#trial.time === null ? this.#trial.size : this.#settled;
  }

  /** The smallest number of threads that has worked for more than a trial. */
  get fewest(): number {
    return this.#fewest;
  }

  /**
   * Tells of a run.
   *
   * @param program its number
   * @param time milliseconds that it took
   * @param waited those of them in which the main thread waited for others
   */
  observe(program: number, time: number, waited: number): void {
    if (this.#isFixed) return;
    this.#since += time;
    if (program !== this.#program) {
      this.#others += time;
      if (this.#others >= windowMilliseconds) this.#watch(program);
      return;
    }
    this.#runs += 1;
    this.#time += time;
    this.#waited += waited;
    if (this.#runs < windowRuns || this.#time < windowMilliseconds) return;
    this.#judge(this.#time / this.#runs, this.#waited / this.#time);
    this.#startWindow();
  }

  /** Tells of the milliseconds that it took threads to come or go, which may wait for a core like all others. */
  observeGathering(time: number): void {
    this.#gathering += time;
  }

  /** Another program has taken over: times of its runs cannot be compared with those before. */
  #watch(program: number): void {
    this.#program = program;
    this.#fastest = Infinity;
    this.#trial = null;
    this.#signs = 0;
    this.#startWindow();
  }

  #startWindow(): void {
    [this.#runs, this.#time, this.#waited, this.#others] = [0, 0, 0, 0];
  }

  /** Decides at the end of a window in which a run took `time`, a share of it waiting. */
  #judge(time: number, waiting: number): void {
    if (this.#trial === null) {
      this.#fastest = Math.min(this.#fastest, time);
      if (this.#isDue(time, waiting))
        this.#trial = { size: this.#nextSize(), before: time, time: null, runs: 0 };
    } else if (this.#trial.time === null && time < worthwhile * this.#trial.before) {
      this.#trial = { ...this.#trial, time, runs: this.#runs };
    } else if (this.#trial.time === null) {
      this.#fail(this.#runs * (time - this.#trial.before));
    } else {
      const { size, before, time: tried, runs } = this.#trial;
      // threads that have just come back may share a core for a moment, so the window after it may be slow
      const usual = Math.min(before, time);
      if (tried < worthwhile * usual) this.#settle(size);
      else this.#fail(runs * (tried - usual));
    }
  }

  #isDue(time: number, waiting: number): boolean {
    const isSign = waiting >= muchWaiting || time >= muchSlower * this.#fastest;
    this.#signs = isSign ? this.#signs + 1 : 0;
    const isCalm = this.#settled === this.#threads && this.#signs < enoughSigns;
    const pause = pauseOfCost * this.#cost * Math.min(2 ** this.#failures, mostPatience);
    return this.#since >= (isCalm ? calmPauses * pause : pause);
  }

  #nextSize(): number {
    const [fewer, more] = [Math.ceil(this.#settled / 2), Math.min(2 * this.#settled, this.#threads)];
    if (fewer === this.#settled) return more;
    return this.#goesDown || more === this.#settled ? fewer : more;
  }

  #settle(size: number): void {
    this.#goesDown = size < this.#settled;
    this.#settled = size;
    this.#fewest = Math.min(this.#fewest, size);
    this.#fastest = Infinity;
    this.#endTrial(firstCost);
    this.#failures = 0;
  }

  /** @param cost milliseconds that the trial took longer than usual */
  #fail(cost: number): void {
    const hasTriedMore = this.#trial!.size > this.#settled;
    this.#goesDown = hasTriedMore;
    this.#failures += 1;
    this.#endTrial(Math.max(firstCost, cost) + this.#gathering);
    if (!hasTriedMore || this.#hasTold) return;
    this.#hasTold = true;
    this.#onFewer(this.#settled);
  }

  #endTrial(cost: number): void {
    this.#trial = null;
    this.#signs = 0;
    this.#gathering = 0;
    this.#since = 0;
    this.#cost = cost;
  }
}

export interface TeamOptions {
  /** Whether all threads always work. */
  readonly isFixed?: boolean;
  /** Is told once, when it is certain that fewer threads are faster for now: more have been tried again in vain. */
  readonly onFewer?: (size: number) => void;
}

interface Trial {
  readonly size: number;
  /** Milliseconds that a run took before the trial. */
  readonly before: number;
  /** What it took in the trial, and how many there were; null while the trial lasts. */
  readonly time: number | null;
  readonly runs: number;
}

/** A window has at least this many runs, and lasts at least this long: several slices of the time that a system gives. */
const windowRuns = 3;
const windowMilliseconds = 50;
/** A team is better if its runs take less than this share of the time. */
const worthwhile = 0.9;
/** Signs that threads wait: the share of the time in which the main thread waits, and slower runs than before. */
const muchWaiting = 0.15;
const muchSlower = 1.25;
/** What happens to be slow for a moment is no sign: so many windows in a row are. */
const enoughSigns = 3;
/** The pause after a trial is so many times what it cost; while nothing looks as if threads wait, longer again. */
const pauseOfCost = 64;
const calmPauses = 8;
/** Pauses double with each trial that fails, until they are this many times as long. */
const mostPatience = 4;
/** The cost that the first trial of a size is waited for, in milliseconds. */
const firstCost = 3;
