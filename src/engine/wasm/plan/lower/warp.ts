import { warpImagesKernel } from '../../kernels/warp/warp.ts';
import { operationTask } from '../task.ts';
import type { LoweringTable, Shape4 } from './lowering.ts';

/** Augmentation. The items are images. */
export const warpLowerings: LoweringTable<'warpImages'> = {
  warpImages(operation) {
    const { images, transforms } = operation.inputs;
    const { y } = operation.outputs;
    const [items, h, w, channels] = y.shape as Shape4;
    const kernel = warpImagesKernel(h, w, channels, operation.constants.fill);
    return operationTask(operation, { kernel, items, addresses: [images, transforms, y] });
  },
};
