import { Recorder } from '../../tensor/recorder.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { ModuleBuilder } from '../../engine/wasm/assembler/module-builder.ts';
import { lowerProgram } from '../../engine/wasm/plan/plan.ts';
import { dropoutMaskKernel } from '../../engine/wasm/kernels/dropout.ts';
import { elementwiseKernel } from '../../engine/wasm/kernels/activation.ts';
import { gatherImagesKernel } from '../../engine/wasm/kernels/gather.ts';
import type { Kernel, Target } from '../../engine/wasm/kernels/kernel.ts';
import { sumRowsKernel } from '../../engine/wasm/kernels/reductions.ts';
import { softmaxCrossEntropyKernel } from '../../engine/wasm/kernels/softmax.ts';
import { adamKernel, sgdKernel } from '../../engine/wasm/kernels/updates.ts';
import { type Command, defineCommand } from '../framework/command.ts';
import { UsageError } from '../framework/usage-error.ts';

interface KernelArguments {
  readonly name: string;
  readonly sizes: readonly number[];
  readonly 'transpose-a': boolean;
  readonly 'transpose-b': boolean;
  readonly relu: boolean;
  readonly fma: boolean;
  readonly wide: boolean;
}

const noDecay = { decoupledDecay: false };

/** The kernels that can be printed, with the names of their sizes. */
const shown: Readonly<
  Record<
    string,
    { readonly sizes: readonly string[]; readonly make: (args: KernelArguments, target: Target) => Kernel[] }
  >
> = {
  matmul: { sizes: ['m', 'k', 'n'], make: matmulKernels },
  conv2d: { sizes: ['images', 'height', 'width', 'channels', 'filters'], make: conv2dKernels },
  relu: { sizes: ['length'], make: ({ sizes: [length] }) => [elementwiseKernel('relu', length!, 0)] },
  sumRows: {
    sizes: ['rows', 'columns'],
    make: ({ sizes: [rows, columns] }) => [sumRowsKernel(rows!, columns!)],
  },
  softmaxCrossEntropy: {
    sizes: ['classes'],
    make: ({ sizes: [classes] }) => [softmaxCrossEntropyKernel(classes!)],
  },
  gatherImages: { sizes: ['pixels'], make: ({ sizes: [pixels] }) => [gatherImagesKernel(pixels!, 1 / 255)] },
  dropoutMask: {
    sizes: ['length'],
    make: ({ sizes: [length] }) => [dropoutMaskKernel(length!, { rate: 0.5, seed: 1, stream: 2 })],
  },
  sgd: {
    sizes: ['length'],
    make: ({ sizes: [length] }, target) => [
      sgdKernel(length!, { momentum: 0.9, nesterov: false, ...noDecay }, target),
    ],
  },
  adam: {
    sizes: ['length'],
    make: ({ sizes: [length] }, target) => [
      adamKernel(length!, { beta1: 0.9, beta2: 0.999, epsilon: 1e-7, ...noDecay }, target),
    ],
  },
};

export const kernelCommand: Command = defineCommand({
  command: 'kernel <name> [sizes..]',
  describe: 'Print the WebAssembly that the wasm engine generates for an operation',
  positionals: {
    name: { choices: Object.keys(shown), demandOption: true, describe: 'Operation' },
    sizes: {
      type: 'number',
      array: true,
      default: [],
      describe: 'Its sizes: three for matmul (m, k, n), for example',
    },
  },
  options: {
    'transpose-a': {
      type: 'boolean',
      default: false,
      describe: 'matmul: the first operand is stored [k, m]',
    },
    'transpose-b': {
      type: 'boolean',
      default: false,
      describe: 'matmul: the second operand is stored [n, k]',
    },
    relu: {
      type: 'boolean',
      default: false,
      describe: 'matmul, conv2d: add a bias and apply ReLU to the result',
    },
    fma: {
      type: 'boolean',
      default: true,
      describe: 'Use fused multiply-add of relaxed SIMD (turn off with --no-fma)',
    },
    wide: {
      type: 'boolean',
      default: true,
      describe: 'Use tiles for 256-bit registers (turn off with --no-wide)',
    },
  },
  examples: [
    ['npm run kernel -- matmul 64 784 32', 'the first layer of the MLP'],
    ['npm run kernel -- matmul 64 784 32 --no-wide', 'for 128-bit registers'],
    ['npm run kernel -- conv2d 64 28 28 1 32', 'a convolution of 3×3, same padding'],
    ['npm run kernel -- conv2d 64 14 14 32 64', "a convolution by Winograd's method"],
    ['npm run kernel -- adam 1000', 'the optimizer'],
  ],
  run: printKernel,
});

/** Prints the WebAssembly text and the size of the module. */
function printKernel(args: KernelArguments): void {
  const { sizes, make } = shown[args.name]!;
  const valid =
    args.sizes.length === sizes.length && args.sizes.every((size) => Number.isSafeInteger(size) && size > 0);
  if (!valid) {
    throw new UsageError(
      `kernel ${args.name}: expected ${sizes.length} sizes above 0 (${sizes.join(', ')}), got "${args.sizes.join(' ')}"`,
    );
  }
  const module = new ModuleBuilder({ initial: 1, maximum: 1, shared: true });
  const kernels = new Map(
    make(args, { fma: args.fma, wide: args.wide }).map((kernel) => [kernel.name, kernel]),
  );
  for (const kernel of kernels.values()) kernel.build(module);
  console.log(module.print());
  console.log(
    `\n;; ${kernels.size} function${kernels.size === 1 ? '' : 's'}, ${module.encode().length} bytes`,
  );
}

function matmulKernels(args: KernelArguments, target: Target): Kernel[] {
  const [m, k, n] = args.sizes as [number, number, number];
  const { 'transpose-a': transposeA, 'transpose-b': transposeB } = args;
  const ops = new Recorder();
  const a = Tensor.zeros('float32', transposeA ? [k, m] : [m, k], 'a');
  const b = Tensor.zeros('float32', transposeB ? [n, k] : [k, n], 'b');
  return kernelsOf(ops, ops.matmul(a, b, { transposeA, transposeB }), args.relu, target);
}

function conv2dKernels({ sizes, relu }: KernelArguments, target: Target): Kernel[] {
  const [images, height, width, channels, filters] = sizes as [number, number, number, number, number];
  const ops = new Recorder();
  const x = Tensor.zeros('float32', [images, height, width, channels], 'x');
  const filter = Tensor.zeros('float32', [3, 3, channels, filters], 'filter');
  return kernelsOf(ops, ops.conv2d(x, filter, { padding: 'same' }), relu, target);
}

/** The kernels of a program that computes `result`, with a bias and ReLU if asked. */
function kernelsOf(ops: Recorder, result: Tensor, relu: boolean, target: Target): Kernel[] {
  const bias = Tensor.zeros('float32', result.shape.slice(-1), 'bias');
  const last = relu ? ops.elementwise(ops.addBias(result, bias), 'relu') : result;
  const tasks = lowerProgram(ops.finish('kernel', [last]), target, 1);
  return tasks.flatMap(({ calls }) => calls.map(({ kernel }) => kernel));
}
