import type { FullEvaluation } from '../../../train/full-evaluation.ts';
import { percent } from '../../format.ts';
import { htmlTable, paragraph, section } from '../../html/parts.ts';

/** The mistakes of which the network was most certain, by their lines in the table. */
export function rowMistakesSection({ classes, mistakes }: FullEvaluation): string {
  const table = htmlTable({
    caption: 'The mistakes of which the network was most certain',
    head: ['line', 'true class', 'predicted', 'probability'],
    rows: mistakes.map(({ index, line, actual, predicted, probability }) => [
      String(line ?? index),
      classes[actual]!.name,
      classes[predicted]!.name,
      percent(probability),
    ]),
    textColumns: 3,
  });
  return section('Wrong predictions', mistakes.length === 0 ? paragraph('None.') : table);
}
