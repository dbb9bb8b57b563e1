import { join } from 'node:path';
import { lossOf } from '../layers/loss-types.ts';
import type { Sequential } from '../layers/sequential.ts';
import { buildModel } from '../model/build-model.ts';
import { setWeights } from '../model/weights.ts';
import { checkpointFile } from './checkpoint.ts';
import { configFile, readConfiguration, type RunConfiguration } from './config.ts';
import { RunError } from './errors.ts';
import { keptWeights, readSavedState } from './saved-state.ts';
import { describeWeights, readResult, resultFile, type RunResult } from './weights.ts';

/** A run that was read from its folder. */
export interface SavedRun extends Omit<RunResult, 'file'> {
  /** The folder. */
  readonly path: string;
  readonly configuration: RunConfiguration;
  /** The network, with the weights of the run as the first weights of its tensors. */
  readonly model: Sequential;
}

/**
 * Reads the folder of a run: `config.json`, and the weights in `model.safetensors`. A run that was killed has no such
 * file; then the weights are those of its last checkpoint.
 *
 * @throws RunError, ModelError or WeightsError that says which file is missing or damaged
 */
export function readRun(path: string): SavedRun {
  const configuration = readConfiguration(path);
  const { layers, inputShape, classNames, loss } = configuration;
  const model = buildModel(layers, {
    source: join(path, configFile),
    inputShape,
    classes: classNames.length || null,
  });
  if (loss !== undefined) model.loss = lossOf(loss, configFile);
  const earlyStopping = typeof configuration.earlyStopping === 'number';
  const { file, ...result } = readResult(path) ?? resultSoFar(path, earlyStopping);
  setWeights(model, result.weights, file);
  return { path, configuration, model, ...result };
}

function resultSoFar(path: string, earlyStopping: boolean): RunResult {
  const saved = readSavedState(path);
  if (saved === null) {
    throw new RunError(`${path}: has no ${resultFile}: the run ended before it saved any weights`);
  }
  const kept = keptWeights(saved, earlyStopping);
  return {
    file: join(path, checkpointFile),
    weights: kept.weights,
    weightsOf: `${describeWeights(kept)} so far: the run was not finished`,
    finished: false,
  };
}
