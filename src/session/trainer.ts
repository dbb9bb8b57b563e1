import { Augmentation } from '../data/augment.ts';
import type { PartName } from '../data/dataset.ts';
import type { LabelledImages } from '../data/examples.ts';
import type { Engine } from '../engine/engine.ts';
import type { LayerDescription } from '../layers/layer.ts';
import type { Sequential } from '../layers/sequential.ts';
import { softmaxCrossEntropy } from '../layers/softmax-cross-entropy.ts';
import { buildModel } from '../model/build-model.ts';
import type { NamedValues } from '../model/safetensors.ts';
import { writeWeights } from '../model/weights.ts';
import type { Optimizer } from '../optim/optimizer.ts';
import { type Evaluation, Evaluator } from '../train/evaluator.ts';
import { TrainingRun } from '../train/training-run.ts';
import { readState, writeState } from '../train/training-state.ts';
import { TrainingSteps } from '../train/training-steps.ts';
import type { Conditions } from './branch.ts';
import { type PredictedImages, Predictor } from './predictor.ts';
import type { SessionData } from './session-data.ts';
import { createOptimizer } from './settings.ts';
import type { Snapshot } from './snapshots.ts';
import { type XRay, XRays } from './x-ray.ts';

/** What stays the same while settings change. */
export interface TrainerParts {
  readonly engine: Engine;
  readonly data: SessionData;
  /** The layers as a model file has them. */
  readonly layers: readonly LayerDescription[];
  /** What the network is called, for messages. */
  readonly network: string;
  readonly seed: number;
}

/** What looks at the network through some examples. */
interface View {
  readonly evaluator: Evaluator;
  readonly xRays: XRays;
}

/** A network on an engine, with the programs that train it with some settings, and evaluate it. */
export class Trainer {
  /** How the next steps are done. */
  conditions: Conditions;
  readonly model: Sequential;
  readonly run: TrainingRun;
  readonly #parts: TrainerParts;
  readonly #optimizer: Optimizer;
  readonly #steps: TrainingSteps;
  readonly #views = new Map<LabelledImages, View>();
  #predictor: Predictor | null = null;

  /** @throws ModelError for layers that are no network for these images */
  constructor(parts: TrainerParts, conditions: Conditions) {
    const { settings } = conditions;
    const { engine, data, layers, network, seed } = parts;
    const { imageShape, classNames } = data.description;
    this.conditions = conditions;
    this.#parts = parts;
    this.model = buildModel(withDropout(layers, settings.dropout), {
      source: network,
      inputShape: imageShape,
      classes: classNames.length,
      seed,
    });
    this.#optimizer = createOptimizer(settings);
    const augmentation = new Augmentation(settings.augment, imageShape, seed);
    const { l2, labelSmoothing } = settings;
    const inputs = {
      model: this.model,
      examples: data.learning,
      optimizer: this.#optimizer,
      l2,
      labelSmoothing,
      augmentation,
    };
    this.#steps = new TrainingSteps(inputs, engine);
    this.run = new TrainingRun(this.#steps, { loss: softmaxCrossEntropy(), seed, plan: planOf(conditions) });
  }

  /** Goes on with other rates, batches or examples: what needs no other programs. */
  follow(conditions: Conditions): void {
    this.conditions = conditions;
    this.run.plan = planOf(conditions);
  }

  /** Compiles the training step, which also makes the tensors of the optimizer. */
  async prepare(): Promise<void> {
    const { batchSize, positions } = this.run.plan;
    await this.#steps.prepare(Math.min(batchSize, positions.length));
  }

  /** The state after the last step. */
  async snapshot(): Promise<Snapshot> {
    const { run } = this;
    await run.totals.read();
    const trained = { model: this.model, optimizer: this.#optimizer };
    return {
      step: run.step,
      epoch: run.epoch,
      seen: run.totals.images,
      epochExamples: run.epochImages,
      partial: run.totals.partial,
      ...(await readState(trained, this.#parts.engine)),
    };
  }

  /** The state becomes that of a snapshot. What another optimizer has kept is left out: this one begins anew. */
  restore(snapshot: Snapshot, conditions: Conditions): void {
    const { engine } = this.#parts;
    const { step, epoch, seen, epochExamples, partial, weights } = snapshot;
    const kept = this.#optimizer.state;
    const isSame = [...kept.keys()].join() === [...snapshot.optimizer.keys()].join();
    const optimizer = isSame ? snapshot.optimizer : zerosFor(kept);
    const state = { step, history: [], partial, weights, optimizer };
    writeState({ model: this.model, optimizer: this.#optimizer }, engine, state);
    // the epoch goes on with the examples that it began with
    this.follow({ ...conditions, examples: epochExamples });
    this.run.beginEpoch(epoch, { step, seen, partial });
    this.follow(conditions);
  }

  setWeights(weights: ReadonlyMap<string, NamedValues>, source: string): void {
    writeWeights(this.model, this.#parts.engine, weights, source);
  }

  /** @param positions in the examples of the part: see `SessionData.positionsOf` */
  evaluate(part: PartName, positions: Int32Array): Promise<Evaluation> {
    return this.#viewOf(part).evaluator.evaluate(positions);
  }

  /** @param images by their places in the part @throws RangeError for one that is not there */
  async xRay(part: PartName, images: readonly number[]): Promise<XRay> {
    const positions = images.map((image) => this.#parts.data.positionOf(part, image));
    return this.#viewOf(part).xRays.look(positions, this.run.step);
  }

  /** @param images float32 [count · …shape of one], from 0 to 1 @throws RangeError if they are not images of the network */
  predict(images: Float32Array): Promise<PredictedImages> {
    this.#predictor ??= new Predictor(this.model, this.#parts.engine);
    return this.#predictor.predict(images);
  }

  release(): void {
    this.#predictor?.release();
    this.#steps.release();
    for (const { evaluator, xRays } of this.#views.values()) {
      evaluator.release();
      xRays.release();
    }
  }

  #viewOf(part: PartName): View {
    const { data, engine } = this.#parts;
    const examples = data.examplesOf(part);
    let view = this.#views.get(examples);
    if (view === undefined) {
      view = {
        evaluator: new Evaluator(this.model, examples, engine, { l2: this.conditions.settings.l2 }),
        xRays: new XRays(this.model, examples, engine),
      };
      this.#views.set(examples, view);
    }
    return view;
  }
}

function planOf({ settings, examples }: Conditions): TrainingRun['plan'] {
  return {
    positions: Int32Array.from({ length: examples }, (_, i) => i),
    batchSize: settings.batchSize,
    rateAt: () => settings.learningRate,
  };
}

/** The layers with another rate in all dropout layers, also in those inside of others. */
export function withDropout(
  layers: readonly LayerDescription[],
  rate: number | null,
): readonly LayerDescription[] {
  if (rate === null) return layers;
  return layers.map((layer) => {
    const inner = Object.entries(layer).map(([option, value]) => [
      option,
      isLayerList(value) ? withDropout(value, rate) : value,
    ]);
    return { ...Object.fromEntries(inner), ...(layer.type === 'dropout' && { rate }) } as LayerDescription;
  });
}

function isLayerList(value: unknown): value is LayerDescription[] {
  return (
    Array.isArray(value) && value.every((item) => typeof item === 'object' && item !== null && 'type' in item)
  );
}

function zerosFor(tensors: Optimizer['state']): Map<string, NamedValues> {
  return new Map(
    [...tensors].map(([name, { shape, size }]) => [name, { shape, values: new Float32Array(size) }]),
  );
}
