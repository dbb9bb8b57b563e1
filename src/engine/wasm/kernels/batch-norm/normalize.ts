/** Batch normalization, forward: with the moments of the batch in training, otherwise with their running averages. */
import type { FunctionBuilder, Local } from '../../assembler/function-builder.ts';
import {
  emitChannelGroups,
  emitEachRow,
  emitLoadGroup,
  emitLoadVector,
  emitStoreGroup,
} from '../channels.ts';
import { emitAdvance, emitAdvanceBy, emitLoopTo, emitMultiplyAdd, vectorLocals } from '../emit.ts';
import { type Kernel, kernelFunction, type Target, targetSuffix } from '../kernel.ts';
import { floatBytes } from '../sizes.ts';
import { streamKernel } from '../stream.ts';
import type { ChannelSizes } from './moments.ts';

/** scale = gamma / √(variance + ε). The items are channels. Addresses: gamma, variance, scale. */
export function normScaleKernel(epsilon: number): Kernel {
  return streamKernel({
    name: `normScale_${epsilon}`,
    inputs: ['gamma', 'variance'],
    outputs: ['scale'],
    itemSize: 1,
    body(code, [gamma, variance], [scale]) {
      code.get(gamma!);
      emitDeviation(code, variance!, epsilon);
      code.op('f32x4.div').set(scale!);
    },
  });
}

/** y = (x − mean) · scale + beta. The items are images. Addresses: x, y, mean, scale, beta. */
export function batchNormKernel({ rows, channels }: ChannelSizes, target: Target): Kernel {
  const name = `batchNorm_${rows}x${channels}${targetSuffix(target)}`;
  const widest = 8;
  return {
    name,
    build(module) {
      const names = ['x', 'y', 'mean', 'scale', 'beta'];
      const { code, addresses, begin, end } = kernelFunction(module, name, names);
      const [x, y, ...channelPointers] = addresses as [Local, Local, ...Local[]];
      const [mean, scale, beta] = names.slice(2).map((local) => vectorLocals(code, local, widest));
      const result = vectorLocals(code, 'result', widest);
      for (const pointer of [x, y]) emitAdvanceBy(code, pointer, begin, rows * channels * floatBytes);
      emitLoopTo(code, begin, end, 1, () => {
        emitChannelGroups(code, { channels, widest }, addresses, (group) => {
          for (const [index, values] of [mean, scale, beta].entries()) {
            emitLoadGroup(code, channelPointers[index]!, group, values!);
          }
          emitEachRow(code, { rows, channels }, [x, y], ([from, to]) => {
            for (let v = 0; v < group.vectors; v++) {
              emitMultiplyAdd(
                code,
                target,
                () => {
                  emitLoadVector(code, from!, group, v);
                  code.get(mean![v]!).op('f32x4.sub');
                },
                () => code.get(scale![v]!),
                () => code.get(beta![v]!),
              );
              code.set(result[v]!);
            }
            emitStoreGroup(code, to!, group, result);
          });
        });
        for (const pointer of [x, y]) emitAdvance(code, pointer, (rows - 1) * channels * floatBytes);
        for (const pointer of channelPointers) emitAdvance(code, pointer, -channels * floatBytes);
      });
      return code;
    },
  };
}

/** Leaves √(variance + ε) on the stack. */
export function emitDeviation(code: FunctionBuilder, variance: Local, epsilon: number): void {
  code.get(variance).f32x4(epsilon).op('f32x4.add').op('f32x4.sqrt');
}
