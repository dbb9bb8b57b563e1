import type { LabelledImages } from '../../src/data/examples.ts';
import { buildModel } from '../../src/model/build-model.ts';
import { type Shape, sizeOf } from '../../src/tensor/shape.ts';
import { RandomStream } from '../../src/tensor/random.ts';
import { Tensor } from '../../src/tensor/tensor.ts';
import type { Evaluation } from '../../src/train/evaluator.ts';
import type { SavedRun } from '../../src/run/saved-run.ts';
import { metricsWith } from '../../src/train/history.ts';

const defaultLayers = (classes: number): object[] => [{ type: 'flatten' }, { type: 'dense', units: classes }];

/** A run without training: it has the initial weights. */
export function untrainedRun(
  path: string,
  inputShape: Shape,
  classNames: readonly string[],
  layers: object[] = defaultLayers(classNames.length),
): SavedRun {
  const model = buildModel(layers, { source: 'test', inputShape, classes: classNames.length });
  const tensors = [...model.parameters.map(({ value }) => value), ...model.state];
  return {
    path,
    model,
    weightsOf: 'epoch 3, the last',
    finished: true,
    weights: new Map(
      tensors.map(({ name, shape, values }) => [name, { shape, values: Float32Array.from(values) }]),
    ),
    configuration: {
      model: 'test & <net>',
      layers,
      inputShape,
      classNames,
      data: null,
      dataset: { name: 'noise', checksums: { 'a.gz': '12ab' } },
      limit: null,
      validationSplit: 0.2,
      l2: 0,
      epochs: 3,
      augment: { flip: true },
    },
  };
}

/** Random images, with all classes in turn. */
export function noiseExamples(count: number, shape: Shape, classes: number): LabelledImages {
  const images = Tensor.zeros('uint8', [count, ...shape], 'images');
  const random = new RandomStream(1, 'noise');
  for (let i = 0; i < count * sizeOf(shape); i++) images.values[i] = Math.floor(256 * random.uniform(i));
  const labels = Uint8Array.from({ length: count }, (_, i) => i % classes);
  return { x: images, y: Tensor.from('uint8', [count], labels, 'labels') };
}

/** Predictions for examples in order: every third is wrong, by one class. */
export function fakeEvaluation({ y: labels }: LabelledImages, classes: number): Evaluation {
  const count = labels.size;
  const predicted = Int32Array.from(labels.values, (label, i) =>
    i % 3 === 2 ? (label + 1) % classes : label,
  );
  const probabilities = new Float32Array(count * classes).fill(0.4 / (classes - 1));
  for (const [i, y] of predicted.entries()) probabilities[i * classes + y] = 0.6;
  const correct = predicted.filter((y, i) => y === labels.values[i]).length;
  return { loss: 1, ...metricsWith('accuracy', correct / count), r2: NaN, predicted, probabilities };
}
