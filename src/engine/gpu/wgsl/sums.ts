/** The operations that are sums over rows; reference/ has their formulas. Each says which arrays its steps take. */
import { float } from './number.ts';
import { type SumSteps, sumRowsOf } from './sum-kernel.ts';

interface Rows {
  readonly rows: number;
  readonly columns: number;
}

/** y[j] = Σᵢ x[i, j]. Arrays: x, y. */
export function sumRows({ rows, columns }: Rows): SumSteps {
  return sumRowsOf({ what: 'sumRows', rows, columns, arrays: ['x'], sums: [{ name: 'y', term: 'x[at]' }] });
}

/** y = (Σ x) / length. Arrays: x [length], y [1]. */
export function mean({ length }: { readonly length: number }): SumSteps {
  return sumRowsOf({
    what: 'mean',
    rows: length,
    columns: 1,
    arrays: ['x'],
    sums: [{ name: 'y', term: 'x[at]', result: `sum / ${float(length)}` }],
  });
}

/** y = scale · Σ x². Arrays: x [length], y [1]. */
export function sumSquares({ length, scale }: { readonly length: number; readonly scale: number }): SumSteps {
  return sumRowsOf({
    what: `sumSquares by ${float(scale)}`,
    rows: length,
    columns: 1,
    arrays: ['x'],
    sums: [{ name: 'y', term: 'x[at] * x[at]', result: `${float(scale)} * sum` }],
  });
}

/** count = the number of i with a[i] = b[i]. Arrays: a, b, both [length], count [1]. */
export function countEqual({ length }: { readonly length: number }): SumSteps {
  return sumRowsOf({
    what: 'countEqual',
    rows: length,
    columns: 1,
    arrays: ['a', 'b'],
    sums: [{ name: 'count', term: 'select(Element(0), Element(1), a[at] == b[at])' }],
  });
}

/**
 * mean[c] = (Σᵢ x[i, c]) / rows and then variance[c] = (Σᵢ (x[i, c] − mean[c])²) / rows. (The mean of the squares minus
 * the square of the mean would lose all digits where the mean is large.)
 *
 * The steps of `variance` come after those of `mean`. Arrays: x, mean, variance.
 */
export function batchMoments({ rows, columns }: Rows): {
  readonly mean: SumSteps;
  readonly variance: SumSteps;
} {
  const share = `sum / ${float(rows)}`;
  return {
    mean: sumRowsOf({
      what: 'batchMoments mean',
      rows,
      columns,
      arrays: ['x'],
      sums: [{ name: 'mean', term: 'x[at]', result: share }],
    }),
    variance: sumRowsOf({
      what: 'batchMoments variance',
      rows,
      columns,
      arrays: ['x', 'mean'],
      sums: [{ name: 'variance', term: '(x[at] - mean[column]) * (x[at] - mean[column])', result: share }],
    }),
  };
}

/**
 * dBeta[c] = Σᵢ dy[i, c] and dGamma[c] = Σᵢ dy[i, c] · (x[i, c] − mean[c]) / √(variance[c] + ε), in one pass.
 *
 * Arrays: x, dy, mean, variance, dBeta, dGamma.
 */
export function batchNormBackwardParameters({
  rows,
  columns,
  epsilon,
}: Rows & { readonly epsilon: number }): SumSteps {
  return sumRowsOf({
    what: `batchNormBackwardParameters ε ${float(epsilon)}`,
    rows,
    columns,
    arrays: ['x', 'dy', 'mean', 'variance'],
    sums: [
      { name: 'dBeta', term: 'dy[at]' },
      {
        name: 'dGamma',
        term: '(x[at] - mean[column]) * dy[at]',
        result: `sum / sqrt(variance[column] + ${float(epsilon)})`,
      },
    ],
  });
}
