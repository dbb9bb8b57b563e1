import type { Operation } from '../../../../tensor/operation.ts';
import type { Group } from '../../../fusion/fuse.ts';
import { conv2dPooledKernel, isPooledConv } from '../../kernels/conv2d-pooled.ts';
import { call, type Task, task } from '../task.ts';
import type { Lowering } from './lowering.ts';
import { convSizes, pad, windowPadding } from './pad.ts';
import { poolSizes } from './pool-sizes.ts';

/** Whether a convolution can pool its own result. */
export function isFusedWithPool(
  { inputs: { x, filter }, outputs: { y }, constants }: Operation<'conv2d'>,
  pool: Operation<'maxPool2d'>,
): boolean {
  const sizes = convSizes(x, filter, y, constants);
  return isPooledConv({ sizes, pool: poolSizes(y, pool.outputs.y, pool.constants) });
}

/** A convolution with bias, max-pooling and perhaps ReLU in one pass, after a copy of its images into padded ones. */
export function lowerPooledConv(
  {
    conv2d,
    addBias,
    pool,
    relu,
  }: Extract<Group, { kind: 'conv2d' }> & { readonly pool: Operation<'maxPool2d'> },
  { copies, target }: Lowering,
): Task[] {
  const { x, filter } = conv2d.inputs;
  const sizes = convSizes(x, filter, conv2d.outputs.y, conv2d.constants);
  const images = pad(x, windowPadding(x, sizes, conv2d.constants), copies);
  const conv = {
    sizes,
    pool: poolSizes(conv2d.outputs.y, pool.outputs.y, pool.constants),
    hasBias: addBias !== undefined,
    hasRelu: relu !== undefined,
  };
  const bias = addBias?.inputs.bias;
  const result = relu?.outputs.y ?? pool.outputs.y;
  const { argmax } = pool.outputs;
  const suffix = `${bias ? ' + bias' : ''} + maxPool2d${relu ? ' + relu' : ''}`;
  return [
    ...images.tasks,
    task({
      name: `conv2d ${result.shape.join('×')}${suffix}`,
      items: x.shape[0]!,
      calls: [
        call(conv2dPooledKernel(conv, target), [images.storage, filter, bias ?? filter, result, argmax]),
      ],
      own: [images.storage, x],
      shared: [filter, ...(bias ? [bias] : [])],
      writes: [result, argmax],
      operations: [conv2d, addBias, pool, relu].filter((operation) => operation !== undefined),
    }),
  ];
}
