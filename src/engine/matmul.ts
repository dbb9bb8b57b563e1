/** One product of matrices, for callers who want the result and no program or engine. */
import type { Engine } from './engine.ts';
import { createEngine, EngineError, type EngineName, type EngineOptions } from './create-engine.ts';
import { GpuThreshold } from './gpu-threshold.ts';
import { KeptProducts, type Operands } from './kept-products.ts';
import { ReferenceEngine } from './reference-engine.ts';
import type { MatmulForm } from '../tensor/operation.ts';
import { matmulShape } from '../tensor/ops.ts';
import { Recorder } from '../tensor/recorder.ts';
import { formatShape, type Shape, sizeOf } from '../tensor/shape.ts';
import { Tensor } from '../tensor/tensor.ts';

/** Numbers in row-major order and their shape, [rows, columns]. */
export interface Matrix {
  readonly values: Float32Array;
  readonly shape: Shape;
}

export interface MatmulOptions extends Partial<MatmulForm> {
  /**
   * What computes; `auto` if left out. An engine by name starts at the first product that needs it, and stays for those
   * that follow: it does not keep the process alive. It keeps memory for the sizes that came last, 256 MiB at most. `auto`
   * takes the GPU for products as large as those at which it measured to be faster, and the wasm engine for smaller ones.
   * An engine object keeps memory for every operand that it has seen, and for a tensor that it knows it uses the values
   * that it has.
   */
  readonly engine?: EngineName | Engine;
}

/**
 * C [m, n] = A [m, k] · B [k, n], in float32. With `transposeA` the first operand is stored as [k, m], with
 * `transposeB` the second as [n, k].
 *
 *     const c = await matmul({ values: Float32Array.of(1, 2, 3, 4), shape: [2, 2] }, b);
 *
 * @throws {ShapeError} if an operand is not a matrix, or if the inner sizes differ
 * @throws {EngineError} if the engine cannot run here
 */
export function matmul(
  a: Matrix | Tensor,
  b: Matrix | Tensor,
  options: MatmulOptions = {},
): Promise<Tensor<'float32'>> {
  return multiply(a, b, options, machine);
}

/** What products by name run on. */
export interface MatmulMachine {
  readonly threshold: GpuThreshold;
  readonly gpu: KeptProducts;
  /** The wasm engine, with as many threads as it finds useful. */
  readonly threads: KeptProducts;
  readonly oneThread: KeptProducts;
}

/** Multiply-adds from which on threads save more than it takes to wake them. */
const threadsFrom = 2 ** 23;

/** `matmul` on a machine. */
export async function multiply(
  a: Matrix | Tensor,
  b: Matrix | Tensor,
  { engine = 'auto', transposeA = false, transposeB = false }: MatmulOptions,
  { threshold, gpu, threads, oneThread }: MatmulMachine,
): Promise<Tensor<'float32'>> {
  const operands = { a: operand('A', a), b: operand('B', b), form: { transposeA, transposeB } };
  const c = matmulShape(operands.a, operands.b, operands.form); // checks the shapes before any engine starts
  const multiplyAdds = sizeOf(c) * (operands.a.size / c[0]!);
  if (typeof engine !== 'string') return run(operands, engine);
  if (engine === 'reference') return run(operands, new ReferenceEngine());
  if (engine === 'gpu') return gpu.multiply(operands);
  if (engine === 'auto' && (await threshold.isReachedBy(multiplyAdds))) {
    try {
      return await gpu.multiply(operands);
    } catch {
      // the operands are more than the GPU addresses or its memory holds: another engine computes
    }
  }
  try {
    return await (multiplyAdds < threadsFrom ? oneThread : threads).multiply(operands);
  } catch (error) {
    if (engine === 'wasm' || !(error instanceof EngineError)) throw error;
    return run(operands, new ReferenceEngine());
  }
}

/** Once, on an engine that does not stay or is the caller's. */
async function run({ a, b, form }: Operands, engine: Engine): Promise<Tensor<'float32'>> {
  const recorder = new Recorder();
  const c = recorder.matmul(a, b, form);
  const executable = await engine.compile(recorder.finish('matmul', [c]));
  await executable.run();
  return Tensor.from('float32', c.shape, (await engine.read(c)) as Float32Array, 'matmul');
}

/** A matrix becomes a tensor. A tensor is passed on as it is, because an engine may have values for it. */
function operand(name: string, matrix: Matrix | Tensor): Tensor {
  if (matrix instanceof Tensor) {
    const what = `matmul: ${name}, tensor ${matrix.name} ${formatShape(matrix.shape)},`;
    if (matrix.dtype !== 'float32') throw new TypeError(`${what} is ${matrix.dtype}, not float32`);
    if (!matrix.storage.persistent) throw new Error(`${what} is part of a program: use engine.read`);
    return matrix;
  }
  const { values, shape } = matrix;
  if (!(values instanceof Float32Array)) {
    throw new TypeError(`matmul: the values of ${name} are no Float32Array; Float32Array.from(…) makes one`);
  }
  return Tensor.from('float32', shape, values, name);
}

function kept(name: EngineName, options: EngineOptions = {}): KeptProducts {
  return new KeptProducts(() => createEngine(name, options));
}

/** This machine. Nothing starts before it is needed. */
const machine: MatmulMachine = {
  threshold: new GpuThreshold({
    async hasHardware() {
      const { hasHardware } = await import('./gpu/probe.ts');
      return hasHardware();
    },
    async time(size, on) {
      const square = { values: new Float32Array(size * size).fill(0.5), shape: [size, size] };
      const engine = on === 'gpu' ? 'gpu' : 'wasm';
      await matmul(square, square, { engine }); // may start the engine, and compiles
      const start = performance.now();
      await matmul(square, square, { engine });
      return (performance.now() - start) / 1000;
    },
  }),
  // measuring kernels would take longer than most products
  gpu: kept('gpu', { measure: false }),
  threads: kept('wasm'),
  oneThread: kept('wasm', { threads: 1 }),
};
