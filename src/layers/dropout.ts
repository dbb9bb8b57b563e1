import { streamKey } from '../tensor/random.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { defineLayer, type LayerType } from './define-layer.ts';
import { kept, type LayerSpec } from './layer.ts';
import { required, share } from './options.ts';

/**
 * Inverted dropout, for any shape: in training each element becomes 0 with probability `rate` and is otherwise divided
 * by 1 − rate, so that its expected value stays; in inference y = x. Srivastava et al., "Dropout: a simple way to
 * prevent neural networks from overfitting" (2014). docs/dropout.md derives mean and variance.
 *
 *     y = x · mask      dx = dy · mask
 *
 * @param rate in [0, 1)
 */
export function dropout(rate: number): LayerSpec {
  return dropoutLayer.spec({ rate });
}

export const dropoutLayer: LayerType<{ readonly rate: number }> = defineLayer({
  type: 'dropout',
  options: { rate: required(share) },
  build({ rate }, { name, inputShape, seed }) {
    const constants = { rate, seed, stream: streamKey(name) };
    /** Null after an inference, in which nothing is dropped. */
    let mask: Tensor | null | undefined;
    return {
      name,
      outputShape: inputShape,
      parameters: [],
      forward(ops, x, mode) {
        if (!mode.training || rate === 0) {
          mask = null;
          return x;
        }
        mask = ops.dropoutMask(x.dtype, x.shape, mode.step, constants);
        return ops.multiply(x, mask);
      },
      backward(ops, dy) {
        const factors = kept(mask, name);
        return factors === null ? dy : ops.multiply(dy, factors);
      },
    };
  },
});
