import { now } from '../clock.ts';
import type { PartName } from '../data/dataset.ts';
import { createEngine } from '../engine/create-engine.ts';
import type { Engine } from '../engine/engine.ts';
import type { LayerDescription } from '../layers/layer.ts';
import { countParameters } from '../model/parameter-count.ts';
import { presets } from '../model/presets.ts';
import { decodeSafetensors } from '../model/safetensors.ts';
import { readWeights } from '../model/weights.ts';
import { type FullEvaluation, fullEvaluation } from '../train/full-evaluation.ts';
import { pixelScale } from '../train/gather.ts';
import { exported } from './export.ts';
import { kernelText, type KernelText } from './kernel-text.ts';
import type {
  BranchFacts,
  Configuration,
  Exported,
  ExportKind,
  NudgeQuestion,
  PartEvaluation,
  Position,
  RunFacts,
  SessionEvent,
  UnitQuestion,
} from './messages.ts';
import { nudge, type Nudge } from './nudge.ts';
import { occlude, type Occlusion } from './occlusion.ts';
import type { PredictedImages } from './predictor.ts';
import type { SessionData } from './session-data.ts';
import { changed, defaultSettings, type Settings } from './settings.ts';
import { Timeline } from './timeline.ts';
import type { Trainer } from './trainer.ts';
import { unitSum, type UnitSum } from './unit-sum.ts';
import type { XRay } from './x-ray.ts';

interface RunOn {
  readonly data: SessionData;
  readonly emit: (event: SessionEvent) => void;
  /** The run before, which ends when this one begins; its engine goes on if it is what is asked for. */
  readonly before: SessionRun | null;
}

/** What only the one who drives a run knows of its progress. */
export type Telling = Pick<Extract<SessionEvent, { kind: 'progress' }>, 'isRunning' | 'imagesPerSecond'>;

/**
 * What a session has configured: a network with its past, on an engine. Each call must have ended before the next begins, as
 * all of them share the memory of the engine.
 */
export class SessionRun {
  readonly #emit: (event: SessionEvent) => void;
  readonly #timeline: Timeline;
  #configuration: Configuration;
  #lastTold = 0;

  private constructor(configuration: Configuration, timeline: Timeline, emit: (event: SessionEvent) => void) {
    this.#configuration = configuration;
    this.#timeline = timeline;
    this.#emit = emit;
  }

  /** At step 0. If it throws, the run before is as it was. */
  static async begin(configuration: Configuration, { data, emit, before }: RunOn): Promise<SessionRun> {
    const examples = data.available.train;
    if (examples === 0) throw new Error('there are no training images yet');
    const { imageShape, classNames } = data.description;
    const settings = changed(defaultSettings, configuration.settings ?? {}, imageShape);
    const { network, seed = 1 } = configuration;
    const layers = layersOf(network, classNames.length);
    const name = typeof network === 'string' ? network : 'network';
    const known = before?.engineFor(configuration);
    const engine = known ?? (await startEngine(configuration, emit));
    const parts = { engine, data, layers, network: name, seed };
    const timeline = await Timeline.begin(parts, { settings, examples }).catch(async (error: unknown) => {
      if (engine !== known) await engine.close();
      throw error;
    });
    if (known) before!.#timeline.release();
    else await before?.close();
    return new SessionRun(configuration, timeline, emit);
  }

  /** The engine of this run, if it is what a configuration asks for. */
  engineFor({ engine = 'auto', threads }: Configuration): Engine | undefined {
    const { engine: own = 'auto', threads: ownThreads } = this.#configuration;
    return engine === own && threads === ownThreads ? this.#engine : undefined;
  }

  get position(): Position {
    return this.#timeline.position;
  }

  get step(): number {
    return this.#timeline.step;
  }

  /** Whether the last step was that of an epoch. */
  get isEpochDone(): boolean {
    return this.step > 0 && this.#trainer.run.isEpochDone;
  }

  /** Seconds on the clock when it told of its progress last. */
  get lastTold(): number {
    return this.#lastTold;
  }

