/**
 * Updates of many parameters in one dispatch. The weights of all parameters lie in one buffer, an *arena*, and so does
 * each part of the optimizer's state; a parameter is at the same offset in each. Gradients stay where the
 * backward pass has written them, in up to four buffers (Adam) or five (SGD): as many as a kernel can bind besides the
 * arenas. reference/adam.ts and reference/sgd.ts have the formulas; the order of the arithmetic is the same.
 *
 * A thread updates four numbers. If the length of a parameter is no multiple of four, the next numbers of the arenas,
 * up to three, belong to no parameter. Their gradient counts as 0, so that zeros stay zeros.
 */
import type { AdamConstants, SgdConstants } from '../../../tensor/operation.ts';
import { mostBuffers, read, write } from './buffers.ts';
import { flatKernel, inFours } from './flat.ts';
import type { WgslKernel } from './kernel.ts';
import { float } from './number.ts';

/** A parameter, and where its gradient is. */
export interface UpdatedParameter {
  /** Where the parameter begins in the arenas, in numbers; a multiple of 4. No four belongs to two parameters. */
  readonly offset: number;
  readonly length: number;
  /** Which of the buffers of gradients holds its gradient: 0, 1, 2 … */
  readonly gradientBinding: number;
  /** Where the gradient begins in its buffer, in numbers. */
  readonly gradientOffset: number;
  /** Whether decoupled weight decay applies to it. */
  readonly decay: boolean;
}

interface Update<Constants> {
  readonly entries: readonly UpdatedParameter[];
  readonly constants: Constants;
  /** The most buffers that a kernel may have; if left out 8, which every device offers. */
  readonly maximumBindings?: number;
}

/** Buffers: weights, m, v, coefficients [2] = (α̂, δ), gradients. */
export function adamKernel({
  entries,
  constants,
  maximumBindings = mostBuffers,
}: Update<Pick<AdamConstants, 'beta1' | 'beta2' | 'epsilon'>>): WgslKernel {
  const { beta1, beta2, epsilon } = constants;
  // 1 − β is rounded once; computed from a β in float32 it would lose four digits of 0.001
  const [keptMean, takenMean, keptSquare, takenSquare] = [beta1, 1 - beta1, beta2, 1 - beta2].map(float);
  return flatKernel({
    name: `adam β ${float(beta1)} ${float(beta2)} ε ${float(epsilon)}, 1 − β ${takenMean} ${takenSquare}: ${namesOf(entries)}`,
    items: itemsOf(entries),
    buffers: [
      write('weights', 'vec4f'),
      write('m', 'vec4f'),
      write('v', 'vec4f'),
      read('coefficients'),
      ...gradientBuffers(entries),
    ],
    mostBuffers: maximumBindings,
    body: `${findElements(entries)}
    let mean = ${keptMean} * m[at] + ${takenMean} * g;
    let square = ${keptSquare} * v[at] + ${takenSquare} * g * g;
    m[at] = mean;
    v[at] = square;
    let w = weights[at];
    weights[at] = w - decay * w - coefficients[0] * mean / (sqrt(square) + ${float(epsilon)});`,
  });
}

/** Buffers: weights, velocities, coefficients [2] = (α, δ), gradients. */
export function sgdKernel({
  entries,
  constants,
  maximumBindings = mostBuffers,
}: Update<Pick<SgdConstants, 'momentum' | 'nesterov'>>): WgslKernel {
  const momentum = float(constants.momentum);
  const change = constants.nesterov ? `${momentum} * velocity - coefficients[0] * g` : 'velocity';
  return flatKernel({
    name: `sgd momentum ${momentum}${constants.nesterov ? ', nesterov' : ''}: ${namesOf(entries)}`,
    items: itemsOf(entries),
    buffers: [
      write('weights', 'vec4f'),
      write('velocities', 'vec4f'),
      read('coefficients'),
      ...gradientBuffers(entries),
    ],
    mostBuffers: maximumBindings,
    body: `${findElements(entries)}
    let velocity = ${momentum} * velocities[at] - coefficients[0] * g;
    velocities[at] = velocity;
    let w = weights[at];
    weights[at] = w - decay * w + (${change});`,
  });
}

