/**
 * brain.js: an MLP that learns one image at a time, by gradient descent with momentum and the squared error, with ReLU on
 * the outputs too. It has no batches, no Adam and no softmax, so its training step differs from all others. Its outputs
 * are checked: they must be max(0, logits of weft).
 */
import brain from 'brain.js';
import { argmaxRows } from './network-run.ts';
import { serveLibrary, versionOf } from './protocol.ts';

const sizes = [784, 32, 64, 128, 128, 10];

await serveLibrary({
  start: async () => ({ version: `brain.js ${versionOf('brain.js')}` }),
  async network(_question, values) {
    const net = new brain.NeuralNetwork({
      inputSize: 784,
      hiddenLayers: sizes.slice(1, -1),
      outputSize: 10,
      activation: 'relu',
    });
    // with its default, 0.3, training diverges to NaN
    net.trainOpts.learningRate = 0.001;
    net.sizes = sizes;
    net.outputLayer = sizes.length - 1;
    net.initialize();
    for (let layer = 1; layer < sizes.length; layer++) {
      const kernel = values.get(`dense_${layer}/kernel`).values;
      const bias = values.get(`dense_${layer}/bias`).values;
      for (let unit = 0; unit < sizes[layer]; unit++) {
        net.biases[layer][unit] = bias[unit];
        for (let source = 0; source < sizes[layer - 1]; source++) {
          net.weights[layer][unit][source] = kernel[source * sizes[layer] + unit];
        }
      }
    }
    const rows = (images) =>
      Array.from({ length: images.length / 784 }, (_, row) => images.subarray(row * 784, (row + 1) * 784));
    const outputs = async (images) => rows(images).flatMap((row) => [...net.runInput(row)]);
    return {
      logits: outputs,
      async step(images, labels) {
        for (const [index, row] of rows(images).entries()) {
          const target = new Float32Array(10);
          target[labels[index]] = 1;
          net.trainPattern({ input: row, output: target });
        }
        return null;
      },
      classify: async (images) => argmaxRows(await outputs(images), 10),
    };
  },
});
