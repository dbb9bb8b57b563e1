import { splitValidation } from '../data/batches.ts';
import type { Examples } from '../data/dataset.ts';
import type { Sequential } from '../layers/sequential.ts';
import { readWeights, setWeights } from '../model/weights.ts';
import { adam } from '../optim/adam.ts';
import { checkExamples } from './check-examples.ts';
import { type EpochResult, fit as fitOnEngine, type FitOptions } from './fit.ts';
import { type EngineOption, withEngine } from './with-engine.ts';

/** All of `FitOptions` may be left out: 20 epochs, batches of 64, Adam, seed 1. */
export interface FitModelOptions extends Partial<FitOptions>, EngineOption {
  /** Share of the examples, from the end, that is kept for validation, in [0, 1); 0.2 by default. */
  readonly validationSplit?: number;
}

/**
 * Trains a network and leaves the new weights in it, also if it ends early or throws. Without options, as
 * `npm run train` does.
 *
 *     const history = await fit(model, fashionMnist().train, { epochs: 3 });
 *
 * @param examples images [n, …the network's input shape] and labels [n]
 * @returns the finished epochs; fewer than asked for if `signal` stopped the run
 * @throws ShapeError if the examples do not fit the network; DivergenceError if the loss is no longer a number;
 * EngineError if the engine cannot run here
 */
export async function fit(
  model: Sequential,
  examples: Examples,
  options: FitModelOptions = {},
): Promise<EpochResult[]> {
  const { engine = 'auto', validationSplit = 0.2, ...given } = options;
  checkExamples('fit', model, examples);
  const split = splitValidation(examples.labels.size, validationSplit);
  const fitOptions = { epochs: 20, batchSize: 64, optimizer: adam(), seed: 1, ...given };
  return withEngine(engine, (engine) =>
    fitOnEngine(model, examples, split, engine, fitOptions).finally(async () =>
      setWeights(model, await readWeights(model, engine), engine.name),
    ),
  );
}
