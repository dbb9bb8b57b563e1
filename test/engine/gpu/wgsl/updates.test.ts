import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { WgslKernel } from '../../../../src/engine/gpu/wgsl/kernel.ts';
import { adamKernel, sgdKernel, type UpdatedParameter } from '../../../../src/engine/gpu/wgsl/updates.ts';
import { compute } from '../../../../src/tensor/reference/kernels.ts';
import { RandomStream } from '../../../../src/tensor/random.ts';
import { Tensor } from '../../../../src/tensor/tensor.ts';
import { assertClose } from '../../../helpers/close.ts';
import { closeDevice, runKernel, testOnDevice } from '../../../helpers/wgsl.ts';

/** What lies between the parameters in the arenas, and in buffers of gradients, and is not to change. */
const gap = 0;
const tolerance = { rtol: 1e-5, atol: 1e-7 };

/** A parameter as a test describes it; offsets in the arenas follow from the lengths, in steps of 64. */
type Entry = Omit<UpdatedParameter, 'offset'>;

/** Every remainder of a length by four, buffers with one gradient and with several, that begin anywhere. */
const layouts: readonly (readonly Entry[])[] = [
  [{ length: 1, gradientBinding: 0, gradientOffset: 0, decay: false }],
  [{ length: 256, gradientBinding: 0, gradientOffset: 0, decay: true }],
  [
    { length: 784, gradientBinding: 0, gradientOffset: 0, decay: true },
    { length: 10, gradientBinding: 1, gradientOffset: 0, decay: false },
    { length: 63, gradientBinding: 2, gradientOffset: 0, decay: true },
    { length: 5, gradientBinding: 0, gradientOffset: 784, decay: false },
    { length: 64, gradientBinding: 3, gradientOffset: 64, decay: true },
    { length: 127, gradientBinding: 3, gradientOffset: 128, decay: false },
  ],
  // 13 numbers, and right behind them 6, 129 and 3
  [
    { length: 13, gradientBinding: 1, gradientOffset: 0, decay: false },
    { length: 6, gradientBinding: 1, gradientOffset: 13, decay: false },
    { length: 129, gradientBinding: 1, gradientOffset: 19, decay: false },
    { length: 3, gradientBinding: 1, gradientOffset: 148, decay: false },
    { length: 97, gradientBinding: 0, gradientOffset: 0, decay: false },
  ],
];

function withOffsets(layout: readonly Entry[]): UpdatedParameter[] {
  let end = 0;
  return layout.map((entry) => {
    const offset = end;
    end = Math.ceil((end + entry.length) / 64) * 64;
    return { ...entry, offset };
  });
}

function random(length: number, name: string): Float32Array {
  const stream = new RandomStream(3, name);
  return Float32Array.from({ length }, (_, i) => 2 * stream.uniform(i) - 1);
}

/** A parameter's own tensors, copied out of arenas. */
function tensorsOf(
  arenas: readonly Float32Array[],
  { offset, length }: UpdatedParameter,
): Tensor<'float32'>[] {
  return arenas.map((arena) => Tensor.from('float32', [length], arena.slice(offset, offset + length)));
}

interface Setup {
  readonly entries: readonly UpdatedParameter[];
  /** Arenas beside that of the weights. */
  readonly states: number;
  readonly kernel: WgslKernel;
  /** One step of the reference on a parameter's weights and state. */
  readonly update: (
    tensors: readonly Tensor<'float32'>[],
    gradient: Tensor,
    coefficients: Tensor,
    entry: UpdatedParameter,
  ) => void;
}

