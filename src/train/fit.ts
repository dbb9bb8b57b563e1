import { splitValidation } from '../data/batches.ts';
import type { Examples } from '../data/examples.ts';
import type { Sequential } from '../layers/sequential.ts';
import { readWeights, setWeights } from '../model/weights.ts';
import { adam } from '../optim/adam.ts';
import { checkExamples } from './check-examples.ts';
import type { EpochResult } from './history.ts';
import { trainEpochs } from './train-epochs.ts';
import type { TrainingOptions } from './training-options.ts';
import { type EngineOption, withEngine } from './with-engine.ts';

/** All of `TrainingOptions` may be left out: 20 epochs, batches of 64, Adam, seed 1. */
export interface FitOptions extends Partial<TrainingOptions>, EngineOption {
  /** Share of the examples, from the end, that is kept for validation, in [0, 1); 0.2 by default. */
  readonly validationSplit?: number;
}

/**
 * Trains a network and leaves the new weights in it, also if it ends early or throws. Without options, it does what
 * `npm run train` does.
 *
 *     const history = await fit(model, fashionMnist().train, { epochs: 3 });
 *
 * @param examples images [n, …the network's input shape] and labels [n]
 * @returns the finished epochs; fewer than asked for if `signal` stopped the run
 * @throws ShapeError if the examples do not fit the network; DivergenceError if the loss is no longer a finite number;
 *   EngineError if the engine cannot run here
 */
export async function fit(
  model: Sequential,
  examples: Examples,
  options: FitOptions = {},
): Promise<EpochResult[]> {
  const { engine = 'auto', validationSplit = 0.2, ...given } = options;
  checkExamples('fit', model, examples);
  const split = splitValidation(examples.labels.size, validationSplit);
  const trainingOptions = { epochs: 20, batchSize: 64, optimizer: adam(), seed: 1, ...given };
  return withEngine(engine, (engine) =>
    trainEpochs(model, examples, split, engine, trainingOptions).finally(async () =>
      setWeights(model, await readWeights(model, engine), engine.name),
    ),
  );
}
