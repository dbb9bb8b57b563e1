import { mean, median } from 'd3-array';
import { percent } from '../../src/cli/framework/percent.ts';
import { readResult, readResults } from '../measure/results.ts';
import type { AccuracyResult } from '../networks/accuracy.ts';
import { markdownTable } from './markdown.ts';

const presets = ['mlp', 'quick', 'cnn', 'cnn-dropout', 'fast', 'best'];

/** The test accuracy of each preset, and of the same recipe in PyTorch where it was run. */
export function accuracyTable(): string {
  const results = readResults<AccuracyResult>(presets.map((preset) => `accuracy-${preset}.json`));
  const rows = results.flatMap(({ model, seeds, pytorch }) => [
    ...accuracyRows(model, seeds),
    ...(pytorch ? [accuracyRow(model, `PyTorch ${pytorch.version}, same recipe`, pytorch.results)] : []),
  ]);
  const head = ['preset', 'trained by', 'test accuracy: mean (range)', 'seeds', 'the whole run'];
  return markdownTable(head, rows, 4);
}

/** Where mirror images have a part in the test, a row with them and one without. */
function accuracyRows(model: string, seeds: AccuracyResult['seeds']): string[][] {
  if (seeds[0]!.withoutTta === undefined) return [accuracyRow(model, 'weft', seeds)];
  const without = seeds.map(({ seed, withoutTta }) => ({ seed, accuracy: withoutTta! }));
  return [
    accuracyRow(model, 'weft, tested with mirror images', seeds),
    accuracyRow(model, 'weft, the same without', without),
  ];
}

function accuracyRow(
  model: string,
  trainer: string,
  results: readonly { seed: number; accuracy: number; seconds?: number }[],
): string[] {
  const seconds = results.flatMap((result) => result.seconds ?? []);
  const values = results.map(({ accuracy }) => accuracy);
  const range = `${percent(Math.min(...values))} – ${percent(Math.max(...values))}`;
  return [
    model,
    trainer,
    `${percent(mean(values)!)} (${range})`,
    results.map(({ seed }) => seed).join(', '),
    seconds.length > 0 ? `${median(seconds)!.toPrecision(3)} s` : '–',
  ];
}

/** A line for below the table of training speeds: the accuracies that this training reaches. */
export function accuracyLine(models: readonly string[]): string {
  const results = readResults<AccuracyResult>(models.map((model) => `accuracy-${model}.json`));
  const parts = results.map(({ model, seeds, pytorch }) => {
    const by = (name: string, runs: readonly { accuracy: number }[]): string =>
      `${percent(mean(runs, ({ accuracy }) => accuracy)!)} by ${name} (${runs.length} seeds)`;
    return [`${model}: ${by('weft', seeds)}`, ...(pytorch ? [by('PyTorch', pytorch.results)] : [])].join(
      ', ',
    );
  });
  return `Test accuracy after 20 epochs: ${parts.join('; ')}.`;
}

/** The output of the first run of the accuracy benchmark, without most of its epochs. */
export function trainOutput(): string {
  const lines = readResult<AccuracyResult>('accuracy-mlp.json').output.trim().split('\n');
  const kept = lines.flatMap((line) => {
    const epoch = /^epoch +(\d+)\/20 /.exec(line)?.[1];
    if (epoch === undefined || [1, 2, 19, 20].includes(Number(epoch))) return [line];
    return epoch === '3' ? ['…'] : [];
  });
  return ['```text', ...kept, '```'].join('\n');
}
