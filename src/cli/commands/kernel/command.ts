import { ModuleBuilder } from '../../../engine/wasm/assembler/module-builder.ts';
import { loadLowerings } from '../../../engine/wasm/plan/lower/lower.ts';
import { lowerProgram } from '../../../engine/wasm/plan/plan.ts';
import type { Program } from '../../../tensor/program.ts';
import { type Command, defineCommand } from '../../framework/command.ts';
import { UsageError } from '../../framework/usage-error.ts';
import { innerLoop } from './inner-loop.ts';
import { type OperationArguments, recordOperation, shownOperations } from './operations.ts';

interface KernelArguments extends OperationArguments {
  readonly name: string;
  readonly engine: 'wasm' | 'gpu';
  readonly fma: boolean;
  readonly wide: boolean;
  readonly loop: boolean;
}

export const kernelCommand: Command = defineCommand({
  command: 'kernel <name> [sizes..]',
  describe: 'Print the code that an engine generates for an operation: WebAssembly, or WGSL for a GPU',
  positionals: {
    name: { choices: Object.keys(shownOperations), demandOption: true, describe: 'Operation' },
    sizes: {
      type: 'number',
      array: true,
      default: [],
      describe: 'Its sizes: three for matmul (m, k, n), for example',
    },
  },
  options: {
    engine: {
      choices: ['wasm', 'gpu'] as const,
      default: 'wasm',
      requiresArg: true,
      describe: 'wasm prints WebAssembly; gpu prints WGSL, and needs no GPU',
    },
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
      describe: 'wasm: use fused multiply-add of relaxed SIMD (turn off with --no-fma)',
    },
    wide: {
      type: 'boolean',
      default: true,
      describe: 'wasm: use tiles for 256-bit registers (turn off with --no-wide)',
    },
    loop: {
      type: 'boolean',
      default: false,
      describe: 'wasm: print only the inner loop that does most of the work',
    },
  },
  examples: [
    ['npm run kernel -- matmul 64 784 32', 'the first layer of the MLP'],
    ['npm run kernel -- matmul 64 784 32 --loop', 'its inner loop alone'],
    ['npm run kernel -- matmul 64 784 32 --no-wide', 'for 128-bit registers'],
    ['npm run kernel -- conv2d 64 28 28 1 32', 'a convolution of 3×3, same padding'],
    ['npm run kernel -- conv2d 64 14 14 32 64', "a convolution by Winograd's method"],
    ['npm run kernel -- adam 1000', 'the optimizer'],
    ['npm run kernel -- matmul 64 784 32 --engine gpu', 'the first layer of the MLP on a GPU'],
  ],
  run: printKernel,
});

/** More would only take long: the code of a larger size is the same, with other bounds. */
const largestSize = 65_536;

async function printKernel(args: KernelArguments): Promise<void> {
  const operation = shownOperations[args.name]!;
  const { sizes } = operation;
  const valid =
    args.sizes.length === sizes.length &&
    args.sizes.every((size) => Number.isSafeInteger(size) && size > 0 && size <= largestSize);
  if (!valid) {
    throw new UsageError(
      `kernel ${args.name}: expected ${sizes.length} sizes from 1 to ${largestSize} (${sizes.join(', ')}), got "${args.sizes.join(' ')}"`,
    );
  }
  if (args.loop && args.engine === 'gpu') throw new UsageError('--loop goes with --engine wasm');
  const program = recordOperation(operation, args);
  if (args.engine === 'gpu') await printWgsl(program);
  else await printWebAssembly(program, args);
}

/** Prints the text of the kernels and the size of their module. */
async function printWebAssembly(program: Program, { fma, wide, loop }: KernelArguments): Promise<void> {
  await loadLowerings(program);
  const module = new ModuleBuilder({ initial: 1, maximum: 1, shared: true });
  const calls = lowerProgram(program, { fma, wide }, 1).flatMap((task) => task.calls);
  const kernels = new Map(calls.map(({ kernel }) => [kernel.name, kernel]));
  for (const kernel of kernels.values()) kernel.build(module);
  if (loop) {
    printLoops(module);
    return;
  }
  console.log(module.print());
  console.log(
    `\n;; ${kernels.size} function${kernels.size === 1 ? '' : 's'}, ${module.encode().length} bytes`,
  );
}

/** Prints the inner loop of each function. */
function printLoops(module: ModuleBuilder): void {
  for (const text of module.print().split('\n\n')) {
    const [head] = text.split('\n');
    const name = /\$(\S+)/.exec(head!)![1]!;
    console.log(`;; ${name}\n${innerLoop(text) ?? ';; without a loop'}\n`);
  }
}

/** Prints the text of the kernels, each with its name and the workgroups of its dispatch. */
async function printWgsl(program: Program): Promise<void> {
  const { planWithoutDevice } = await import('../../../engine/gpu/webgpu/plan/without-device.ts');
  const parts = await planWithoutDevice(program);
  for (const { kernel } of parts.flatMap(({ calls }) => calls)) {
    console.log(`// ${kernel.name}\n// workgroups: ${kernel.groups.join(' × ')}\n\n${kernel.code.trim()}\n`);
  }
}
