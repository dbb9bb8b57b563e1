import type { RandomStream } from '../tensor/random.ts';
import type { FloatArray } from '../tensor/tensor.ts';

/**
 * Fills a kernel with initial weights. `fanIn` is the number of inputs of one output, `fanOut` the number of outputs that one
 * input reaches. docs/initialization.md derives the variances below.
 */
export type Initializer = (values: FloatArray, fanIn: number, fanOut: number, random: RandomStream) => void;

/**
 * Uniform in ±√(6 / (fanIn + fanOut)): variance 2 / (fanIn + fanOut), a compromise between the scale of
 * activations (forward) and of gradients (backward). The default for dense and convolution layers, as in Keras.
 * Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks" (2010), eq. 16.
 */
export const glorotUniform: Initializer = (values, fanIn, fanOut, random) => {
  const limit = Math.sqrt(6 / (fanIn + fanOut));
  for (let i = 0; i < values.length; i++) values[i] = (2 * random.uniform(i) - 1) * limit;
};

/**
 * Normal with variance 2 / fanIn. ReLU sets half of its inputs to zero; the factor 2 compensates for that.
 * He et al., "Delving deep into rectifiers" (2015), eq. 10.
 */
export const heNormal: Initializer = (values, fanIn, _fanOut, random) => {
  const deviation = Math.sqrt(2 / fanIn);
  for (let i = 0; i < values.length; i++) values[i] = random.normal(i) * deviation;
};
