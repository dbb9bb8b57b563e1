import { mean } from 'd3-array';
import { percent } from '../../src/cli/framework/percent.ts';
import { readResult } from '../measure/results.ts';
import type { AccuracyResult } from '../networks/accuracy.ts';
import { markdownTable } from './markdown.ts';

/** Published test accuracies of networks of the same kind, without augmentation. */
const published: Readonly<Record<string, { readonly accuracy: string; readonly source: string }>> = {
  quick: {
    accuracy: '98.4 %',
    source: 'a dense network of 800 units, cross-entropy: Simard, Steinkraus and Platt (2003)',
  },
  fast: {
    accuracy: '99.25 %',
    source: 'two convolutions and dropout, 12 epochs: the example `mnist_cnn` of Keras',
  },
};

/** The presets on MNIST, beside published figures for such networks. */
export function otherDataTable(): string {
  const rows = Object.entries(published).map(([preset, { accuracy, source }]) => {
    const { seeds } = readResult<AccuracyResult>(`accuracy-${preset}-on-mnist.json`);
    const values = seeds.map((seed) => seed.accuracy);
    const range = `${percent(Math.min(...values))} – ${percent(Math.max(...values))}`;
    return [preset, `${percent(mean(values)!)} (${range})`, accuracy, source];
  });
  return markdownTable(['preset', 'test accuracy on MNIST: mean (range)', 'published', 'of'], rows, 4);
}
