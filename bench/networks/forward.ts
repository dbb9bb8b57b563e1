import { type LabelledImages, exampleShape } from '../../src/data/examples.ts';
import type { Sequential } from '../../src/layers/sequential.ts';
import { buildModel } from '../../src/model/build-model.ts';
import { presets } from '../../src/model/presets.ts';
import type { Engine, Executable } from '../../src/engine/engine.ts';
import { Recorder } from '../../src/tensor/recorder.ts';
import { Tensor } from '../../src/tensor/tensor.ts';
import { pixelScale } from '../../src/train/gather.ts';

/** A preset network; its initial weights are always the same. */
export function makeModel(name: string, examples: LabelledImages, classes: number): Sequential {
  const layers = presets[name]!({ classes, dropout: 0 });
  return buildModel(layers, { source: name, inputShape: exampleShape(examples), classes, seed: 1 });
}

/** The forward pass on a batch, without dropout: gather bytes, scale them, logits, argmax. */
export class Forward {
  readonly #engine: Engine;
  readonly #executable: Executable;
  readonly #indices: Tensor<'int32'>;
  readonly #logits: Tensor;
  readonly #predicted: Tensor<'int32'>;

  private constructor(
    engine: Engine,
    executable: Executable,
    tensors: { indices: Tensor<'int32'>; logits: Tensor; predicted: Tensor<'int32'> },
  ) {
    this.#engine = engine;
    this.#executable = executable;
    this.#indices = tensors.indices;
    this.#logits = tensors.logits;
    this.#predicted = tensors.predicted;
  }

  static async compile(
    model: Sequential,
    examples: LabelledImages,
    engine: Engine,
    batchSize: number,
  ): Promise<Forward> {
    const ops = new Recorder();
    const indices = Tensor.zeros('int32', [batchSize], 'indices');
    const x = ops.gatherImages(examples.x, indices, pixelScale);
    const logits = model.forward(ops, x, { training: false });
    const predicted = ops.argmax(logits);
    const program = ops.finish(`forward, batch ${batchSize}`, [logits, predicted]);
    return new Forward(engine, await engine.compile(program), { indices, logits, predicted });
  }

  /** The class of each image of a batch. */
  async classify(batch: Int32Array): Promise<Int32Array> {
    this.#engine.write(this.#indices, batch);
    await this.#executable.run();
    return this.#engine.read(this.#predicted);
  }

  /** [batch, classes], row by row. */
  async logits(batch: Int32Array): Promise<ArrayLike<number>> {
    await this.classify(batch);
    return this.#engine.read(this.#logits);
  }
}
