import '@tensorflow/tfjs-backend-cpu';
import { ready, tensor1d, tensor2d, train as optimizers } from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';

export async function train({ x, y }) {
  await ready();
  const model = sequential();
  model.add(layers.dense({ units: 32, activation: 'relu', inputShape: [2] }));
  model.add(layers.dense({ units: 32, activation: 'relu' }));
  model.add(layers.dense({ units: 3, activation: 'softmax' }));
  model.compile({ optimizer: optimizers.adam(0.01), loss: 'sparseCategoricalCrossentropy' });
  await model.fit(tensor2d(x), tensor1d(y), { epochs: 200, batchSize: 64, verbose: 0 });
  return model;
}
