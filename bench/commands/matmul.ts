import { type Command, defineCommand } from '../../src/cli/framework/command.ts';
import { type ShapeGroup, shapeGroups } from '../kernels/shapes.ts';
import { count, counts, json, python, revectorize, strict } from './options.ts';

export const matmulCommand: Command = defineCommand({
  command: 'matmul',
  describe: 'Time products of matrices: those of the networks, squares, sizes that no tile divides',
  options: {
    engine: {
      choices: ['wasm', 'reference', 'gpu'] as const,
      default: 'wasm',
      requiresArg: true,
      describe: 'Engine; gpu: each kernel beside wasm, with separate times for the copies',
    },
    shapes: {
      choices: Object.keys(shapeGroups) as ShapeGroup[],
      array: true,
      requiresArg: true,
      describe: 'Groups of products (default: mlp squares)',
    },
    sizes: counts('sizes', 'Sizes of squares, instead of the groups: 256 512 or 256,512'),
    threads: { ...count('threads', 'Number of threads'), default: 1 },
    revectorize,
    samples: { ...count('samples', 'Samples of each product'), default: 20 },
    openblas: { type: 'boolean', default: false, describe: 'Measure OpenBLAS (in NumPy) in turn' },
    strict,
    json,
    python,
  },
  examples: [
    ['npm run bench -- matmul --openblas', "beside NumPy's OpenBLAS, sample by sample"],
    ['npm run bench -- matmul --shapes cnn odd large', 'other products'],
    [
      'npm run bench -- matmul --engine gpu',
      'upload, compute and readback, and from which size on a GPU pays',
    ],
  ],
  run: async ({ engine, ...args }) => {
    if (engine === 'gpu') {
      const { benchGpuProducts } = await import('../kernels/gpu-products.ts');
      return benchGpuProducts(args);
    }
    const { benchProducts } = await import('../kernels/products.ts');
    return benchProducts({ ...args, engine });
  },
});
