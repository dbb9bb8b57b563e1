import { CompiledPrograms } from '../engine/compiled-programs.ts';
import type { Engine, Executable } from '../engine/engine.ts';
import type { Sequential } from '../layers/sequential.ts';
import { softmaxCrossEntropy } from '../layers/softmax-cross-entropy.ts';
import { Recorder } from '../tensor/recorder.ts';
import { sizeOf } from '../tensor/shape.ts';
import { Tensor } from '../tensor/tensor.ts';

export interface PredictedImages {
  /** The most probable class of each. */
  readonly predicted: Int32Array;
  /** [count, classes]. */
  readonly probabilities: Float32Array;
}

interface CompiledPrediction {
  readonly x: Tensor;
  readonly predicted: Tensor<'int32'>;
  readonly probabilities: Tensor;
  readonly executable: Executable;
}

/** Classifies images that are in no data set, with the weights that the engine has at that moment. */
export class Predictor {
  readonly #model: Sequential;
  readonly #engine: Engine;
  /** By the number of images. */
  readonly #programs = new CompiledPrograms<number, CompiledPrediction>();

  constructor(model: Sequential, engine: Engine) {
    this.#model = model;
    this.#engine = engine;
  }

  /** @throws RangeError unless these are whole images */
  async predict(images: Float32Array): Promise<PredictedImages> {
    const size = sizeOf(this.#model.inputShape);
    const count = images.length / size;
    if (!(Number.isSafeInteger(count) && count > 0)) {
      const shape = this.#model.inputShape.join('×');
      throw new RangeError(`predict: ${images.length} numbers are no images of ${shape}`);
    }
    const compiled = await this.#programs.get(count, () => this.#compile(count));
    this.#engine.write(compiled.x, images);
    await compiled.executable.run();
    return {
      predicted: await this.#engine.read(compiled.predicted),
      probabilities: Float32Array.from(await this.#engine.read(compiled.probabilities)),
    };
  }

  release(): void {
    this.#programs.release();
  }

  async #compile(count: number): Promise<CompiledPrediction> {
    const ops = new Recorder();
    const x = Tensor.zeros('float32', [count, ...this.#model.inputShape], 'images');
    const outputs = this.#model.forward(ops, x, { training: false });
    // the loss makes probabilities of the outputs; its own value has no reader
    const labels = Tensor.zeros('int32', [count], 'no labels');
    const { predictions } = softmaxCrossEntropy().build().forward(ops, outputs, labels);
    const predicted = ops.argmax(outputs);
    const executable = await this.#engine.compile(
      ops.finish(`prediction of ${count} images`, [predicted, predictions]),
    );
    return { x, predicted, probabilities: predictions, executable };
  }
}
