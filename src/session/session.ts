import { breathe } from '../breathe.ts';
import { now } from '../clock.ts';
import { type PartName, partNames } from '../data/dataset.ts';
import { createEngine } from '../engine/create-engine.ts';
import type { Engine } from '../engine/engine.ts';
import { OneAtATime } from '../engine/one-at-a-time.ts';
import type { LayerDescription } from '../layers/layer.ts';
import { countParameters } from '../model/parameter-count.ts';
import { presets } from '../model/presets.ts';
import { decodeSafetensors } from '../model/safetensors.ts';
import { readWeights } from '../model/weights.ts';
import type {
  BranchFacts,
  CommandName,
  Commands,
  Configuration,
  Position,
  RunFacts,
  RunOptions,
  SessionEvent,
} from './messages.ts';
import { exported } from './export.ts';
import { kernelText } from './kernel-text.ts';
import { nudge } from './nudge.ts';
import { occlude } from './occlusion.ts';
import { Pace } from './pace.ts';
import { sizeOf } from '../tensor/shape.ts';
import { SessionData } from './session-data.ts';
import { changed, defaultSettings, type Settings } from './settings.ts';
import { loadShards } from './shards.ts';
import { Timeline } from './timeline.ts';
import { unitSum } from './unit-sum.ts';
import { type XRay, XRays } from './x-ray.ts';

/** Seconds between two frames while a run goes on. */
const frameInterval = 1 / 30;

type Handlers = {
  readonly [Name in CommandName]: (given: Commands[Name]['given']) => Promise<Commands[Name]['back']>;
};

/**
 * A run that can be driven: it trains, pauses, goes back, is looked into and changed. It has no page and no files; whoever
 * shows it gives it commands and listens to its events (messages.ts). Commands that come while it trains have their turn
 * between two steps.
 */
export class Session {
  readonly #emit: (event: SessionEvent) => void;
  readonly #turns = new OneAtATime();
  readonly #orders = new OneAtATime();
  #data: SessionData | null = null;
  #engine: Engine | null = null;
  #timeline: Timeline | null = null;
  #configuration: Configuration | null = null;
  #layers: readonly LayerDescription[] = [];
  #settings: Settings = defaultSettings;
  #xRays = new Map<'learning' | 'test', { readonly rays: XRays; readonly model: unknown }>();
  /** The run that goes on, if one does. */
  #running: { readonly pace: Pace; isStopped: boolean; readonly done: Promise<Position> } | null = null;
  #lastFrame = 0;

  constructor(emit: (event: SessionEvent) => void) {
    this.#emit = emit;
  }

  /** Does what a command says. @throws Error in one line for a command that cannot be done; nothing is lost then */
  async handle<Name extends CommandName>(
    name: Name,
    given: Commands[Name]['given'],
  ): Promise<Commands[Name]['back']> {
    const handlers = this.#handlers;
    if (!Object.hasOwn(handlers, name)) {
      throw new RangeError(`there is no command ${name}; there are ${Object.keys(handlers).join(', ')}`);
    }
    return handlers[name](given);
  }

