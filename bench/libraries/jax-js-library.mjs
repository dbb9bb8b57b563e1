/**
 * jax-js, device `wasm`, for Node (jax-js.mjs) and for a page (jax-js-page.mjs). Its package of optimizers is not published:
 * Adam is written here with its operations, and `jit` compiles the whole step.
 */
import * as jax from '@jax-js/jax';
import { argmaxRows } from './network-run.ts';

const { numpy: np, nn, lax } = jax;
const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-7];

/** The relu of jax-js has the derivative 1 at 0, where weft and PyTorch have 0. The background of the images is 0. */
function relu(x) {
  return np.where(np.greater(x.ref, 0), x, 0);
}

/** Consumes its arguments, as all functions of jax-js do. Images are [n, 784], filters OIHW. */
function forward(model, weights, x) {
  let y = x;
  let dense = weights;
  if (model === 'cnn') {
    y = y.reshape([-1, 1, 28, 28]);
    for (let index = 0; index < 6; index += 2) {
      const [kernel, bias] = weights.slice(index, index + 2);
      y = relu(lax.conv(y, kernel, [1, 1], 'SAME').add(bias.reshape([1, -1, 1, 1])));
      y = maxPool(y);
    }
    // weft flattens [height, width, channels]
    y = np.transpose(y, [0, 2, 3, 1]).reshape([-1, 4 * 4 * 128]);
    dense = weights.slice(6);
  }
  for (let index = 0; index < dense.length; index += 2) {
    y = np.matmul(y, dense[index]).add(dense[index + 1]);
    if (index + 2 < dense.length) y = relu(y);
  }
  return y;
}

/** 2×2 windows. 7×7 becomes 4×4, padded at the bottom and the right with 0: the values come from ReLU, so 0 never wins. */
function maxPool(x) {
  const [n, channels, height, width] = x.shape;
  const [rows, columns] = [Math.ceil(height / 2), Math.ceil(width / 2)];
  const padded = np.pad(x, [
    [0, 0],
    [0, 0],
    [0, 2 * rows - height],
    [0, 2 * columns - width],
  ]);
  return np.max(padded.reshape([n, channels, rows, 2, columns, 2]), [3, 5]);
}

function loss(model, weights, x, oneHot) {
  const logits = forward(model, weights, x);
  const rows = logits.shape[0];
  return nn
    .logSoftmax(logits)
    .mul(oneHot)
    .sum()
    .mul(-1 / rows);
}

/** Starts the library. */
export async function startJax() {
  await jax.init('wasm');
  jax.defaultDevice('wasm');
}

/** Networks and products, as the protocol calls them. */
export const jaxLibrary = {
  async network({ model }, values) {
    const array = ({ shape, values }) => np.array(new Float32Array(values)).reshape([...shape]);
    const names = [...values.keys()];
    let weights = names.map((name) => {
      const value = array(values.get(name));
      // from HWIO
      return name.startsWith('conv2d') && name.endsWith('kernel') ? np.transpose(value, [3, 2, 0, 1]) : value;
    });
    await jax.blockUntilReady(weights.map((weight) => weight.ref));
    let means = weights.map((weight) => np.zerosLike(weight.ref));
    let squares = weights.map((weight) => np.zerosLike(weight.ref));
    const logits = jax.jit((weights, x) => forward(model, weights, x));
    const step = jax.jit((weights, means, squares, x, oneHot, rate) => {
      const [value, gradients] = jax.valueAndGrad((weights) => loss(model, weights, x, oneHot))(
        weights.map((weight) => weight.ref),
      );
      const updated = weights.map((weight, index) => {
        const g = gradients[index];
        const m = means[index].mul(beta1).add(g.ref.mul(1 - beta1));
        const v = squares[index].mul(beta2).add(np.square(g).mul(1 - beta2));
        const move = m.ref.div(np.sqrt(v.ref).add(epsilon)).mul(rate.ref);
        return [weight.sub(move), m, v];
      });
      rate.dispose();
      return [value, ...[0, 1, 2].map((part) => updated.map((triple) => triple[part]))];
    });
    const input = (images) => np.array(images).reshape([images.length / 784, 784]);
    const compute = async (images) =>
      logits(
        weights.map((weight) => weight.ref),
        input(images),
      ).data();
    return {
      logits: compute,
      async step(images, labels, number) {
        const oneHot = new Float32Array(labels.length * 10);
        for (const [row, label] of labels.entries()) oneHot[row * 10 + label] = 1;
        const rate = (0.001 * Math.sqrt(1 - beta2 ** number)) / (1 - beta1 ** number);
        const [value, ...next] = step(
          weights,
          means,
          squares,
          input(images),
          np.array(oneHot).reshape([labels.length, 10]),
          np.array(rate),
        );
        [weights, means, squares] = next;
        const [number_] = await value.data();
        await jax.blockUntilReady(weights.map((weight) => weight.ref));
        return number_;
      },
      async classify(images) {
        return argmaxRows(await compute(images), 10);
      },
    };
  },
  async product(m, k, n, a, b) {
    const [left, right] = [np.array(a).reshape([m, k]), np.array(b).reshape([k, n])];
    const matmul = jax.jit((a, b) => np.matmul(a, b));
    return {
      async compute() {
        const c = matmul(left.ref, right.ref);
        await c.blockUntilReady();
        c.dispose();
      },
      result: () => matmul(left.ref, right.ref).data(),
    };
  },
};
