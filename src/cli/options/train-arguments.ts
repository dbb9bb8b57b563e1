import type { Fill } from '../../tensor/warp.ts';
import type { DataArguments } from './data-options.ts';
import type { EngineArguments } from './engine-options.ts';
import type { TableArguments } from './table-options.ts';

export const optimizerNames = ['adam', 'sgd'] as const;
export const scheduleNames = ['constant', 'step', 'cosine', 'one-cycle'] as const;

/** The values of all options of `weft train`. */
export interface TrainArguments extends DataArguments, TableArguments, EngineArguments {
  readonly preset: string | undefined;
  readonly model: string;
  readonly dropout: number;
  readonly init: string | undefined;
  readonly limit: number | undefined;
  readonly 'validation-split': number;
  readonly epochs: number;
  readonly until: number | undefined;
  readonly 'batch-size': number;
  readonly optimizer: (typeof optimizerNames)[number];
  readonly 'learning-rate': number | undefined;
  readonly momentum: number | undefined;
  readonly nesterov: boolean | undefined;
  readonly 'weight-decay': number;
  readonly schedule: (typeof scheduleNames)[number];
  readonly warmup: number | undefined;
  readonly l2: number;
  readonly 'label-smoothing': number;
  readonly 'class-weights': string | undefined;
  readonly 'gradient-clip': number | undefined;
  readonly ema: number | undefined;
  readonly swa: number | undefined;
  readonly 'early-stopping': number | undefined;
  readonly flip: boolean;
  readonly shift: number;
  readonly rotate: number;
  readonly fill: Fill;
  readonly erase: number;
  readonly cutout: number;
  readonly 'augmented-picture': string | undefined;
  readonly tta: boolean;
  readonly seed: number;
  readonly out: string | undefined;
  readonly resume: string | undefined;
  readonly config: string | undefined;
  readonly test: boolean;
  readonly report: boolean;
  readonly quiet: boolean;
  readonly json: boolean;
}

/** The options that were given. For the others, the value is undefined: a preset or a default takes its place. */
export type GivenArguments = {
  readonly [Option in keyof TrainArguments]?: TrainArguments[Option] | undefined;
};
