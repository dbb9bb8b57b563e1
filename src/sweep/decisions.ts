/**
 * Which trials go on. Successive halving (Jamieson and Talwalkar 2016) trains all trials a little, the better ones of them
 * longer, and so on. ASHA (Li et al., "A system for massively parallel hyperparameter tuning", 2020) does not wait for all of
 * them: it decides on each trial among those that have come as far.
 *
 * There, what is decided depends on who comes first. Here a trial is judged among those with a smaller number, whoever comes
 * first: a sweep gives the same runs on any number of machines. A trial waits only for trials before it, so the first one that
 * is not decided never waits, and workers that would wait begin later trials instead.
 */
import { isBetter, keyOf, rungsOf, type Sweep, type Job, type JobResult } from './sweep.ts';

export type Decision = 'goes on' | 'stops' | 'unknown';

export class Decisions {
  readonly rungs: readonly number[];
  readonly #sweep: Pick<Sweep, 'seeds' | 'metric' | 'halving'>;
  readonly #trials: number;
  readonly #results = new Map<string, JobResult>();
  readonly #known = new Map<string, Decision>();

  /** @param trials how many @param epochs of a run that is trained to its end */
  constructor(sweep: Pick<Sweep, 'seeds' | 'metric' | 'halving'>, trials: number, epochs: number) {
    this.#sweep = sweep;
    this.#trials = trials;
    this.rungs = rungsOf(sweep, epochs);
  }

  /** Enters a result. Of two for the same job the first one counts. @returns whether it is new */
  add(result: JobResult): boolean {
    const key = keyOf(result);
    if (this.#results.has(key)) return false;
    this.#results.set(key, result);
    return true;
  }

  has(job: Job): boolean {
    return this.#results.has(keyOf(job));
  }

  /** The mean over the seeds; null if a run has failed, undefined if one is missing. */
  score(trial: number, rung: number): number | null | undefined {
    const results = this.#sweep.seeds.map((seed) => this.#results.get(keyOf({ trial, seed, rung })));
    if (results.some((result) => result?.failure !== undefined && result.failure !== null)) return null;
    const scores = results.map((result) => result?.score);
    if (scores.some((score) => score === undefined)) return undefined;
    return scores.reduce<number>((sum, score) => sum + score!, 0) / scores.length;
  }

  /** Whether a trial has come to a rung or will. */
  reaches(trial: number, rung: number): Decision {
    return rung === 0 ? 'goes on' : this.decide(trial, rung - 1);
  }

  /** Whether a trial goes on after a rung. After the last one none does. */
  decide(trial: number, rung: number): Decision {
    const key = `${trial}-${rung}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const decision = this.#judge(trial, rung);
    if (decision !== 'unknown') this.#known.set(key, decision);
    return decision;
  }

  #judge(trial: number, rung: number): Decision {
    const reached = this.reaches(trial, rung);
    if (reached !== 'goes on') return reached;
    if (rung === this.rungs.length - 1) return 'stops';
    const own = this.score(trial, rung);
    if (own === undefined) return 'unknown';
    let [among, better] = [1, 0];
    for (let other = 0; other < trial; other++) {
      const reaches = this.reaches(other, rung);
      if (reaches === 'unknown') return 'unknown';
      if (reaches === 'stops') continue;
      const score = this.score(other, rung);
      if (score === undefined) return 'unknown';
      among += 1;
      // of two that are as good, the earlier one goes on
      if (score !== null && (own === null || !isBetter(this.#sweep.metric, own, score))) better += 1;
    }
    const places = Math.ceil(among / this.#sweep.halving!.factor);
    return own !== null && better < places ? 'goes on' : 'stops';
  }

  /** The last rung that a trial is known to come to. */
  lastRung(trial: number): number {
    return this.rungs.findLastIndex((_, rung) => this.reaches(trial, rung) === 'goes on');
  }

  /** The jobs that can be done now, those first that others wait for: of the smallest trials that have begun. */
  ready(): Job[] {
    const jobs: Job[] = [];
    for (let trial = 0; trial < this.#trials; trial++) {
      for (const rung of this.rungs.keys()) {
        if (this.reaches(trial, rung) !== 'goes on') break;
        const missing = this.#sweep.seeds
          .map((seed) => ({ trial, seed, rung }))
          .filter((job) => !this.has(job));
        jobs.push(...missing);
        if (missing.length > 0) break;
      }
    }
    return jobs;
  }

  /** Whether nothing is left to do. */
  get isDone(): boolean {
    return this.ready().length === 0;
  }

  /** Trials that were trained to their end, the best first; then the others, those that came furthest first. */
  ranking(): { readonly trial: number; readonly rung: number; readonly score: number }[] {
    const entries = Array.from({ length: this.#trials }, (_, trial) => {
      const rung = this.rungs.findLastIndex((__, index) => typeof this.score(trial, index) === 'number');
      return { trial, rung, score: rung < 0 ? NaN : this.score(trial, rung)! };
    }).filter(({ rung }) => rung >= 0);
    return entries.toSorted((a, b) => {
      if (a.rung !== b.rung) return b.rung - a.rung;
      if (a.score === b.score) return a.trial - b.trial;
      return isBetter(this.#sweep.metric, a.score, b.score) ? -1 : 1;
    });
  }

  get results(): readonly JobResult[] {
    return [...this.#results.values()];
  }
}
