/** One product of matrices, for callers who want the result and no program or engine. */
import type { Engine } from './engine.ts';
import { createEngine, type EngineName } from './create-engine.ts';
import { GpuThreshold } from './gpu-threshold.ts';
import type { MatmulForm } from '../tensor/operation.ts';
import type { Program } from '../tensor/program.ts';
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
   * What computes; `auto` if left out. An engine by name is started for this product and closed after it. `auto` takes
   * the GPU for products as large as those at which it measured to be faster, and the fastest other engine for smaller
   * ones. An engine object stays open. It keeps memory for every operand that it has seen, and for a tensor that it
   * knows it uses the values that it has.
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
  return multiply(a, b, options, gpuThreshold);
}

/** `matmul`, where `threshold` says from which size on `auto` takes the GPU. */
export async function multiply(
  a: Matrix | Tensor,
  b: Matrix | Tensor,
  { engine = 'auto', ...form }: MatmulOptions,
  threshold: GpuThreshold,
): Promise<Tensor<'float32'>> {
  const recorder = new Recorder();
  const [first, second] = [operand('A', a), operand('B', b)];
  const c = recorder.matmul(first, second, form); // checks the shapes before any engine starts
  const multiplyAdds = sizeOf(c.shape) * (first.size / c.shape[0]!);
  const program = recorder.finish('matmul', [c]);
  if (typeof engine !== 'string') return run(program, c, engine);
  if (engine === 'auto' && (await threshold.isReachedBy(multiplyAdds))) {
    try {
      return await runOn('gpu', multiplyAdds, program, c);
    } catch {
      // the operands are more than the GPU addresses or its memory holds: another engine computes
    }
  }
  return runOn(engine, multiplyAdds, program, c);
}

/** Starting threads takes a tenth of a second. From about this many multiply-adds on, they save more than that. */
const threadsFrom = 2 ** 33;

/** Starts an engine for one product, and closes it. */
async function runOn(
  name: EngineName,
  multiplyAdds: number,
  program: Program,
  c: Tensor,
): Promise<Tensor<'float32'>> {
  const threads = multiplyAdds < threadsFrom ? { threads: 1 } : {};
  // measuring kernels for one product would take longer than the product
  const { engine } = await createEngine(name, { ...threads, measure: false });
  try {
    return await run(program, c, engine);
  } finally {
    await engine.close();
  }
}

async function run(program: Program, c: Tensor, engine: Engine): Promise<Tensor<'float32'>> {
  const executable = await engine.compile(program);
  await executable.run();
  return Tensor.from('float32', c.shape, new Float32Array(await engine.read(c)), 'matmul');
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

/** Times whole calls with the start of the engine, because these are what `auto` decides about. */
const gpuThreshold = new GpuThreshold({
  async hasHardware() {
    const { hasHardware } = await import('./gpu/probe.ts');
    return hasHardware();
  },
  async time(size, on) {
    const square = { values: new Float32Array(size * size).fill(0.5), shape: [size, size] };
    const start = performance.now();
    await matmul(square, square, { engine: on === 'gpu' ? 'gpu' : 'wasm' });
    return (performance.now() - start) / 1000;
  },
});
