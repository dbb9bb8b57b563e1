import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
// in Node the gradients come with the layers
import '@tensorflow/tfjs-layers';

export function forward(weights, x) {
  return weights.reduce((input, { kernel, bias }, layer) => {
    const output = tf.add(tf.matMul(input, kernel), bias);
    return layer < weights.length - 1 ? tf.relu(output) : output;
  }, x);
}

export async function train({ x, y }) {
  await tf.ready();
  const sizes = [2, 32, 32, 3];
  const weights = sizes.slice(1).map((outputs, layer) => {
    const limit = Math.sqrt(6 / (sizes[layer] + outputs));
    const kernel = tf.variable(tf.randomUniform([sizes[layer], outputs], -limit, limit));
    return { kernel, bias: tf.variable(tf.zeros([outputs])) };
  });
  const optimizer = tf.train.adam(0.01);
  const order = [...x.keys()];
  for (let epoch = 0; epoch < 200; epoch++) {
    tf.util.shuffle(order);
    for (let start = 0; start < order.length; start += 64) {
      const batch = order.slice(start, start + 64);
      tf.tidy(() => {
        const inputs = tf.tensor2d(batch.map((i) => x[i]));
        const labels = tf.tensor1d(
          batch.map((i) => y[i]),
          'int32',
        );
        const oneHot = tf.oneHot(labels, 3);
        optimizer.minimize(() => tf.losses.softmaxCrossEntropy(oneHot, forward(weights, inputs)));
      });
    }
  }
  return weights;
}
