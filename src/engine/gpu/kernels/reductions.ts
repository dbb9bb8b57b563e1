import type { Operation } from '../../../tensor/operation.ts';
import { Storage } from '../../../tensor/tensor.ts';
import type { Launch } from './kernel.ts';
import { launch } from './launch.ts';
import { divide } from './indices.ts';

/** The most rows that one thread adds up. More rows are summed in parts, which keeps many threads busy. */
const rowsOfPart = 256;

interface Sum {
  readonly what: string;
  /** The term of one element, which is at `at` in each input. */
  readonly term: string;
  /** Names and storages of the same size, [rows, columns]. */
  readonly inputs: Readonly<Record<string, Storage>>;
  readonly rows: number;
  /** [columns]. */
  readonly output: Storage;
  /** A factor of the whole sum. */
  readonly scale?: number;
}

/** output[j] = scale · Σᵢ term of (i, j). */
export function sum({ what, term, inputs, rows, output, scale = 1 }: Sum): Launch[] {
  const parts = Math.ceil(rows / rowsOfPart);
  const columns = output.length;
  const source = `function (${Object.keys(inputs).join(', ')}) {
    ${divide('row', 'column', 'this.thread.x', 'this.constants.columns')}
    let total = 0;
    for (let i = 0; i < this.constants.rowsOfPart; i++) {
      const from = row * this.constants.rowsOfPart + i;
      if (from < this.constants.rows) {
        const at = from * this.constants.columns + column;
        total += ${term};
      }
    }
    return total * this.constants.scale;
  }`;
  const constants = { rows, columns, rowsOfPart: Math.min(rows, rowsOfPart) };
  if (parts === 1) return [launch(what, source, { ...constants, scale }, Object.values(inputs), output)];
  const partial = new Storage('float32', parts * columns, null);
  return [
    launch(`parts of ${what}`, source, { ...constants, scale: 1 }, Object.values(inputs), partial),
    ...sum({ what: 'sum of parts', term: 'x[at]', inputs: { x: partial }, rows: parts, output, scale }),
  ];
}

/** y[j] = Σᵢ x[i, j]. */
export function sumRows({ inputs: { x }, outputs: { y } }: Operation<'sumRows'>): Launch[] {
  return sum({
    what: 'sumRows',
    term: 'x[at]',
    inputs: { x: x.storage },
    rows: x.size / y.size,
    output: y.storage,
  });
}

/** y = (Σ x) / count. */
export function mean({ inputs: { x }, outputs: { y } }: Operation<'mean'>): Launch[] {
  return sum({
    what: 'mean',
    term: 'x[at]',
    inputs: { x: x.storage },
    rows: x.size,
    output: y.storage,
    scale: 1 / x.size,
  });
}

/** y = scale · Σ x². */
export function sumSquares({ inputs: { x }, outputs: { y }, constants }: Operation<'sumSquares'>): Launch[] {
  const { scale } = constants;
  return sum({
    what: 'sumSquares',
    term: 'x[at] * x[at]',
    inputs: { x: x.storage },
    rows: x.size,
    output: y.storage,
    scale,
  });
}

/** count = the number of i with a[i] = b[i]. */
export function countEqual({ inputs, outputs }: Operation<'countEqual'>): Launch[] {
  const { a, b } = inputs;
  const term = '(a[at] === b[at] ? 1 : 0)';
  return sum({
    what: 'countEqual',
    term,
    inputs: { a: a.storage, b: b.storage },
    rows: a.size,
    output: outputs.count.storage,
  });
}

/** y[i] = the j with the largest x[i, j]; of equal elements the first. */
export function argmax({ inputs: { x }, outputs: { y } }: Operation<'argmax'>): Launch[] {
  const source = `function (x) {
    const start = this.thread.x * this.constants.columns;
    let best = 0;
    let largest = x[start];
    for (let j = 1; j < this.constants.columns; j++) {
      if (x[start + j] > largest) {
        largest = x[start + j];
        best = j;
      }
    }
    return best;
  }`;
  return [launch('argmax', source, { columns: x.size / y.size }, [x.storage], y.storage)];
}