  facts(): RunFacts {
    const { data, layers, network } = this.#timeline.parts;
    const { model } = this.#trainer;
    const { name, description, reason } = this.#engine;
    return {
      network,
      parameters: countParameters(model),
      layers: model.layers.map(({ name: layer, outputShape }, index) => ({
        name: layer,
        type: layers[index]!.type,
        shape: outputShape,
      })),
      settings: this.#timeline.settings,
      classNames: data.description.classNames,
      engine: { name, description, reason },
      examples: data.available,
      isComplete: data.isComplete,
    };
  }

  /**
   * Does a step, and evaluates on the validation images after an epoch.
   *
   * @returns how many images it has trained on
   */
  async advance(): Promise<number> {
    const timeline = this.#timeline;
    const before = this.#trainer.run;
    const seen = before.isEpochDone ? 0 : before.totals.images;
    try {
      // new steps are done with what is there by now; those of the past as they were done
      if (!timeline.isInThePast) {
        await timeline.change(timeline.settings, timeline.parts.data.available.train);
      }
      if (await timeline.advance()) {
        const { branch, step } = timeline;
        this.#emit({ kind: 'snapshot', branch: branch.id, step, bytes: branch.snapshots.bytes });
      }
    } catch (error) {
      if (this.#engine.name !== 'gpu') throw error;
      await this.#leaveGpu(error as Error);
      return 0;
    }
    const { run } = this.#trainer;
    if (run.isEpochDone) await this.#validate();
    return run.totals.images - seen;
  }

  /** Tells where it is, and what it predicts for the watched images. */
  async tell({ isRunning, imagesPerSecond }: Telling): Promise<void> {
    const { position } = this;
    const point = await this.#timeline.point();
    this.#lastTold = now();
    this.#emit({ kind: 'progress', position, isRunning, point, imagesPerSecond });
    const { data } = this.#timeline.parts;
    const watched = (this.#configuration.watch ?? []).filter((image) => data.has('validation', image));
    if (watched.length === 0) return;
    const positions = Int32Array.from(watched, (image) => data.positionOf('validation', image));
    const { probabilities } = await this.#trainer.evaluate('validation', positions);
    this.#emit({ kind: 'frame', step: this.step, probabilities });
  }

  /** @throws RangeError if there is no such branch, or no such step of it */
  async seek(step: number, id: number = this.#timeline.branch.id): Promise<void> {
    const { branches } = this.#timeline;
    const branch = branches[id - 1];
    if (branch === undefined) throw new RangeError(`there is no branch ${id}; there are ${branches.length}`);
    await this.#timeline.seek(step, branch);
  }

  /** @throws TypeError or RangeError in one line for a setting that there is not, or a value that it cannot have */
  async set(changes: Partial<Settings>): Promise<void> {
    const { data } = this.#timeline.parts;
    const settings = changed(this.#timeline.settings, changes, data.description.imageShape);
    await this.#timeline.change(settings, data.available.train);
  }

  /** Goes on in a branch with the weights of a file. @throws Error in one line if they are of another network */
  import(bytes: Uint8Array, name: string): Promise<void> {
    return this.#timeline.takeWeights(decodeSafetensors(bytes, name), name);
  }

  /** On a part, or on its first images. */
  async evaluate(part: PartName, first?: number): Promise<PartEvaluation> {
    const { data } = this.#timeline.parts;
    const positions = this.#positionsOf(part).subarray(0, first);
    const { loss, accuracy, predicted, probabilities } = await this.#trainer.evaluate(part, positions);
    const { values } = data.examplesOf(part).y;
    return {
      part,
      examples: positions.length,
      isComplete: positions.length === data.description.counts[part],
      loss,
      accuracy,
      predicted: predicted as Int32Array,
      probabilities,
      labels: Uint8Array.from(positions, (position) => values[position]!),
    };
  }

  async measure(part: PartName): Promise<FullEvaluation> {
    const { data } = this.#timeline.parts;
    const positions = this.#positionsOf(part);
    const evaluation = await this.#trainer.evaluate(part, positions);
    return fullEvaluation(evaluation, data.examplesOf(part), positions, data.description.classNames);
  }

  predict(images: Float32Array): Promise<PredictedImages> {
    return this.#trainer.predict(images);
  }

  occlude(image: Float32Array): Promise<Occlusion> {
    const shape = this.#timeline.parts.data.description.imageShape as readonly [number, number, number];
    return occlude(image, shape, (images) => this.predict(images));
  }

  xRay(part: PartName, images: readonly number[]): Promise<XRay> {
    return this.#trainer.xRay(part, images);
  }

  async unit({ part, position, layer, unit }: UnitQuestion): Promise<UnitSum> {
    return unitSum(await this.xRay(part, [position]), this.#timeline.parts.layers, layer, unit);
  }

  kernel(layer: string): Promise<KernelText> {
    return kernelText(this.#trainer.model, layer, this.#timeline.settings.batchSize);
  }

  async nudge({ part, position, tensor, index }: NudgeQuestion): Promise<Nudge> {
    const { data, layers, network: source } = this.#timeline.parts;
    const { pixels, label } = data.image(part, position);
    const { imageShape, classNames } = data.description;
    const weights = await readWeights(this.#trainer.model, this.#engine);
    const network = { layers, source, inputShape: imageShape, classes: classNames.length, weights };
    const image = Float64Array.from(pixels, (pixel) => pixel * pixelScale);
    return nudge(network, { pixels: image, label }, tensor, index);
  }

  async export(kind: ExportKind): Promise<Exported> {
    const { data, network: name } = this.#timeline.parts;
    const { model } = this.#trainer;
    const weights = await readWeights(model, this.#engine);
    const { classNames } = data.description;
    return exported(kind, { name, model, classNames, weights }, this.#timeline.branch);
  }

  branches(): BranchFacts[] {
    return this.#timeline.branches.map(({ id, fork, end, segments, curve, validation, snapshots }) => ({
      id,
      fork: fork && { branch: fork.branch.id, step: fork.step },
      end,
      segments,
      curve,
      validation,
      snapshots: snapshots.steps,
      bytes: snapshots.bytes,
    }));
  }

  /** Examples have come: the engine gets them. */
  share(examples: ReturnType<SessionData['add']>): void {
    for (const tensor of examples) this.#engine.write(tensor, tensor.values);
  }

  async close(): Promise<void> {
    this.#timeline.release();
    await this.#engine.close();
  }

  get #engine(): Engine {
    return this.#timeline.parts.engine;
  }

  get #trainer(): Trainer {
    return this.#timeline.trainer;
  }

  /** @throws RangeError if the part has no images yet */
  #positionsOf(part: PartName): Int32Array {
    const positions = this.#timeline.parts.data.positionsOf(part);
    if (positions.length === 0) throw new RangeError(`there are no ${part} images yet`);
    return positions;
  }

  async #validate(): Promise<void> {
    const { validation, id } = this.#timeline.branch;
    const { step } = this;
    const positions = this.#timeline.parts.data.positionsOf('validation');
    if (positions.length === 0 || validation.some((point) => point.step === step)) return;
    const { loss, accuracy } = await this.#trainer.evaluate('validation', positions);
    const point = { step, epoch: this.#trainer.run.epoch, loss, accuracy, examples: positions.length };
    validation.push(point);
    this.#emit({ kind: 'validated', branch: id, point });
  }

  /** The GPU may be taken away at any time: by the browser, by a driver that starts anew. */
  async #leaveGpu({ message }: Error): Promise<void> {
    const lost = this.#engine;
    const engine = await startEngine({ engine: 'wasm' }, this.#emit);
    engine.reason = `the GPU is lost: ${message}`;
    this.#configuration = { ...this.#configuration, engine: 'wasm' };
    await this.#timeline.move(engine);
    await lost.close().catch(() => {});
    this.#emit({
      kind: 'notice',
      text: `the GPU is lost (${message}); the run goes on from its last snapshot on the processor`,
    });
  }
}

function startEngine(
  { engine = 'auto', threads }: Pick<Configuration, 'engine' | 'threads'>,
  emit: (event: SessionEvent) => void,
): Promise<Engine> {
  return createEngine(engine, {
    ...(threads !== undefined && { threads }),
    onNotice: (text) => emit({ kind: 'notice', text }),
  });
}

function layersOf(network: Configuration['network'], classes: number): readonly LayerDescription[] {
  if (typeof network !== 'string') return network;
  const preset = Object.hasOwn(presets, network) ? presets[network] : undefined;
  if (preset === undefined) {
    const names = Object.keys(presets).join(', ');
    throw new RangeError(`there is no network ${network}; there are ${names}, or give a list of layers`);
  }
  return preset({ classes, dropout: 0 });
}
