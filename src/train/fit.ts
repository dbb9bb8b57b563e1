import { checkOptions } from '../check-options.ts';
import { splitValidation } from '../data/batches.ts';
import { lossOf } from '../layers/loss-types.ts';
import type { Sequential } from '../layers/sequential.ts';
import { readWeights, setWeights } from '../model/weights.ts';
import { adam } from '../optim/adam.ts';
import { checkModel } from './check-model.ts';
import { defaultLoss } from './default-loss.ts';
import type { EpochResult } from './history.ts';
import { type FitOptions, fitRules } from './fit-options.ts';
import { usefulThreads } from './fit-threads.ts';
import { trainEpochs } from './train-epochs.ts';
import { toExamples, type TrainingData } from './training-data.ts';
import { withEngine } from './with-engine.ts';

/**
 * Trains a network and leaves the new weights in it, also if it ends early or throws. Without options, it does what
 * `npm run train` does.
 *
 *     await fit(model, { x: [[0, 0], [0, 1], [1, 0], [1, 1]], y: [0, 1, 1, 0] }, { validationSplit: 0 });
 *     const history = await fit(model, fashionMnist().train, { epochs: 3 });
 *
 * @param data x [n, …the network's input shape], and y as the loss wants it; see `TrainingData`
 * @returns the finished epochs; fewer than asked for if `signal` stopped the run
 * @throws ShapeError, TypeError or RangeError if the data do not fit the network, or for an option that cannot be;
 *   DivergenceError if the loss is no longer a finite number; EngineError if the engine cannot run here
 */
export async function fit(
  model: Sequential,
  data: TrainingData,
  options: FitOptions = {},
): Promise<EpochResult[]> {
  checkModel('fit', model);
  checkOptions('fit', options, fitRules);
  const { engine = 'auto', validationSplit = 0.2, ...given } = options;
  const loss = given.loss === undefined ? defaultLoss(model) : lossOf(given.loss, 'fit: loss');
  const { examples, classNames } = toExamples('fit', model, data, loss);
  const split = splitValidation(examples.y.shape[0]!, validationSplit);
  if (split.train.length === 0)
    throw new RangeError('fit: all examples are for validation; lower validationSplit');
  if (classNames) model.classNames = classNames;
  const trainingOptions = { epochs: 20, batchSize: 64, optimizer: adam(), seed: 1, ...given, loss };
  const { epochs, batchSize } = trainingOptions;
  return withEngine(
    engine,
    (engine) =>
      trainEpochs(model, examples, split, engine, trainingOptions).finally(async () =>
        setWeights(model, await readWeights(model, engine), engine.name),
      ),
    usefulThreads(model, epochs * split.train.length, Math.min(batchSize, split.train.length)),
  );
}
