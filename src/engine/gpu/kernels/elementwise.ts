import type { Operation } from '../../../tensor/operation.ts';
import type { Launch } from './kernel.ts';
import { launch } from './launch.ts';
import { divide } from './indices.ts';

/** y[i, j] = x[i, j] + bias[j]. */
export function addBias({ inputs: { x, bias }, outputs: { y } }: Operation<'addBias'>): Launch[] {
  const source = `function (x, bias) {
  ${divide('row', 'column', 'this.thread.x', 'this.constants.columns')}
    return x[this.thread.x] + bias[column];
  }`;
  return [launch('addBias', source, { columns: bias.size }, [x.storage, bias.storage], y.storage)];
}

/** y = a · b. */
export function multiply({ inputs: { a, b }, outputs: { y } }: Operation<'multiply'>): Launch[] {
  const source = 'function (a, b) { return a[this.thread.x] * b[this.thread.x]; }';
  return [launch('multiply', source, {}, [a.storage, b.storage], y.storage)];
}

/** y = a + b. */
export function add({ inputs: { a, b }, outputs: { y } }: Operation<'add'>): Launch[] {
  const source = 'function (a, b) { return a[this.thread.x] + b[this.thread.x]; }';
  return [launch('add', source, {}, [a.storage, b.storage], y.storage)];
}

/** target ← target + scale · x. */
export function addScaled({ inputs, outputs, constants }: Operation<'addScaled'>): Launch[] {
  const source =
    'function (target, x) { return target[this.thread.x] + this.constants.scale * x[this.thread.x]; }';
  const storages = [inputs.target.storage, inputs.x.storage];
  return [launch('addScaled', source, { scale: constants.scale }, storages, outputs.target.storage)];
}

/** target ← target · min(1, limit / √squares). */
export function clipByNorm({ inputs, outputs, constants }: Operation<'clipByNorm'>): Launch[] {
  const source = `function (target, squares) {
    const norm = Math.sqrt(squares[0]);
    const factor = norm > this.constants.limit ? this.constants.limit / norm : 1;
    return target[this.thread.x] * factor;
  }`;
  const storages = [inputs.target.storage, inputs.squares.storage];
  return [launch('clipByNorm', source, { limit: constants.limit }, storages, outputs.target.storage)];
}

/** y[i, …] = weights[labels[i]] · x[i, …]. */
export function weightByClass({ inputs, outputs: { y } }: Operation<'weightByClass'>): Launch[] {
  const { x, labels, weights } = inputs;
  const source = `function (x, labels, weights) {
    ${divide('row', 'column', 'this.thread.x', 'this.constants.columns')}
    return weights[labels[row]] * x[this.thread.x];
  }`;
  const storages = [x.storage, labels.storage, weights.storage];
  return [launch('weightByClass', source, { columns: y.size / labels.size }, storages, y.storage)];
}
