import { breathe } from '../breathe.ts';
import { now } from '../clock.ts';
import { partNames } from '../data/dataset.ts';
import { OneAtATime } from '../engine/one-at-a-time.ts';
import { sizeOf } from '../tensor/shape.ts';
import type { CommandName, Commands, Position, RunOptions, SessionEvent } from './messages.ts';
import { Pace } from './pace.ts';
import { SessionData } from './session-data.ts';
import { SessionRun, type Telling } from './session-run.ts';
import { loadShards } from './shards.ts';

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
  /** A step, or a command that needs the engine, is one turn. */
  readonly #turns = new OneAtATime();
  /** Commands that train for some steps wait for each other. */
  readonly #orders = new OneAtATime();
  #data: SessionData | null = null;
  #run: SessionRun | null = null;
  /** The training that goes on, if it does. */
  #running: { readonly pace: Pace; isStopped: boolean; done: Promise<Position> } | null = null;

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
        const changed = this.#theData.add(piece);
        this.#run?.share(changed);
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
    configure: async (configuration) => {
      await this.#stop();
      return this.#turns.run(async () => {
        const [data, emit, before] = [this.#theData, this.#emit, this.#run];
        this.#run = await SessionRun.begin(configuration, { data, emit, before });
        await this.#tell(this.#run);
        return this.#run.facts();
      });
    },
    run: (options) => this.#start(options),
    pause: async () => {
      await this.#stop();
      return this.#theRun.position;
    },
    step: async ({ count }) => {
      if (!(Number.isSafeInteger(count) && count > 0)) {
        throw new RangeError(`step: expected a positive integer, got ${count}`);
      }
      // steps that are asked for at once are done one after the other; a run without an end is stopped
      return this.#orders.run(async () => {
        await this.#stop();
        return this.#start({ until: this.#theRun.step + count });
      });
    },
    epoch: () =>
      this.#orders.run(async () => {
        await this.#stop();
        return this.#start({}, { toEndOfEpoch: true });
      }),
    seek: ({ step, branch }) => this.#go((run) => run.seek(step, branch)),
    set: (changes) =>
      this.#inTurn(async (run) => {
        await run.set(changes);
        return run.position;
      }),
    evaluate: ({ part, first }) => this.#inTurn((run) => run.evaluate(part, first)),
    measure: ({ part }) => this.#inTurn((run) => run.measure(part)),
    images: async ({ part, positions }) => {
      const images = positions.map((position) => this.#theData.image(part, position));
      const shape = this.#theData.description.imageShape;
      const size = sizeOf(shape);
      const pixels = new Uint8Array(images.length * size);
      for (const [index, image] of images.entries()) pixels.set(image.pixels, index * size);
      return { shape, pixels, labels: Uint8Array.from(images, ({ label }) => label) };
    },
    inspect: ({ part, positions }) => this.#inTurn((run) => run.xRay(part, positions)),
    unit: (question) => this.#inTurn((run) => run.unit(question)),
    // the layers keep tensors of the program that is recorded last: nobody else records meanwhile
    kernel: ({ layer }) => this.#inTurn((run) => run.kernel(layer)),
    nudge: (question) => this.#inTurn((run) => run.nudge(question)),
    predict: ({ images }) => this.#inTurn((run) => run.predict(images)),
    occlude: ({ image }) => this.#inTurn((run) => run.occlude(image)),
    export: ({ kind }) => this.#inTurn((run) => run.export(kind)),
    import: ({ bytes, name = 'the file' }) => this.#go((run) => run.import(bytes, name)),
    branches: async () => this.#theRun.branches(),
    close: () => this.#end(),
  };

  get #theData(): SessionData {
    if (this.#data === null) throw new Error('there are no examples yet: describe the data, or load it');
    return this.#data;
  }

  get #theRun(): SessionRun {
    if (this.#run === null) throw new Error('there is no network yet: configure one');
    return this.#run;
  }

  #inTurn<T>(work: (run: SessionRun) => Promise<T>): Promise<T> {
    return this.#turns.run(async () => work(this.#theRun));
  }

  /** Stops, goes elsewhere, and tells where it is then. */
  async #go(there: (run: SessionRun) => Promise<void>): Promise<Position> {
    await this.#stop();
    return this.#inTurn(async (run) => {
      await there(run);
      await this.#tell(run);
      return run.position;
    });
  }

  /** Trains until it is stopped, or until it has done what was asked for. */
  #start(
    { until = Infinity, stepsPerSecond }: RunOptions = {},
    { toEndOfEpoch = false } = {},
  ): Promise<Position> {
    const run = this.#theRun;
    if (stepsPerSecond !== undefined && !(stepsPerSecond > 0)) {
      throw new RangeError(`run: stepsPerSecond must be a positive number, got ${stepsPerSecond}`);
    }
    if (this.#running) throw new Error('it runs already: pause it first');
    const pace = new Pace(stepsPerSecond);
    const running = { pace, isStopped: false, done: Promise.resolve(run.position) };
    this.#running = running;
    const isOver = (): boolean => running.isStopped || run.step >= until || (toEndOfEpoch && run.isEpochDone);
    running.done = this.#loop(run, isOver, pace, toEndOfEpoch).finally(() => (this.#running = null));
    return running.done;
  }

  async #loop(run: SessionRun, isOver: () => boolean, pace: Pace, atLeastOne: boolean): Promise<Position> {
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
          images += await run.advance();
          const time = now();
          if (time - run.lastTold < frameInterval) return;
          const imagesPerSecond = images / (time - since);
          [images, since] = [0, time];
          await this.#tell(run, { imagesPerSecond });
        });
        await breathe();
      }
      await this.#turns.run(() => this.#tell(run, { isRunning: false }));
      return run.position;
    } catch (error) {
      const { message } = error as Error;
      this.#emit({ kind: 'failed', message });
      throw error;
    }
  }

  #tell(
    run: SessionRun,
    { imagesPerSecond = null, isRunning = this.#running !== null }: Partial<Telling> = {},
  ): Promise<void> {
    return run.tell({ imagesPerSecond, isRunning });
  }

  #tellData(): void {
    const { available, description } = this.#theData;
    this.#emit({ kind: 'data', available, counts: description.counts });
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
      const run = this.#run;
      this.#run = null;
      await run?.close();
    });
  }
}
