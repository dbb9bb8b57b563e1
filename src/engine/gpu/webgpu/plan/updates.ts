/** The updates of all parameters of an optimizer, in as few dispatches as the number of bindings allows. */
import type { Operation } from '../../../../tensor/operation.ts';
import type { Storage } from '../../../../tensor/tensor.ts';
import { adamKernel, sgdKernel, type UpdatedParameter } from '../../wgsl/updates.ts';
import type { Call } from '../call.ts';
import { bindingAlignment } from '../usage.ts';
import { bufferBytes } from '../encoding.ts';
import type { Fused, Lowering } from './rule.ts';

type Update = Operation<'adamUpdate'> | Operation<'sgdUpdate'>;

/** The weight and the state of a parameter. Each lies in an arena, at the same offset in all of them. */
function arenasOf({ kind, inputs }: Update): readonly Storage[] {
  const { weight } = inputs;
  if (kind === 'adamUpdate') return [weight, inputs.m, inputs.v].map(({ storage }) => storage);
  return [weight, inputs.velocity].map(({ storage }) => storage);
}

export function lowerUpdates(first: Update, { graph, mostBuffers }: Lowering): Fused {
  const operations = graph.operations.filter(
    (other): other is Update =>
      other.kind === first.kind && haveSameSettings(first, other) && graph.canFollow(first, other),
  );
  // besides the gradients, a kernel binds the arenas and the coefficients
  const gradientsOfKernel = mostBuffers - arenasOf(first).length - 1;
  const calls: Call[] = [];
  for (let begin = 0; begin < operations.length; begin += gradientsOfKernel) {
    calls.push(call(operations.slice(begin, begin + gradientsOfKernel), mostBuffers));
  }
  return { operations, calls };
}

function call(operations: readonly Update[], maximumBindings: number): Call {
  let end = 0;
  const entries = operations.map(({ inputs, constants }, index): UpdatedParameter => {
    const { storage } = inputs.weight;
    const offset = end / 4;
    end = Math.ceil((end + bufferBytes(storage)) / bindingAlignment) * bindingAlignment;
    return {
      offset,
      length: storage.length,
      gradientBinding: index,
      gradientOffset: 0,
      decay: constants.decoupledDecay,
    };
  });
  const first = operations[0]!;
  const kernel =
    first.kind === 'adamUpdate'
      ? adamKernel({ entries, constants: first.constants, maximumBindings })
      : sgdKernel({ entries, constants: first.constants, maximumBindings });
  const arenas = operations.map(arenasOf);
  return {
    kernel,
    storages: [
      ...arenas[0]!.map((_, arena) => arenas.map((storages) => storages[arena]!)),
      first.inputs.coefficients.storage,
      ...operations.map(({ inputs }) => inputs.gradient.storage),
    ],
  };
}

/** Whether two updates differ only in their tensors and in weight decay. */
function haveSameSettings(a: Update, b: Update): boolean {
  const settings = ({ constants }: Update): string => JSON.stringify({ ...constants, decoupledDecay: null });
  return a.inputs.coefficients.storage === b.inputs.coefficients.storage && settings(a) === settings(b);
}
