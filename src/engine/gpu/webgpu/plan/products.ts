/** Products and convolutions in tiles, and the operations that their kernels apply while the sums are in registers. */
import type { Operation } from '../../../../tensor/operation.ts';
import { Storage, type Tensor } from '../../../../tensor/tensor.ts';
import { type Conv2dPass, conv2dKernels, conv2dProduct } from '../../wgsl/conv2d.ts';
import { type Epilogue, epilogueName } from '../../wgsl/epilogue.ts';
import { matmulKernels, matmulProduct } from '../../wgsl/matmul.ts';
import type { Conv2dGeometry } from '../../wgsl/patches.ts';
import type { ProductBuffer, ProductKernels } from '../../wgsl/product-kernel.ts';
import type { Tile } from '../../wgsl/tile.ts';
import type { Call } from '../call.ts';
import { activationOf, maskOf } from './activation.ts';
import type { Fused, Lowering } from './rule.ts';

/** A product with what is fused: the operations, the epilogue that carries them out, and its buffers. */
interface Epilogued {
  readonly operations: readonly Operation[];
  readonly epilogue: Epilogue;
  readonly buffers: Partial<Readonly<Record<ProductBuffer, Storage>>>;
}

export function lowerMatmul(operation: Operation<'matmul'>, lowering: Lowering): Fused {
  const { inputs, outputs, constants } = operation;
  const [m, n] = outputs.c.shape as readonly [number, number];
  const size = { m, n, k: inputs.a.size / m };
  const { operations, epilogue, buffers } =
    columnSums(operation, inputs.b, !constants.transposeB, lowering) ??
    epilogueOf(operation, outputs.c, lowering);
  const all = { a: inputs.a.storage, b: inputs.b.storage, c: outputs.c.storage, ...buffers };
  const lower = (tile: Tile): Call[] => callsOf(matmulKernels(constants, size, tile, epilogue), all);
  const { title } = matmulProduct(constants, size);
  return { operations, calls: lower(lowering.tileFor(keyOf(title, size, epilogue), size, lower)) };
}

export function lowerConv2d(operation: Operation<'conv2d'>, lowering: Lowering): Fused {
  const { x, filter } = operation.inputs;
  const { y } = operation.outputs;
  const fused = epilogueOf(operation, y, lowering);
  const sizes = geometry(x, filter, y, operation.constants);
  return lowerPass('forward', sizes, fused, { a: x.storage, b: filter.storage, c: y.storage }, lowering);
}

export function lowerConv2dBackwardInput(
  operation: Operation<'conv2dBackwardInput'>,
  lowering: Lowering,
): Fused {
  const { dy, filter } = operation.inputs;
  const { dx } = operation.outputs;
  const fused = epilogueOf(operation, dx, lowering);
  const sizes = geometry(dx, filter, dy, operation.constants);
  const storages = { a: dy.storage, b: filter.storage, c: dx.storage };
  return lowerPass('backwardInput', sizes, fused, storages, lowering);
}

export function lowerConv2dBackwardFilter(
  operation: Operation<'conv2dBackwardFilter'>,
  lowering: Lowering,
): Fused {
  const { x, dy } = operation.inputs;
  const { dFilter } = operation.outputs;
  const fused = columnSums(operation, dy, true, lowering) ?? plain(operation);
  const sizes = geometry(x, dFilter, dy, operation.constants);
  const storages = { a: x.storage, b: dy.storage, c: dFilter.storage };
  return lowerPass('backwardFilter', sizes, fused, storages, lowering);
}

function lowerPass(
  pass: Conv2dPass,
  sizes: Conv2dGeometry,
  { operations, epilogue, buffers }: Epilogued,
  storages: Readonly<Record<'a' | 'b' | 'c', Storage>>,
  lowering: Lowering,
): Fused {
  const { title, a, b } = conv2dProduct(pass, sizes);
  const size = { m: a.size, n: b.size, k: a.depth };
  const lower = (tile: Tile): Call[] =>
    callsOf(conv2dKernels(pass, sizes, tile, epilogue), { ...storages, ...buffers });
  return { operations, calls: lower(lowering.tileFor(keyOf(title, size, epilogue), size, lower)) };
}

/** `matmul_nn 64×32×784_bias`. */
function keyOf(
  title: string,
  { m, n, k }: { readonly m: number; readonly n: number; readonly k: number },
  epilogue: Epilogue,
): string {
  return `${title} ${m}×${n}×${k}${epilogueName(epilogue)}`;
}

function callsOf(
  { kernels, scratch }: ProductKernels,
  buffers: Partial<Readonly<Record<ProductBuffer, Storage>>>,
): Call[] {
  const all = scratch === 0 ? buffers : { ...buffers, scratch: new Storage('float32', scratch, null) };
  return kernels.map((kernel) => ({ kernel, storages: kernel.buffers.map((name) => all[name]!) }));
}

function plain(operation: Operation): Epilogued {
  return { operations: [operation], epilogue: {}, buffers: {} };
}

/** A bias and an activation, or the backward of an activation, if nothing else reads the result of the product. */
function epilogueOf(operation: Operation, result: Tensor, { graph }: Lowering): Epilogued {
  const next = graph.onlyReaderOf(result.storage);
  if (next === null || !graph.canFollow(operation, next)) return plain(operation);
  const mask = maskOf(next, result.storage);
  if (mask !== null) {
    const { kept, dx } = mask;
    return {
      operations: [operation, next],
      epilogue: { mask: mask.expression },
      buffers: { kept, c: dx },
    };
  }
  if (next.kind !== 'addBias' || next.inputs.x.storage !== result.storage) return plain(operation);
  const { bias } = next.inputs;
  const { y } = next.outputs;
  const biased = { operations: [operation, next], buffers: { bias: bias.storage, c: y.storage } };
  const after = graph.onlyReaderOf(y.storage);
  const activation = after === null ? null : activationOf(after);
  if (after === null || activation === null || !graph.canFollow(operation, after, [next])) {
    return { ...biased, epilogue: { bias: true } };
  }
  return {
    operations: [...biased.operations, after],
    epilogue: { bias: true, activation: activation.expression },
    buffers: { ...biased.buffers, c: activation.y },
  };
}

/** The sums over the rows of the second operand, the gradient of a bias, if the program needs them; otherwise null. */
function columnSums(
  operation: Operation,
  b: Tensor,
  isStoredByRows: boolean,
  { graph }: Lowering,
): Epilogued | null {
  if (!isStoredByRows) return null;
  const sums = graph
    .readersOf(b.storage)
    .find((reader): reader is Operation<'sumRows'> => reader.kind === 'sumRows');
  if (sums === undefined || sums.outputs.y.size !== b.shape.at(-1) || !graph.canFollow(operation, sums)) {
    return null;
  }
  return {
    operations: [operation, sums],
    epilogue: { columnSums: true },
    buffers: { sums: sums.outputs.y.storage },
  };
}

function geometry(
  x: Tensor,
  filter: Tensor,
  y: Tensor,
  constants: Operation<'conv2d'>['constants'],
): Conv2dGeometry {
  const [images, height, width, channels] = x.shape as readonly [number, number, number, number];
  const [kernelHeight, kernelWidth, , filters] = filter.shape as readonly [number, number, number, number];
  const [, outputHeight, outputWidth] = y.shape as readonly [number, number, number, number];
  const sizes = { images, height, width, channels, filters, kernelHeight, kernelWidth };
  return { ...constants, ...sizes, outputHeight, outputWidth };
}
