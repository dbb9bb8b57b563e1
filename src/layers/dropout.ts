import { streamKey } from '../tensor/random.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { kept, type LayerSpec } from './layer.ts';

/**
 * Inverted dropout: in training each element is set to 0 with probability `rate` and otherwise divided by
 * 1 − rate; in inference nothing happens. y = x · mask, so dx = dy · mask.
 */
export function dropout(rate: number): LayerSpec {
  if (!(rate >= 0 && rate < 1)) throw new RangeError(`dropout: rate must be in [0, 1), got ${rate}`);
  return {
    type: 'dropout',
    build({ name, inputShape, seed }) {
      const constants = { rate, seed, stream: streamKey(name) };
      let mask: Tensor | undefined;
      return {
        name,
        outputShape: inputShape,
        parameters: [],
        forward(ops, x, mode) {
          if (!mode.training || rate === 0) {
            mask = undefined;
            return x;
          }
          mask = ops.dropoutMask(x.dtype, x.shape, mode.step, constants);
          return ops.multiply(x, mask);
        },
        backward: (ops, dy) => (rate === 0 ? dy : ops.multiply(dy, kept(mask, name))),
      };
    },
  };
}
