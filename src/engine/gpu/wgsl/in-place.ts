/** Operations that change an array in place. Each thread reads and writes its own elements only. */
import { type KernelBuffer, read, write } from './buffers.ts';
import { flatKernel, inFours } from './flat.ts';
import type { WgslKernel } from './kernel.ts';
import { float } from './number.ts';

/** target ← target + scale · x. Buffers: target, x, both [length]. */
export function addScaled({
  length,
  scale,
}: {
  readonly length: number;
  readonly scale: number;
}): WgslKernel {
  const type = elementOf(length);
  return inPlace({
    name: `addScaled ${length} by ${float(scale)}`,
    length,
    buffers: [write('values', type), read('x', type)],
    body: `values[index] += ${float(scale)} * x[index];`,
  });
}

/**
 * target ← target · min(1, limit / √squares). An infinite sum of squares makes the factor 0, and NaN makes it NaN.
 *
 * Buffers: target [length], squares [1].
 */
export function clipByNorm({
  length,
  limit,
}: {
  readonly length: number;
  readonly limit: number;
}): WgslKernel {
  return inPlace({
    name: `clipByNorm ${length} to ${float(limit)}`,
    length,
    buffers: [write('values', elementOf(length)), read('squares')],
    // within the limit nothing is divided: on some devices limit / limit is not exactly 1
    body: `let norm = sqrt(squares[0]);
    values[index] *= select(1f, ${float(limit)} / norm, !(norm <= ${float(limit)}));`,
  });
}

/** average ← momentum · average + (1 − momentum) · x. Buffers: average, x, both [length]. */
export function updateAverage({
  length,
  momentum,
}: {
  readonly length: number;
  readonly momentum: number;
}): WgslKernel {
  const type = elementOf(length);
  return inPlace({
    name: `updateAverage ${length} by ${float(momentum)}, ${float(1 - momentum)}`,
    length,
    buffers: [write('values', type), read('x', type)],
    body: `values[index] = ${float(momentum)} * values[index] + ${float(1 - momentum)} * x[index];`,
  });
}

interface InPlace {
  readonly name: string;
  readonly length: number;
  readonly buffers: readonly KernelBuffer[];
  /** Changes values[index]: a number, or four of them. */
  readonly body: string;
}

function inPlace({ name, length, buffers, body }: InPlace): WgslKernel {
  return flatKernel({ name, items: inFours(length) ? length / 4 : length, buffers, body });
}

function elementOf(length: number): 'f32' | 'vec4f' {
  return inFours(length) ? 'vec4f' : 'f32';
}
