import { batches } from '../../src/data/batches.ts';
import type { ImageDataset } from '../../src/data/dataset.ts';
import { fashionMnist } from '../../src/data/idx/fashion-mnist.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { Forward, makeModel } from './forward.ts';
import { imageOrder, type MeasuredNetwork } from './measured-network.ts';

/**
 * Classifies the test images of Fashion-MNIST with a preset and its initial weights, from bytes to class indices: gather,
 * scale to [0, 1], forward, argmax. After the last batch the first one follows.
 */
export async function startInference(
  { model: name, batchSize }: { readonly model: string; readonly batchSize: number },
  engine: Engine,
  { test, classNames }: ImageDataset = fashionMnist(),
): Promise<MeasuredNetwork> {
  const model = makeModel(name, test, classNames.length);
  const forward = await Forward.compile(model, test, engine, batchSize);
  const cycle = [...batches(imageOrder(test, batchSize), batchSize)];
  let next = 0;
  return {
    logits: () => forward.logits(cycle[0]!),
    async run(count) {
      const start = performance.now();
      let images = 0;
      for (let batch = 0; batch < count; batch++) {
        const predicted = await forward.classify(cycle[next]!);
        images += predicted.length;
        next = (next + 1) % cycle.length;
      }
      return { seconds: (performance.now() - start) / 1000, images };
    },
  };
}
