import { dirname, join } from 'node:path';

const kernels = ['batch-norm', 'conv2d', 'dropout', 'warp'].map((name) => `kernels/${name}`);
const names = [...kernels, 'gradients', 'operations'];

/** The files that test every operation of the gpu engine in each mode. They also run on other backends than WebGPU. */
export const operationTests: readonly string[] = names.map((name) =>
  join(dirname(import.meta.dirname), 'engine/gpu', `${name}.test.ts`),
);
