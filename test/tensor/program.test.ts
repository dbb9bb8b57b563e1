import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { planMemory } from '../../src/engine/memory.ts';
import { nameOf, type Operation } from '../../src/tensor/operation.ts';
import type { Ops } from '../../src/tensor/ops.ts';
import { Recorder } from '../../src/tensor/recorder.ts';
import { EagerOps } from '../../src/tensor/reference/eager.ts';
import { ReferenceEngine } from '../../src/engine/reference-engine.ts';
import { Tensor } from '../../src/tensor/tensor.ts';
import { assertSameBits } from '../helpers/close.ts';
import { randomTensor } from '../helpers/random-tensor.ts';

const x = randomTensor('float32', [5, 7], 'x');
const w = randomTensor('float32', [7, 3], 'w');
const labels = Tensor.from('int32', [5], Int32Array.of(0, 2, 1, 1, 0), 'labels');

/** A small network's forward and backward pass, on whatever `ops` does. */
function compute(ops: Ops): Tensor[] {
  const y = ops.elementwise(ops.matmul(x, w), 'relu');
  const { losses, probabilities } = ops.softmaxCrossEntropy(y, labels);
  const dy = ops.elementwiseBackward(y, ops.softmaxCrossEntropyBackward(probabilities, labels), 'relu');
  return [ops.mean(losses), ops.matmul(x, dy, { transposeA: true }), ops.sumRows(dy)];
}

test('computing at once and recording then running give the same bits', async () => {
  const eager = compute(new EagerOps());
  const recorder = new Recorder();
  const recorded = compute(recorder);
  const engine = new ReferenceEngine();
  const executable = await engine.compile(recorder.finish('test', recorded));
  await executable.run();
  await executable.run();
  for (const [index, tensor] of recorded.entries()) {
    assertSameBits(await engine.read(tensor), eager[index]!.values, `result ${index}`);
  }
});

test('operations whose results nobody reads are dropped', () => {
  const ops = new Recorder();
  const used = ops.elementwise(x, 'relu');
  ops.multiply(ops.elementwise(used, 'relu'), used);
  const state = Tensor.zeros('float32', [5, 7], 'state');
  ops.addScaled(state, used, 1);
  const kinds = ops.finish('test').operations.map(nameOf);
  assert.equal(kinds, ['relu', 'addScaled']);
});

test('persistent tensors can become temporaries of a program, everywhere in it', () => {
  const ops = new Recorder();
  const [gradient, total] = ['gradient', 'total'].map((name) => Tensor.zeros('float32', [7, 3], name));
  ops.matmul(x, randomTensor('float32', [5, 3], 'dy'), {
    transposeA: true,
    out: gradient!,
  });
  ops.addScaled(gradient!, w, 2);
  ops.addScaled(total!, gradient!, 1);
  const program = ops.finish('test').withTemporaries([gradient!]);
  const persistent = program.persistentTensors().map(({ name }) => name);
  assert.equal(persistent.toSorted(), ['dy', 'total', 'w', 'x']);
  const [matmul, addL2, add] = program.operations as readonly [
    Operation<'matmul'>,
    Operation<'addScaled'>,
    Operation<'addScaled'>,
  ];
  const { storage } = matmul.outputs.c;
  assert.is(storage.persistent, false);
  assert.is(addL2.inputs.target.storage, storage);
  assert.is(addL2.outputs.target.storage, storage);
  assert.is(add.inputs.x.storage, storage);
  assert.is(matmul.outputs.c.name, 'gradient');
  // without a reader the gradient would not be computed
  const unused = new Recorder();
  unused.matmul(x, w, { out: Tensor.zeros('float32', [5, 3], 'y') });
  const y = unused.finish('test').operations[0]!.outputs as { c: Tensor };
  assert.is(unused.finish('test').withTemporaries([y.c]).operations.length, 0);
});

test('the print-out shows every operation with shapes and constants', () => {
  const ops = new Recorder();
  const y = ops.matmul(x, w.reshape([3, 7]), { transposeB: true });
  const text = ops.finish('demo', [y]).toString();
  assert.is(text, 'program demo: 1 operations\n  0  %0 [5, 3] = matmul(x [5, 7], w [3, 7])  {transposeB}');
});

test('a recorded result has no values of its own and says how to read it', () => {
  const y = new Recorder().elementwise(x, 'relu');
  assert.throws(() => y.values, /tensor %0 \[5, 7\] is part of a program: use engine\.read/);
});

test('memory: buffers in use at the same time never overlap, and others share', () => {
  const lifetime = fc
    .tuple(fc.integer({ min: 1, max: 500 }), fc.nat(20), fc.nat(6))
    .map(([bytes, first, length]) => ({ bytes, first, last: first + length }));
  fc.assert(
    fc.property(fc.array(lifetime, { minLength: 1, maxLength: 30 }), (lifetimes) => {
      const { offsets, bytes } = planMemory(lifetimes);
      for (const [i, a] of lifetimes.entries()) {
        assert.is(offsets[i]! % 64, 0);
        assert.ok(offsets[i]! + a.bytes <= bytes);
        for (const [j, b] of lifetimes.slice(0, i).entries()) {
          const together = a.first <= b.last && b.first <= a.last;
          const apart = offsets[i]! + a.bytes <= offsets[j]! || offsets[j]! + b.bytes <= offsets[i]!;
          assert.ok(!together || apart, `${i} and ${j} overlap`);
        }
      }
    }),
    { seed: 1, numRuns: 500 },
  );
  const chain = Array.from({ length: 10 }, (_, i) => ({ bytes: 640, first: i, last: i + 1 }));
  assert.is(planMemory(chain).bytes, 1280, 'a chain of ten needs room for two');
});

test.run();
