/** The kernels of the elementwise functions, as text that gpu.js translates. */
import { type ElementwiseTable, geluCubic, geluScale } from '../../../tensor/elementwise.ts';
import { entryOf, type Operation } from '../../../tensor/operation.ts';
import type { Launch } from './kernel.ts';
import { launch } from './launch.ts';

interface FunctionSource {
  /** Statements that return f(x); `parameter` is the function's. */
  readonly forward: string;
  /** Statements that return dy · f′(x); `kept` is x or y, as the table of functions says. */
  readonly backward: string;
}

/**
 * σ(x) = 1 / (1 + e⁻ˣ) = eˣ / (1 + eˣ). With e = exp(−|x|) ≤ 1, the first form is for x ≥ 0 and the second for x < 0.
 * So nothing overflows. (tanh is no alternative: on some GPUs it is NaN for large x.)
 */
export const sigmoid = (argument: string): string => `
    const e = Math.exp(-Math.abs(${argument}));
    let s = e / (1 + e);
    if (${argument} > 0) s = 1 / (1 + e);`;

/** c is x, limited to ±12: beyond that, σ(2u) of GELU is 0 or 1 in float32, and x³ might overflow. u2 is 2u. */
const geluArgument = (x: string): string => `
    const c = Math.max(-12, Math.min(12, ${x}));
    const u2 = ${2 * geluScale} * c * (1 + ${geluCubic} * c * c);`;

const functions: ElementwiseTable<FunctionSource> = {
  relu: {
    forward: 'return x < 0 ? 0 : x;',
    backward: 'return kept > 0 ? dy : 0;',
  },
  leakyRelu: {
    forward: 'return x > 0 ? x : parameter * x;',
    backward: 'return kept > 0 ? dy : parameter * dy;',
  },
  elu: {
    // some devices compute both branches
    forward: 'return x > 0 ? x : parameter * (Math.exp(Math.min(x, 0)) - 1);',
    backward: 'return kept > 0 ? dy : dy * (kept + parameter);',
  },
  sigmoid: {
    forward: `${sigmoid('x')} return s;`,
    backward: 'return dy * kept * (1 - kept);',
  },
  tanh: {
    forward: `
    const e = Math.exp(-2 * Math.abs(x));
    const size = (1 - e) / (1 + e);
    return x < 0 ? -size : size;`,
    backward: 'return dy * (1 - kept * kept);',
  },
  silu: {
    forward: `${sigmoid('x')} return x * s;`,
    backward: `${sigmoid('kept')} return dy * (s + kept * s * (1 - s));`,
  },
  gelu: {
    forward: `${geluArgument('x')}${sigmoid('u2')} return x * s;`,
    backward: `${geluArgument('kept')}${sigmoid('u2')}
    return dy * (s + c * s * (1 - s) * ${2 * geluScale} * (1 + ${3 * geluCubic} * c * c));`,
  },
};

/** y = f(x), element by element. */
export function elementwise({ inputs, outputs, constants }: Operation<'elementwise'>): Launch[] {
  const { function: name, parameter } = constants;
  const source = `function (x_values) {
    const x = x_values[this.thread.x];
    ${withParameter(entryOf(functions, name, 'gpu').forward)}
  }`;
  return [launch(name, source, { parameter }, [inputs.x.storage], outputs.y.storage)];
}

/** dx = dy · f′(x), element by element. */
export function elementwiseBackward(operation: Operation<'elementwiseBackward'>): Launch[] {
  const { function: name, parameter } = operation.constants;
  const { kept, dy } = operation.inputs;
  const source = `function (kept_values, dy_values) {
    const kept = kept_values[this.thread.x];
    const dy = dy_values[this.thread.x];
    ${withParameter(entryOf(functions, name, 'gpu').backward)}
  }`;
  const storages = [kept.storage, dy.storage];
  return [launch(`${name}Backward`, source, { parameter }, storages, operation.outputs.dx.storage)];
}

/** gpu.js passes numbers to a kernel as `this.constants`. */
export function withParameter(statements: string): string {
  return statements.replaceAll('parameter', 'this.constants.parameter');
}