/** The number of fours of a parameter; the last may be incomplete. */
function foursOf({ length }: UpdatedParameter): number {
  return Math.ceil(length / 4);
}

function itemsOf(entries: readonly UpdatedParameter[]): number {
  return entries.reduce((items, entry) => items + foursOf(entry), 0);
}

/** A buffer is read in fours if all gradients in it begin at a multiple of four. */
function readInFours(entries: readonly UpdatedParameter[], binding: number): boolean {
  return entries.every(({ gradientBinding, gradientOffset }) => {
    return gradientBinding !== binding || inFours(gradientOffset);
  });
}

function gradientBuffers(entries: readonly UpdatedParameter[]): ReturnType<typeof read>[] {
  const count = 1 + Math.max(...entries.map(({ gradientBinding }) => gradientBinding));
  return Array.from({ length: count }, (_, binding) => {
    return read(`gradients${binding}`, readInFours(entries, binding) ? 'vec4f' : 'f32');
  });
}

/**
 * Declares what the thread updates: `at`, its place in the arenas in fours; its gradient `g`; and `decay`. The number
 * of the thread counts through all parameters, one after the other, so that comparisons with their ends find its
 * parameter.
 */
function findElements(entries: readonly UpdatedParameter[]): string {
  let end = 0;
  const branches = entries.map((entry, position) => {
    const begin = end;
    end += foursOf(entry);
    const test = position === entries.length - 1 ? '' : `if (index < ${end}u) `;
    return `${test}{
      at = ${shifted('index', entry.offset / 4 - begin)};
      g = ${gradientOf(entries, entry, begin)};${maskLast(entry, end - 1)}${entry.decay ? '\n      decay = coefficients[1];' : ''}
    }`;
  });
  for (const { offset } of entries) {
    if (!inFours(offset)) throw new RangeError(`update: offset ${offset} is no multiple of 4`);
  }
  return `var at = 0u;
    var g = vec4f(0);
    var decay = 0f;
    ${branches.join(' else ')}`;
}

/** Four numbers of the gradient, for a parameter whose first thread is `begin`. */
function gradientOf(
  entries: readonly UpdatedParameter[],
  { gradientBinding, gradientOffset }: UpdatedParameter,
  begin: number,
): string {
  const buffer = `gradients${gradientBinding}`;
  if (readInFours(entries, gradientBinding))
    return `${buffer}[${shifted('index', gradientOffset / 4 - begin)}]`;
  const lanes = [0, 1, 2, 3].map((lane) => {
    return `${buffer}[${shifted('4u * index', gradientOffset + lane - 4 * begin)}]`;
  });
  return `vec4f(${lanes.join(', ')})`;
}

/** Replaces numbers behind the end of the parameter by 0. */
function maskLast({ length }: UpdatedParameter, last: number): string {
  if (inFours(length)) return '';
  const lanes = ['x', 'y', 'z', 'w'].map((lane, position) => (position < length % 4 ? `g.${lane}` : '0f'));
  return `\n      g = select(g, vec4f(${lanes.join(', ')}), index == ${last}u);`;
}

/** `index` + `by` in u32, where `by` may be negative. */
function shifted(index: string, by: number): string {
  return by < 0 ? `${index} - ${-by}u` : `${index} + ${by}u`;
}

function namesOf(entries: readonly UpdatedParameter[]): string {
  const names = entries.map(({ offset, length, gradientBinding, gradientOffset, decay }) => {
    return `${length} at ${offset} from ${gradientBinding}:${gradientOffset}${decay ? ' decays' : ''}`;
  });
  return names.join(', ');
}
