import { dirname, join } from 'node:path';

const kernels = ['batch-norm', 'conv2d', 'dropout', 'warp'].map((name) => `kernels/${name}`);
const names = [...kernels, 'operations'];

/**
 * The files that test every operation of the gpu engine in each mode. They also run on other backends than WebGPU. There the
 * gradients of layers, which are made of these operations, would take long and say nothing new.
 */
export const operationTests: readonly string[] = names.map((name) =>
  join(dirname(import.meta.dirname), 'engine/gpu', `${name}.test.ts`),
);
