import type { ConvolutionsResult } from '../kernels/convolutions.ts';
import { percentOfPeak } from '../kernels/kernel-run.ts';
import type { ProductsResult } from '../kernels/products.ts';
import { whole } from '../measure/format.ts';
import { markdownTable, measuredOn, withRange } from './markdown.ts';

/** The products of the networks, beside OpenBLAS on as many threads. */
export function productsTable(result: ProductsResult): string {
  const rows = result.rows.map(({ use, m, k, n, gflops, openblas }) => [
    use,
    m,
    k,
    n,
    gflops.median.toFixed(1),
    gflops.best.toFixed(1),
    percentOfPeak(gflops.median, result),
    openblas?.gflops.median.toFixed(1) ?? '–',
    openblas?.gflops.best.toFixed(1) ?? '–',
    openblas ? withRange(openblas.ratio.ratio, openblas.ratio.range) : '–',
  ]);
  const head = ['product', 'm', 'k', 'n', 'GFLOP/s', 'best', '% of peak', 'OpenBLAS', 'best', 'ratio'];
  const peak = `Peak of one thread, multiply-adds on registers alone: ${result.peakGflops?.toFixed(0)} GFLOP/s.`;
  return [markdownTable(head, rows, 1), `${measuredOn(result)} ${peak}`].join('\n\n');
}

export function convolutionsTable(result: ConvolutionsResult): string {
  const rows = result.rows.map(
    ({ layer, pass, height, width, channels, filters, directGflops, imagesPerSecond }) => [
      `${layer} ${pass}`,
      `${height}×${width}×${channels} → ${filters}`,
      whole(imagesPerSecond.median),
      directGflops.median.toFixed(1),
      `${directGflops.p10.toFixed(1)} – ${directGflops.p90.toFixed(1)}`,
      percentOfPeak(directGflops.median, result),
    ],
  );
  const head = ['convolution', 'images', 'images/s', 'direct GFLOP/s', 'p10 – p90', '% of peak'];
  return [markdownTable(head, rows, 2), measuredOn(result)].join('\n\n');
}
