import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { batch, cnnConvolutions, type MatmulShape, shapeGroups } from '../../../bench/kernels/shapes.ts';
import { trainingInputs } from '../../../bench/networks/training.ts';
import type { ImageDataset } from '../../../src/data/dataset.ts';
import type { Operation } from '../../../src/tensor/operation.ts';
import { Tensor } from '../../../src/tensor/tensor.ts';
import { recordTrainingStep } from '../../../src/train/training-step.ts';

/** The operations of a step on images of the size of Fashion-MNIST's. */
function operationsOf(model: string): readonly Operation[] {
  const examples = {
    x: Tensor.zeros('uint8', [1, 28, 28, 1], 'images'),
    y: Tensor.zeros('uint8', [1], 'labels'),
  };
  const dataset = {
    train: examples,
    classNames: Array.from({ length: 10 }, String),
  } as unknown as ImageDataset;
  const indices = Tensor.zeros('int32', [batch], 'indices');
  return recordTrainingStep(trainingInputs(model, dataset), indices).operations;
}

function productsOf(model: string): string[] {
  return operationsOf(model)
    .filter((operation) => operation.kind === 'matmul')
    .map(({ inputs: { a }, outputs: { c }, constants: { transposeA, transposeB } }) => {
      const [m, n] = c.shape as readonly [number, number];
      return describe({ m, n, k: a.size / m, transposeA, transposeB });
    })
    .toSorted();
}

function describe({ m, k, n, transposeA, transposeB }: Omit<MatmulShape, 'use'>): string {
  return `${m} ${k} ${n} ${transposeA ? 'Aᵀ' : 'A'} ${transposeB ? 'Bᵀ' : 'B'}`;
}

test('the products that are measured are those of a training step', () => {
  for (const model of ['mlp', 'cnn'] as const) {
    assert.equal(productsOf(model), shapeGroups[model].map(describe).toSorted(), model);
  }
});

test('the convolutions that are measured are those of a training step', () => {
  const found = operationsOf('cnn')
    .filter((operation) => operation.kind === 'conv2d')
    .map(({ inputs: { x, filter } }) => [x.shape, filter.shape]);
  assert.equal(
    cnnConvolutions.map(({ height, width, channels, filters }) => [
      [batch, height, width, channels],
      [3, 3, channels, filters],
    ]),
    found,
  );
});

test.run();