  readonly #handlers: Handlers = {
    describe: async (description) => {
      await this.#end();
      this.#data = new SessionData(description);
      this.#tellData();
    },
    give: (piece) =>
      this.#turns.run(() => {
        this.#theData.add(piece);
        this.#shareExamples();
        this.#tellData();
        return Promise.resolve();
      }),
    load: async ({ url, parts = partNames }) => {
      const notice = await loadShards({
        url,
        parts,
        describe: (given) => this.handle('describe', given),
        give: (given) => this.handle('give', given),
      });
      if (notice !== null) this.#emit({ kind: 'notice', text: notice });
    },
    configure: (configuration) => this.#configure(configuration),
    run: (options) => this.#start(options),
    pause: async () => {
      await this.#stop();
      return this.#theTimeline.position;
    },
    step: async ({ count }) => {
      if (!(Number.isSafeInteger(count) && count > 0)) {
        throw new RangeError(`step: expected a positive integer, got ${count}`);
      }
      // steps that are asked for at once are done one after the other; a run without an end is stopped
      return this.#orders.run(async () => {
        await this.#stop();
        return this.#start({ until: this.#theTimeline.step + count });
      });
    },
    epoch: () =>
      this.#orders.run(async () => {
        await this.#stop();
        return this.#start({}, { toEndOfEpoch: true });
      }),
    seek: async ({ step, branch: id }) => {
      await this.#stop();
      return this.#turns.run(async () => {
        const timeline = this.#theTimeline;
        const branch = id === undefined ? timeline.branch : timeline.branches[id - 1];
        if (branch === undefined) {
          throw new RangeError(`there is no branch ${id}; there are ${timeline.branches.length}`);
        }
        await timeline.seek(step, branch);
        this.#settings = branch.segmentAfter(step).settings;
        await this.#tellPosition(null);
        return timeline.position;
      });
    },
    set: (changes) =>
      this.#turns.run(async () => {
        const timeline = this.#theTimeline;
        const settings = changed(this.#settings, changes, this.#theData.description.imageShape);
        await timeline.change(settings, this.#theData.available('train'));
        this.#settings = settings;
        return timeline.position;
      }),
    evaluate: ({ part, first }) =>
      this.#turns.run(async () => {
        const { positions: all, examples } = this.#theData.examplesOf(part);
        const positions = all.subarray(0, first);
        if (positions.length === 0) throw new RangeError(`there are no ${part} images yet`);
        const { loss, accuracy, predicted, probabilities } = await this.#theTimeline.trainer.evaluate(
          part,
          positions,
        );
        return {
          part,
          examples: positions.length,
          isComplete: positions.length === this.#theData.description.counts[part],
          loss,
          accuracy: accuracy,
          predicted: predicted as Int32Array,
          probabilities,
          labels: Uint8Array.from(positions, (position) => examples.y.values[position]!),
        };
      }),
    images: ({ part, positions: asked }) => {
      const { examples, positions } = this.#theData.examplesOf(part);
      const at = asked.map((position) => this.#checkedPosition(part, positions, position));
      const [, ...shape] = examples.x.shape;
      const size = sizeOf(shape);
      const pixels = new Uint8Array(at.length * size);
      for (const [index, position] of at.entries()) {
        pixels.set(examples.x.values.subarray(position * size, (position + 1) * size), index * size);
      }
      const labels = Uint8Array.from(at, (position) => examples.y.values[position]!);
      return Promise.resolve({ shape, pixels, labels });
    },
    inspect: ({ part, positions }) => this.#turns.run(() => this.#look(part, positions)),
    unit: ({ part, position, layer, unit }) =>
      this.#turns.run(async () => unitSum(await this.#look(part, [position]), this.#layers, layer, unit)),
    kernel: ({ layer }) =>
      // the layers keep tensors of the program that is recorded last: nobody else records meanwhile
      this.#turns.run(() => kernelText(this.#theTimeline.trainer.model, layer, this.#settings.batchSize)),
    nudge: ({ part, position, tensor, index }) =>
      this.#turns.run(async () => {
        const { examples, positions } = this.#theData.examplesOf(part);
        const at = this.#checkedPosition(part, positions, position);
        const { model } = this.#theTimeline.trainer;
        const { imageShape, classNames } = this.#theData.description;
        const size = examples.x.size / examples.x.shape[0]!;
        const pixels = Float64Array.from(
          examples.x.values.subarray(at * size, (at + 1) * size),
          (pixel) => pixel / 255,
        );
        const network = {
          layers: this.#layers,
          source: this.#networkName,
          inputShape: imageShape,
          classes: classNames.length,
          weights: await readWeights(model, this.#theEngine),
        };
        return nudge(network, { pixels, label: examples.y.values[at]! }, tensor, index);
      }),
    predict: ({ images }) => this.#turns.run(() => this.#theTimeline.trainer.predict(images)),
    occlude: ({ image }) =>
      this.#turns.run(() => {
        const shape = this.#theData.description.imageShape as readonly [number, number, number];
        return occlude(image, shape, (images) => this.#theTimeline.trainer.predict(images));
      }),
    export: ({ kind }) =>
      this.#turns.run(async () => {
        const { trainer, branch } = this.#theTimeline;
        const weights = await readWeights(trainer.model, this.#theEngine);
        const { classNames } = this.#theData.description;
        return exported(kind, { name: this.#networkName, model: trainer.model, classNames, weights }, branch);
      }),
    import: async ({ bytes, name = 'the file' }) => {
      await this.#stop();
      return this.#turns.run(async () => {
        const timeline = this.#theTimeline;
        await timeline.begin(decodeSafetensors(bytes, name), name);
        await this.#tellPosition(null);
        return timeline.position;
      });
    },
    branches: () =>
      Promise.resolve(
        this.#theTimeline.branches.map(
          ({ id, fork, end, segments, curve, validation, snapshots }): BranchFacts => ({
            id,
            fork: fork && { branch: fork.branch.id, step: fork.step },
            end,
            segments,
            curve,
            validation,
            snapshots: snapshots.steps,
            bytes: snapshots.bytes,
          }),
        ),
      ),
    close: () => this.#end(),
  };

  get #theData(): SessionData {
    if (this.#data === null) throw new Error('there are no examples yet: describe the data, or load it');
    return this.#data;
  }

  get #theTimeline(): Timeline {
    if (this.#timeline === null) throw new Error('there is no network yet: configure one');
    return this.#timeline;
  }

  get #theEngine(): Engine {
    return this.#engine!;
  }

  get #networkName(): string {
    const { network } = this.#configuration!;
    return typeof network === 'string' ? network : 'network';
  }

  async #configure(configuration: Configuration): Promise<RunFacts> {
    await this.#stop();
    return this.#turns.run(async () => {
      const data = this.#theData;
      const examples = data.available('train');
      if (examples === 0) throw new Error('there are no training images yet');
      const settings = changed(defaultSettings, configuration.settings ?? {}, data.description.imageShape);
      const layers = layersOf(configuration.network, data.description.classNames.length);
      const engine = await this.#engineFor(configuration);
      const network = typeof configuration.network === 'string' ? configuration.network : 'network';
      const { seed = 1 } = configuration;
      const timeline = await Timeline.begin(
        { engine, data, layers, network, seed },
        { settings, examples },
      ).catch(async (error: unknown) => {
        if (engine !== this.#engine) await engine.close();
        throw error;
      });
      this.#timeline?.release();
      if (engine !== this.#engine) await this.#engine?.close();
      this.#engine = engine;
      this.#timeline = timeline;
      this.#configuration = configuration;
      this.#layers = layers;
      this.#settings = settings;
      this.#forgetXRays();
      await this.#tellPosition(null);
      return this.#facts(layers, settings);
    });
  }

  /** The engine that is there, if it is what is asked for. */
  async #engineFor({ engine = 'auto', threads }: Configuration): Promise<Engine> {
    const before = this.#configuration;
    if (this.#engine && (before?.engine ?? 'auto') === engine && before?.threads === threads)
      return this.#engine;
    return createEngine(engine, {
      ...(threads !== undefined && { threads }),
      onNotice: (text) => this.#emit({ kind: 'notice', text }),
    });
  }

  #facts(layers: readonly LayerDescription[], settings: Settings): RunFacts {
    const { model } = this.#theTimeline.trainer;
    const { name, description, reason } = this.#theEngine;
    return {
      network: this.#networkName,
      parameters: countParameters(model),
      layers: model.layers.map(({ name: layer, outputShape }, index) => ({
        name: layer,
        type: layers[index]!.type,
        shape: outputShape,
      })),
      settings,
      classNames: this.#theData.description.classNames,
      engine: { name, description, reason },
      examples: this.#available,
      isComplete: this.#theData.isComplete,
    };
  }

  /** Trains until it is stopped, or until it has done what was asked for. */
  #start(
    { until = Infinity, stepsPerSecond }: RunOptions = {},
    { toEndOfEpoch = false } = {},
  ): Promise<Position> {
    void this.#theTimeline;
    if (stepsPerSecond !== undefined && !(stepsPerSecond > 0)) {
      throw new RangeError(`run: stepsPerSecond must be a positive number, got ${stepsPerSecond}`);
    }
    if (this.#running) throw new Error('it runs already: pause it first');
    const pace = new Pace(stepsPerSecond);
    const running = { pace, isStopped: false, done: Promise.resolve(this.#theTimeline.position) };
    this.#running = running;
    const isOver = (): boolean => {
      const { step, trainer } = this.#theTimeline;
      return running.isStopped || step >= until || (toEndOfEpoch && step > 0 && trainer.run.isEpochDone);
    };
    running.done = this.#loop(isOver, pace, toEndOfEpoch).finally(() => (this.#running = null));
    return running.done;
  }

  async #loop(isOver: () => boolean, pace: Pace, atLeastOne: boolean): Promise<Position> {
    let [images, since] = [0, now()];
    let isFirst = atLeastOne;
    try {
      while (isFirst || !isOver()) {
        isFirst = false;
        const waiting = pace.wait();
        if (waiting) {
          await waiting;
          if (isOver()) break;
        }
        await this.#turns.run(async () => {
          images += await this.#doStep();
          const time = now();
          if (time - this.#lastFrame < frameInterval) return;
          const speed = images / (time - since);
          [images, since] = [0, time];
          await this.#tellPosition(speed);
        });
        await breathe();
      }
      await this.#turns.run(() => this.#tellPosition(null, false));
      return this.#theTimeline.position;
    } catch (error) {
      const { message } = error as Error;
      this.#emit({ kind: 'failed', message });
      throw error;
    }
  }

  /** @returns how many images it has trained on */
  async #doStep(): Promise<number> {
    const timeline = this.#theTimeline;
    const before = timeline.trainer.run;
    const seen = before.isEpochDone ? 0 : before.totals.images;
    try {
      // new steps are done with what is there by now; those of the past as they were done
      if (!timeline.isInThePast) await timeline.change(this.#settings, this.#theData.available('train'));
      if (await timeline.advance()) {
        const { branch, step } = timeline;
        this.#emit({ kind: 'snapshot', branch: branch.id, step, bytes: branch.snapshots.bytes });
      }
    } catch (error) {
      if (this.#theEngine.name !== 'gpu') throw error;
      await this.#leaveGpu(error as Error);
      return 0;
    }
    this.#settings = timeline.branch.segmentAfter(timeline.step).settings;
    const { run } = timeline.trainer;
    if (run.isEpochDone) await this.#validate();
    return run.totals.images - seen;
  }

  /** The GPU may be taken away at any time: by the browser, by a driver that starts anew. */
  async #leaveGpu({ message }: Error): Promise<void> {
    const lost = this.#theEngine;
    const engine = await createEngine('wasm', { onNotice: (text) => this.#emit({ kind: 'notice', text }) });
    engine.reason = `the GPU is lost: ${message}`;
    this.#engine = engine;
    this.#configuration = { ...this.#configuration!, engine: 'wasm' };
    this.#forgetXRays();
    await this.#theTimeline.move(engine);
    await lost.close().catch(() => {});
    this.#emit({
      kind: 'notice',
      text: `the GPU is lost (${message}); the run goes on from its last snapshot on the processor`,
    });
  }

  async #validate(): Promise<void> {
    const timeline = this.#theTimeline;
    const { validation, id } = timeline.branch;
    const { step, trainer } = timeline;
    const examples = this.#theData.available('validation');
    if (examples === 0 || validation.some((point) => point.step === step)) return;
    const { loss, accuracy } = await trainer.evaluate('validation');
    const point = { step, epoch: trainer.run.epoch, loss, accuracy: accuracy, examples };
    validation.push(point);
    this.#emit({ kind: 'validated', branch: id, point });
  }

  async #tellPosition(imagesPerSecond: number | null, isRunning = this.#running !== null): Promise<void> {
    const timeline = this.#theTimeline;
    const point = await timeline.point();
    this.#lastFrame = now();
    this.#emit({ kind: 'progress', position: timeline.position, isRunning, point, imagesPerSecond });
    const watched = this.#watched();
    if (watched.length === 0) return;
    const { probabilities } = await timeline.trainer.evaluate('validation', watched);
    this.#emit({ kind: 'frame', step: timeline.step, probabilities });
  }

  /** The positions of the watched images in the examples: those that are there. */
  #watched(): Int32Array {
    const { positions } = this.#theData.examplesOf('validation');
    const { watch = [] } = this.#configuration!;
    return Int32Array.from(watch.flatMap((position) => positions[position] ?? []));
  }

  async #look(part: PartName, asked: readonly number[]): Promise<XRay> {
    const timeline = this.#theTimeline;
    const { model } = timeline.trainer;
    const { examples, positions } = this.#theData.examplesOf(part);
    const kind = part === 'test' ? 'test' : 'learning';
    let known = this.#xRays.get(kind);
    if (known?.model !== model) {
      known?.rays.release();
      known = { rays: new XRays(model, examples, this.#theEngine), model };
      this.#xRays.set(kind, known);
    }
    const at = asked.map((position) => this.#checkedPosition(part, positions, position));
    return known.rays.look(at, timeline.step);
  }

  #checkedPosition(part: PartName, positions: Int32Array, position: number): number {
    const at = positions[position];
    if (at !== undefined) return at;
    throw new RangeError(`there are ${positions.length} ${part} images, from 0; asked for is ${position}`);
  }

  #forgetXRays(): void {
    for (const { rays } of this.#xRays.values()) rays.release();
    this.#xRays.clear();
  }

  get #available(): Record<PartName, number> {
    const data = this.#theData;
    return Object.fromEntries(partNames.map((part) => [part, data.available(part)])) as Record<
      PartName,
      number
    >;
  }

  #tellData(): void {
    const { counts } = this.#theData.description;
    this.#emit({ kind: 'data', available: this.#available, counts });
  }

  /** An engine that has the examples gets those that have come. */
  #shareExamples(): void {
    const { learning, test } = this.#theData;
    if (this.#engine === null) return;
    for (const tensor of [learning.x, learning.y, test.x, test.y]) this.#engine.write(tensor, tensor.values);
  }

  async #stop(): Promise<void> {
    const running = this.#running;
    if (running === null) return;
    running.isStopped = true;
    running.pace.wake();
    // it tells of its failure by itself
    await running.done.catch(() => {});
  }

  async #end(): Promise<void> {
    await this.#stop();
    await this.#turns.run(async () => {
      this.#forgetXRays();
      this.#timeline?.release();
      this.#timeline = null;
      await this.#engine?.close();
      this.#engine = null;
      this.#configuration = null;
    });
  }
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
