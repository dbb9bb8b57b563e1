/**
 * TensorFlow.js, backend `cpu` (plain JavaScript) or `wasm` (XNNPACK, SIMD). Under Node the wasm backend
 * does not find threads and runs on one.
 */
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { serveLibrary } from './protocol.ts';

const [backend] = process.argv.slice(2);
const beta2 = 0.999;
const epsilon = 1e-7;

/** Images are NHWC and filters HWIO, as in weft. */
function forward(model, weights, x) {
  const pair = (name) => [weights[`${name}/kernel`], weights[`${name}/bias`]];
  let y = x;
  if (model === 'cnn') {
    y = tf.reshape(y, [-1, 28, 28, 1]);
    for (const name of ['conv2d_1', 'conv2d_2', 'conv2d_3']) {
      const [kernel, bias] = pair(name);
      y = tf.maxPool(tf.relu(tf.add(tf.conv2d(y, kernel, 1, 'same'), bias)), 2, 2, 'same');
    }
    y = tf.reshape(y, [-1, 4 * 4 * 128]);
  }
  const count = model === 'cnn' ? 2 : 5;
  for (let index = 1; index <= count; index++) {
    const [kernel, bias] = pair(`dense_${index}`);
    y = tf.add(tf.matMul(y, kernel), bias);
    if (index < count) y = tf.relu(y);
  }
  return y;
}

await serveLibrary({
  async start() {
    setWasmPaths(join(import.meta.dirname, 'node_modules/@tensorflow/tfjs-backend-wasm/dist/'));
    if (!(await tf.setBackend(backend))) throw new Error(`backend ${backend} does not start`);
    await tf.ready();
    return { version: `tfjs ${tf.version.tfjs}` };
  },
  async network({ model }, values) {
    const weights = Object.fromEntries(
      [...values].map(([name, { shape, values }]) => [
        name,
        tf.variable(tf.tensor(values, [...shape], 'float32'), true, name),
      ]),
    );
    const optimizer = tf.train.adam(0.001, 0.9, beta2, epsilon);
    const input = (images) => tf.tensor2d(images, [images.length / 784, 784]);
    return {
      async logits(images) {
        return tf.tidy(() => forward(model, weights, input(images)).dataSync());
      },
      async step(images, labels, number) {
        // Keras adds ε to √v before the bias correction of v, tfjs after it
        optimizer.epsilon = epsilon / Math.sqrt(1 - beta2 ** number);
        const loss = tf.tidy(() => {
          const oneHot = tf.oneHot(tf.tensor1d(labels, 'int32'), 10);
          const x = input(images);
          return optimizer.minimize(
            () => tf.losses.softmaxCrossEntropy(oneHot, forward(model, weights, x)),
            true,
          );
        });
        const [value] = await loss.data();
        loss.dispose();
        return value;
      },
      async classify(images) {
        return tf.tidy(() => tf.argMax(forward(model, weights, input(images)), 1).dataSync());
      },
    };
  },
  product(m, k, n, a, b) {
    const [left, right] = [tf.tensor2d(a, [m, k]), tf.tensor2d(b, [k, n])];
    return {
      // both backends compute in the call, not later
      compute: () => tf.matMul(left, right).dispose(),
      result: () => tf.tidy(() => tf.matMul(left, right).dataSync()),
    };
  },
});
