/** One product of matrices, without a program: for those who want the result and not the engine. */
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
   * What computes. An engine by name is started for this product and closed after it; one that is given stays open,
   * keeps room for every operand that it has seen, and uses the values that it has for a tensor it knows. `auto`, if
   * left out: the fastest engine that runs here, and the GPU from the size on where it was measured to be faster.
   */
  readonly engine?: EngineName | Engine;
}

/**
 * C [m, n] = A [m, k] · B [k, n], in float32. With `transposeA` the first operand is stored as [k, m], with
 * `transposeB` the second as [n, k].
 *
 *     const c = await matmul({ values: Float32Array.of(1, 2, 3, 4), shape: [2, 2] }, b);
 *
 * @throws {ShapeError} for operands that are no matrices, or whose inner sizes differ
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
  const c = recorder.matmul(first, second, form); // checks the shapes, before anything starts
  const multiplyAdds = sizeOf(c.shape) * (first.size / c.shape[0]!);
  const program = recorder.finish('matmul', [c]);
  if (typeof engine !== 'string') return run(program, c, engine);
  if (engine === 'auto' && (await threshold.isReachedBy(multiplyAdds))) {
    try {
      return await runOn('gpu', multiplyAdds, program, c);
    } catch {
      // more than a GPU addresses, or than its memory holds: it is not the engine for this product
    }
  }
  return runOn(engine, multiplyAdds, program, c);
}

/** Starting threads takes a tenth of a second: they are worth it from about here. */
const threadsFrom = 2 ** 33;

/** On an engine that lives no longer. */
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

/** A tensor stays itself, so that a given engine uses the values that it has for it. */
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

/** Whole calls are timed, the start of the engine included, since that is what `auto` decides about. */
const gpuThreshold = new GpuThreshold({
  async hasHardware() {
    const { hasHardware } = await import('./gpu/probe.ts');
    return hasHardware();
  },
  async time(size, onGpu) {
    const square = { values: new Float32Array(size * size).fill(0.5), shape: [size, size] };
    const start = performance.now();
    await matmul(square, square, { engine: onGpu ? 'gpu' : 'wasm' });
    return (performance.now() - start) / 1000;
  },
});
