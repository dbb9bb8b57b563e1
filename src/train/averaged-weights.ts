import type { Engine } from '../engine/engine.ts';
import type { Sequential } from '../layers/sequential.ts';
import type { NamedValues } from '../model/safetensors.ts';
import { readWeights, writeWeights } from '../model/weights.ts';
import type { WeightAverage } from '../optim/weight-average.ts';

/** The average of the weights of a network that is trained: what the run results in. */
export class AveragedWeights {
  readonly #model: Sequential;
  readonly #engine: Engine;
  readonly #average: WeightAverage;
  /** The weights with which training goes on, while the engine has the average in their place. */
  #trained: ReadonlyMap<string, NamedValues> | null = null;

  constructor(model: Sequential, engine: Engine, average: WeightAverage) {
    this.#model = model;
    this.#engine = engine;
    this.#average = average;
  }

  /**
   * The average after so many steps; undefined if it has not begun.
   *
   * @param weights those that are trained, as they are now: what the layers keep beside their parameters stays as it is
   */
  async after(
    step: number,
    weights: ReadonlyMap<string, NamedValues>,
  ): Promise<ReadonlyMap<string, NamedValues> | undefined> {
    if (step < this.#average.firstStep) return undefined;
    const averaged = new Map(weights);
    const scale = this.#average.scaleAfter(step);
    for (const parameter of this.#model.parameters) {
      const sums = await this.#engine.read(this.#average.of(parameter));
      const { shape } = weights.get(parameter.value.name)!;
      const values = Float32Array.from(sums as ArrayLike<number>, (sum) => sum * scale);
      averaged.set(parameter.value.name, { shape, values });
    }
    return averaged;
  }

  /** The engine gets the average, once it has begun, in the place of the weights. */
  async enter(step: number): Promise<void> {
    if (step < this.#average.firstStep) return;
    this.#trained = await readWeights(this.#model, this.#engine);
    const averaged = await this.after(step, this.#trained);
    writeWeights(this.#model, this.#engine, averaged!, 'average of the weights');
  }

  /** The engine gets the weights back with which training goes on. */
  leave(): void {
    if (this.#trained) writeWeights(this.#model, this.#engine, this.#trained, 'trained weights');
    this.#trained = null;
  }
}
