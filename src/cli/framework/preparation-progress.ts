import type { Preparation } from '../../engine/preparation.ts';
import { type Progress, startProgress } from './progress.ts';

/** A task that has not ended after this many milliseconds is shown, even if it has not come any further. */
const patience = 900;

/** Shows what an engine prepares, if that takes about a second or more. Pass its `show` as `onPreparation`. */
export class PreparationProgress {
  readonly #silent: boolean;
  #task: string | null = null;
  #progress: Progress | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor({ silent }: { readonly silent: boolean }) {
    this.#silent = silent;
  }

  readonly show = ({ task, done, total }: Preparation): void => {
    if (task !== this.#task) this.#begin(task);
    clearTimeout(this.#timer);
    if (done === total) {
      this.#end();
      return;
    }
    this.#progress?.update(done, total);
    this.#timer = setTimeout(() => this.#progress?.update(done, total), patience);
    // an error elsewhere may end the command meanwhile
    this.#timer.unref();
  };

  #begin(task: string): void {
    this.#end();
    this.#task = task;
    this.#progress = startProgress({
      task,
      unit: 'done',
      silent: this.#silent,
      patienceMilliseconds: patience - 100,
    });
  }

  #end(): void {
    clearTimeout(this.#timer);
    this.#progress?.stop();
    this.#progress = null;
    this.#task = null;
  }
}
