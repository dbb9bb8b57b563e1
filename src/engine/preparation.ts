/** What an engine does once before a program's first results, told to whoever waits for them. */

export interface Preparation {
  /** `checking kernels`, `compiling for the GPU` */
  readonly task: string;
  readonly done: number;
  readonly total: number;
}

export interface PreparationOptions {
  /** Told before the first kernel, after each, and so at the end, when all are done. */
  readonly onPreparation?: (preparation: Preparation) => void;
  /** Ends a preparation that has changed nothing yet: `compile` or the first `run` throws the reason of the abort. */
  readonly signal?: AbortSignal | undefined;
}
