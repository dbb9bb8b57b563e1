import type { RandomStream } from '../tensor/random.ts';
import type { FloatArray } from '../tensor/tensor.ts';

/** Fills a kernel with initial weights; `fanIn` and `fanOut` count the connections of one output and input. */
export type Initializer = (values: FloatArray, fanIn: number, fanOut: number, random: RandomStream) => void;

/**
 * Uniform in ±√(6 / (fanIn + fanOut)): variance 2 / (fanIn + fanOut), a compromise that keeps the scale of
 * activations going forward and of gradients going back. Keras's default for dense and convolution layers.
 * Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks" (2010), eq. 16.
 */
export const glorotUniform: Initializer = (values, fanIn, fanOut, random) => {
  const limit = Math.sqrt(6 / (fanIn + fanOut));
  for (let i = 0; i < values.length; i++) values[i] = (2 * random.uniform(i) - 1) * limit;
};

/**
 * Normal with variance 2 / fanIn: ReLU sets half of its inputs to zero, and the 2 makes up for it.
 * He et al., "Delving deep into rectifiers" (2015), eq. 10.
 */
export const heNormal: Initializer = (values, fanIn, _fanOut, random) => {
  const deviation = Math.sqrt(2 / fanIn);
  for (let i = 0; i < values.length; i++) values[i] = random.normal(i) * deviation;
};
