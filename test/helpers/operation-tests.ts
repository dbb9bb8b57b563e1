import { dirname, join } from 'node:path';

const names = ['batch-norm', 'conv2d', 'dropout', 'gradients', 'operations', 'warp'];

/** The files that test every operation of the gpu engine in each mode. They also run on other backends than WebGPU. */
export const operationTests: readonly string[] = names.map((name) =>
  join(dirname(import.meta.dirname), 'engine/gpu', `${name}.test.ts`),
);
