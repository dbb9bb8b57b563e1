import type { Inversion } from '../../../data/pictures/prepared-image.ts';
import type { EngineName } from '../../../engine/create-engine.ts';

/** The options of `weft predict`. */
export interface PredictArguments {
  readonly run: string;
  readonly files: readonly string[];
  readonly test: readonly number[] | undefined;
  readonly data: string | undefined;
  readonly top: number;
  readonly invert: Inversion;
  readonly steps: string | undefined;
  readonly tta: boolean;
  readonly engine: EngineName;
  readonly quiet: boolean;
  readonly json: boolean;
}
