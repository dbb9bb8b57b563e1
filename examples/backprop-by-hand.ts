/**
 * A network without layers: forward, backward and update, operation by operation. `EagerOps` computes each operation at
 * once, with the reference loops. Each line of the backward pass belongs to a line of the forward pass, in reverse order. At
 * the end, one derivative is compared with the effect of a small change of the weight.
 *
 *     npm run example -- backprop-by-hand
 */
import { EagerOps, RandomStream, Tensor } from '../src/index.ts';

// The problem is exclusive or. No straight line separates the two classes, so the network needs a hidden layer.
const x = Tensor.from('float64', [4, 2], Float64Array.of(0, 0, 0, 1, 1, 0, 1, 1));
const labels = Tensor.from('int32', [4], Int32Array.of(0, 1, 1, 0));

const random = new RandomStream(3, 'weights');
const hidden = 8;
const W1 = Tensor.from(
  'float64',
  [2, hidden],
  Float64Array.from({ length: 2 * hidden }, (_, i) => random.normal(i)),
);
const b1 = Tensor.zeros('float64', [hidden]);
const W2 = Tensor.from(
  'float64',
  [hidden, 2],
  Float64Array.from({ length: hidden * 2 }, (_, i) => 0.5 * random.normal(100 + i)),
);
const b2 = Tensor.zeros('float64', [2]);

const ops = new EagerOps();

/** The loss and the gradients at the current weights. */
function gradients(): {
  loss: number;
  probabilities: Tensor;
  dW1: Tensor;
  db1: Tensor;
  dW2: Tensor;
  db2: Tensor;
} {
  // forward
  const z1 = ops.addBias(ops.matmul(x, W1), b1); //         z1 = x·W1 + b1     [4, 8]
  const h = ops.elementwise(z1, 'relu'); //                  h = max(z1, 0)     [4, 8]
  const z2 = ops.addBias(ops.matmul(h, W2), b2); //         z2 = h·W2 + b2     [4, 2]
  const { losses, probabilities } = ops.softmaxCrossEntropy(z2, labels); //   −log p(label)
  const [loss] = ops.mean(losses).values;

  // backward: dv is the derivative of the loss with respect to v
  const dz2 = ops.softmaxCrossEntropyBackward(probabilities, labels); // (p − 1[label])/4
  const dW2 = ops.matmul(h, dz2, { transposeA: true }); //  dW2 = hᵀ·dz2
  const db2 = ops.sumRows(dz2); //                          db2 = Σ dz2
  const dh = ops.matmul(dz2, W2, { transposeB: true }); //  dh = dz2·W2ᵀ
  const dz1 = ops.elementwiseBackward(h, dh, 'relu'); //   dz1 = dh where h > 0, else 0
  const dW1 = ops.matmul(x, dz1, { transposeA: true }); //  dW1 = xᵀ·dz1
  const db1 = ops.sumRows(dz1); //                          db1 = Σ dz1
  return { loss: loss!, probabilities, dW1, db1, dW2, db2 };
}

const learningRate = 0.5;
for (let step = 0; step <= 200; step++) {
  const { loss, dW1, db1, dW2, db2 } = gradients();
  if (step % 40 === 0) console.log(`step ${step}: loss ${loss.toFixed(4)}`);
  // gradient descent: w ← w − learning rate · dw
  ops.addScaled(W1, dW1, -learningRate);
  ops.addScaled(b1, db1, -learningRate);
  ops.addScaled(W2, dW2, -learningRate);
  ops.addScaled(b2, db2, -learningRate);
}

const { probabilities } = gradients();
for (let i = 0; i < 4; i++) {
  const [p, q] = x.values.subarray(2 * i, 2 * i + 2);
  console.log(`${p} xor ${q}: 1 with a probability of ${probabilities.values[2 * i + 1]!.toFixed(3)}`);
}

// Check the largest derivative of W1: it must be close to (loss(w + ε) − loss(w − ε)) / 2ε
const epsilon = 1e-5;
const derivatives = Array.from(gradients().dW1.values);
const largest = derivatives.indexOf(Math.max(...derivatives));
const lossWith = (change: number): number => {
  W1.values[largest]! += change;
  const { loss } = gradients();
  W1.values[largest]! -= change;
  return loss;
};
const measured = (lossWith(epsilon) - lossWith(-epsilon)) / (2 * epsilon);
console.log(
  `a derivative: ${derivatives[largest]!.toExponential(4)} by hand, ${measured.toExponential(4)} by differences`,
);
