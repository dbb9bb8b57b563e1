import {
  argmaxKernel,
  countEqualKernel,
  meanKernel,
  sumRowsKernel,
  sumSquaresKernel,
} from '../../kernels/reductions.ts';
import { operationTask } from '../task.ts';
import { rowsOf } from './items.ts';
import type { LoweringTable } from './lowering.ts';

/** Operations that make few numbers of many. A sum over a whole array is a single item, the work of one thread. */
export const reductionLowerings: LoweringTable<'sumRows' | 'mean' | 'sumSquares' | 'argmax' | 'countEqual'> =
  {
    sumRows(operation) {
      const { x } = operation.inputs;
      const { y } = operation.outputs;
      const kernel = sumRowsKernel(x.size / y.size, y.size);
      return operationTask(operation, { kernel, items: y.size, addresses: [x, y], shared: [x] });
    },
    mean(operation) {
      const { x } = operation.inputs;
      const { y } = operation.outputs;
      return operationTask(operation, {
        kernel: meanKernel(x.size),
        items: 1,
        addresses: [x, y],
        shared: [x],
      });
    },
    sumSquares(operation) {
      const { x } = operation.inputs;
      const { y } = operation.outputs;
      const kernel = sumSquaresKernel(x.size, operation.constants.scale);
      return operationTask(operation, { kernel, items: 1, addresses: [x, y], shared: [x] });
    },
    argmax(operation) {
      const { x } = operation.inputs;
      const { y } = operation.outputs;
      const { items, itemSize } = rowsOf(x);
      return operationTask(operation, { kernel: argmaxKernel(itemSize), items, addresses: [x, y] });
    },
    countEqual(operation) {
      const { a, b } = operation.inputs;
      const { count } = operation.outputs;
      const kernel = countEqualKernel(a.size);
      return operationTask(operation, { kernel, items: 1, addresses: [a, b, count], shared: [a, b] });
    },
  };
