import { checkShape, formatShape, ShapeError, sizeOf } from '../tensor/shape.ts';
import { type FloatType, Storage, Tensor } from '../tensor/tensor.ts';
import type { MakeTensor } from './layer.ts';

/** Makes the tensors of a network, with their values. */
export function tensorsOf(dtype: FloatType): MakeTensor {
  return (shape, name, fill = () => {}) => {
    const tensor = Tensor.zeros(dtype, shape, name);
    fill(tensor.values);
    return tensor;
  };
}

/** What the engines address. */
const maximumBytes = 2 ** 31;

/** Makes tensors without values, and adds up their memory. @throws ShapeError at the tensor that is too much */
export function countingTensors(dtype: FloatType): MakeTensor {
  let bytes = 0;
  return (shape, name) => {
    checkShape(shape, `tensor ${name}`);
    const storage = new Storage(dtype, sizeOf(shape), null);
    bytes += storage.bytes;
    if (bytes > maximumBytes) {
      throw new ShapeError(
        `with ${name} ${formatShape(shape)}, the weights of the network and their gradients take ` +
          `${(bytes / 2 ** 30).toPrecision(3)} GiB; the engines address 2 GiB: use smaller layers`,
      );
    }
    return new Tensor(shape, storage, name);
  };
}
