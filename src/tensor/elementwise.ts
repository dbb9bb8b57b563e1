/**
 * The functions that work on each element by itself: activations. This table defines them; the reference computes with
 * it, and each engine has one line for each function, in its own code.
 */

export type ElementwiseName = 'relu' | 'leakyRelu' | 'elu' | 'sigmoid' | 'tanh' | 'silu' | 'gelu';

/** A row for each function: a missing one does not compile. */
export type ElementwiseTable<Row> = { readonly [Name in ElementwiseName]: Row };

export interface ElementwiseFunction {
  /** Which of the two the backward pass needs, x or y: y where it suffices, since a layer's output is there anyway. */
  readonly keeps: 'x' | 'y';
  /** y = f(x). */
  readonly forward: (x: number, parameter: number) => number;
  /** dx = dy · f′(x), where `kept` is x or y, as `keeps` says. */
  readonly backward: (kept: number, dy: number, parameter: number) => number;
}

/**
 * NaN stays NaN, so that a diverged run is noticed. The parameter is the slope s ≥ 0 of leakyRelu and the α ≥ 0 of elu;
 * all others leave it unused.
 */
export const elementwiseFunctions: ElementwiseTable<ElementwiseFunction> = {
  /** y = max(x, 0). The derivative at 0 is taken as 0. */
  relu: {
    keeps: 'y',
    forward: (x) => (x < 0 ? 0 : x),
    backward: (y, dy) => (y > 0 ? dy : 0),
  },
  /**
   * y = x where x > 0, else s·x. The derivative at 0 is taken as s. Maas, Hannun and Ng, "Rectifier nonlinearities
   * improve neural network acoustic models" (2013).
   */
  leakyRelu: {
    keeps: 'y',
    forward: (x, slope) => (x > 0 ? x : slope * x),
    backward: (y, dy, slope) => (y > 0 ? dy : slope * dy),
  },
  /**
   * y = x where x > 0, else α·(eˣ − 1), whose derivative α·eˣ is y + α. Clevert, Unterthiner and Hochreiter, "Fast and
   * accurate deep network learning by exponential linear units" (2016).
   */
  elu: {
    keeps: 'y',
    forward: (x, alpha) => (x > 0 ? x : alpha * Math.expm1(x)),
    backward: (y, dy, alpha) => (y > 0 ? dy : dy * (y + alpha)),
  },
  /** y = σ(x) = 1 / (1 + e⁻ˣ); σ′ = y·(1 − y). */
  sigmoid: {
    keeps: 'y',
    forward: sigmoid,
    backward: (y, dy) => dy * y * (1 - y),
  },
  /** y = tanh x; the derivative is 1 − y². */
  tanh: {
    keeps: 'y',
    forward: Math.tanh,
    backward: (y, dy) => dy * (1 - y * y),
  },
  /** y = x·σ(x); the derivative is s + x·s·(1 − s) with s = σ(x). Elfwing, Uchibe and Doya (2018); also "swish". */
  silu: {
    keeps: 'x',
    forward: (x) => x * sigmoid(x),
    backward: (x, dy) => dy * (sigmoid(x) + x * sigmoidDerivative(x)),
  },
  /**
   * The Gaussian error linear unit in its tanh form: y = x/2 · (1 + tanh u) = x·σ(2u) with
   * u = √(2/π)·(x + 0.044715·x³), close to x times the probability that a standard normal number is below x. With
   * s = σ(2u) the derivative is s + x·s·(1 − s)·2u′. Hendrycks and Gimpel, "Gaussian error linear units" (2016).
   */
  gelu: {
    keeps: 'x',
    forward: (x) => x * sigmoid(geluArgument(x)),
    backward: (x, dy) => {
      const slope = 2 * geluScale * (1 + 3 * geluCubic * x * x);
      return dy * (sigmoid(geluArgument(x)) + x * sigmoidDerivative(geluArgument(x)) * slope);
    },
  },
};

export const elementwiseNames: readonly ElementwiseName[] = Object.keys(
  elementwiseFunctions,
) as ElementwiseName[];

/** √(2/π) and the factor of x³ in the tanh form of GELU. */
export const geluScale: number = Math.sqrt(2 / Math.PI);
export const geluCubic = 0.044715;

/** 2u of the tanh form of GELU. */
function geluArgument(x: number): number {
  return 2 * geluScale * (x + geluCubic * x ** 3);
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

function sigmoidDerivative(x: number): number {
  const s = sigmoid(x);
  return s * (1 - s);
}