/** Three steps with gradients and coefficients that change. */
async function check({ entries, states, kernel, update }: Setup): Promise<void> {
  const last = entries.at(-1)!;
  const size = Math.ceil((last.offset + last.length) / 64) * 64;
  const arenas = Array.from({ length: states + 1 }, () => new Float32Array(size).fill(gap));
  for (const { offset, length } of entries) arenas[0]!.set(random(length, `weight ${offset}`), offset);
  const expected = entries.map((entry) => tensorsOf(arenas, entry));
  for (const step of [1, 2, 3]) {
    const coefficients = Float32Array.of(0.01 * step, 0.02 / step);
    const gradients = Array.from({ length: kernel.bindings.length - states - 2 }, (_, binding) => {
      const own = entries.filter(({ gradientBinding }) => gradientBinding === binding);
      const end = Math.max(...own.map(({ gradientOffset, length }) => gradientOffset + length));
      return random(end, `gradient ${binding} of step ${step}`);
    });
    await runKernel(kernel, [...arenas, coefficients, ...gradients]);
    for (const [index, entry] of entries.entries()) {
      const { gradientBinding, gradientOffset, length } = entry;
      const gradient = gradients[gradientBinding]!.slice(gradientOffset, gradientOffset + length);
      update(
        expected[index]!,
        Tensor.from('float32', [length], gradient),
        Tensor.from('float32', [2], coefficients),
        entry,
      );
      for (const [arena, actual] of tensorsOf(arenas, entry).entries()) {
        const what = `${kernel.name}: step ${step}, arena ${arena}, parameter ${index}`;
        assertClose(actual.values, expected[index]![arena]!.values, tolerance, what);
      }
    }
  }
  assertGaps(arenas, entries);
}

/** What lies between the parameters is as it was. */
function assertGaps(arenas: readonly Float32Array[], entries: readonly UpdatedParameter[]): void {
  for (const arena of arenas) {
    const rest = arena.slice();
    for (const { offset, length } of entries) rest.fill(gap, offset, offset + length);
    assert.ok(
      rest.every((value) => value === gap),
      'numbers between parameters changed',
    );
  }
}

testOnDevice('adam: steps of many parameters are those of the reference on each', async () => {
  const constants = { beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };
  for (const entries of layouts.map(withOffsets)) {
    await check({
      entries,
      states: 2,
      kernel: adamKernel({ entries, constants }),
      update([weight, m, v], gradient, coefficients, { decay }) {
        compute({
          kind: 'adamUpdate',
          inputs: { weight: weight!, gradient, m: m!, v: v!, coefficients },
          outputs: { weight: weight!, m: m!, v: v! },
          constants: { ...constants, decoupledDecay: decay },
        });
      },
    });
  }
});

testOnDevice('sgd with momentum, with Nesterov, and without: the same', async () => {
  for (const entries of layouts.map(withOffsets)) {
    for (const constants of [
      { momentum: 0, nesterov: false },
      { momentum: 0.9, nesterov: false },
      { momentum: 0.9, nesterov: true },
    ]) {
      await check({
        entries,
        states: 1,
        kernel: sgdKernel({ entries, constants }),
        update([weight, velocity], gradient, coefficients, { decay }) {
          compute({
            kind: 'sgdUpdate',
            inputs: { weight: weight!, gradient, velocity: velocity!, coefficients },
            outputs: { weight: weight!, velocity: velocity! },
            constants: { ...constants, decoupledDecay: decay },
          });
        },
      });
    }
  }
});

test('a kernel has four buffers for gradients in Adam and five in SGD, or as many as a device allows', () => {
  const layout = [0, 1, 2, 3, 4, 5].map((gradientBinding) => {
    return { length: 8, gradientBinding, gradientOffset: 0, decay: false };
  });
  const entries = withOffsets(layout);
  const constants = { beta1: 0.9, beta2: 0.999, epsilon: 1e-7, momentum: 0, nesterov: false };
  assert.is(adamKernel({ entries: entries.slice(0, 4), constants }).bindings.length, 8);
  assert.is(sgdKernel({ entries: entries.slice(0, 5), constants }).bindings.length, 8);
  assert.is(adamKernel({ entries, constants, maximumBindings: 10 }).bindings.length, 10);
  assert.throws(() => adamKernel({ entries, constants }), /10 buffers, but a kernel has 8 at most/);
  assert.throws(() => sgdKernel({ entries, constants }), /9 buffers, but a kernel has 8 at most/);
});

test('a parameter begins at a multiple of four', () => {
  const entries = [{ offset: 66, length: 8, gradientBinding: 0, gradientOffset: 0, decay: false }];
  const constants = { momentum: 0, nesterov: false };
  assert.throws(() => sgdKernel({ entries, constants }), /offset 66 is no multiple of 4/);
});

test.after(closeDevice);
test.run();
