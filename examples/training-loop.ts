/**
 * What `fit` does, by hand: record a training step once, as a list of operations; compile it on an engine; run it for one
 * batch after the other.
 *
 *     npm run example -- training-loop 6000   with 6,000 training images
 */
import {
  adam,
  batches,
  createEngine,
  dense,
  evaluate,
  fashionMnist,
  flatten,
  limitTraining,
  Recorder,
  relu,
  sequential,
  shuffled,
  SoftmaxCrossEntropy,
  Tensor,
} from '../src/node.ts';

const { train, test } = limitTraining(fashionMnist(), Number(process.argv[2] ?? 60_000));
const batchSize = 64;
const learningRate = 0.001;

const model = sequential([flatten(), dense(64), relu(), dense(10)], { inputShape: [28, 28, 1], seed: 1 });
const loss = new SoftmaxCrossEntropy();
const optimizer = adam();

// Inputs that change from step to step are tensors, which the loop writes: the indices of the images, and the step.
const indices = Tensor.zeros('int32', [batchSize], 'indices');
const step = Tensor.zeros('int32', [1], 'step');

// Nothing is computed here: the recorder writes each operation into a list.
const ops = new Recorder();
const images = ops.gatherImages(train.x, indices, 1 / 255); // [64, 28, 28, 1], from 0 to 1
const labels = ops.gatherLabels(train.y, indices); // [64]
const logits = model.forward(ops, images, { training: true, step }); // [64, 10]
const { loss: meanLoss } = loss.forward(ops, logits, labels); // [1]
model.backward(ops, loss.backward(ops)); // the gradient of every parameter
optimizer.record(ops, model.parameters); // its update
const program = ops.finish('training step', [meanLoss]);
console.log(`${program.toString()}\n`);

const engine = await createEngine('auto');
console.log(`on ${engine.description} (${engine.reason})`);
const trainingStep = await engine.compile(program);

const positions = Int32Array.from({ length: train.y.size }, (_, i) => i);
let t = 0;
for (let epoch = 1; epoch <= 2; epoch++) {
  for (const batch of batches(shuffled(positions, 1, epoch), batchSize)) {
    if (batch.length < batchSize) break; // a program has fixed shapes: a shorter batch is left out
    t += 1;
    engine.write(indices, batch);
    engine.write(step, [t]);
    engine.write(optimizer.coefficients, optimizer.coefficientsAt(t, learningRate));
    // eslint-disable-next-line no-await-in-loop -- a step needs the weights of the step before
    await trainingStep.run();
    if (t % 20 === 1) {
      const [value] = await engine.read(meanLoss);
      console.log(`epoch ${epoch}, step ${t}: loss ${value!.toFixed(3)}`);
    }
  }
}

// The trained weights are on the engine, so evaluate there.
const { accuracy } = await evaluate(model, test, { engine });
console.log(`test accuracy ${(100 * accuracy).toFixed(1)} %`);
await engine.close();
