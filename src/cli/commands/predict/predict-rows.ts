import { readRows, type TableRows } from '../../../data/table/table-dataset.ts';
import type { Engine } from '../../../engine/engine.ts';
import { numberText, shortNumber } from '../../../report/format.ts';
import type { TableConfiguration } from '../../../run/config.ts';
import { checkPredictions } from '../../../run/evaluate-run.ts';
import type { SavedRun } from '../../../run/saved-run.ts';
import type { Predictions } from '../../../train/evaluator.ts';
import { meanAbsoluteError, r2Score } from '../../../train/number-metrics.ts';
import { predict } from '../../../train/predict.ts';
import { Output } from '../../framework/output.ts';
import { percent } from '../../framework/percent.ts';
import { UsageError } from '../../framework/usage-error.ts';
import { checkMirrored } from '../../options/tta-option.ts';
import { engineFor } from './engine-for.ts';
import type { PredictArguments } from './predict-arguments.ts';

/** A row, what is predicted for it, and what it is, if the table has the target. */
interface RowPrediction {
  readonly text: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** `weft predict` for a run on a table: the class or the number of each row of other tables. */
export async function predictRows(
  args: PredictArguments,
  run: SavedRun,
  configuration: TableConfiguration,
): Promise<void> {
  checkArguments(args, configuration);
  const output = new Output(args);
  if (args.tta) checkMirrored(run, output);
  const { table: format, classNames } = configuration;
  const tables = args.files.map((path) => ({ path, rows: readRows(path, format, classNames) }));
  const engine = await engineFor(args, output);
  output.text(`run     ${args.run}: ${configuration.model}, predicts ${format.target}`);
  output.text(`engine  ${engine.name}: ${engine.description} (${engine.reason})`);
  output.text('');
  try {
    for (const { path, rows } of tables) {
      for (const remark of rows.remarks) output.note(`${path}: ${remark}`);
      const place = tables.length === 1 ? 'line' : `${path}: line`;
      const predictions = await predictTable(run, rows, engine);
      for (const [row, line] of rows.lines.entries()) {
        const { text, fields } = describeRow(predictions, rows, row, classNames);
        output.result(`${place} ${line}: ${text}`);
        output.event('prediction', { file: path, line, ...fields });
      }
      printScore(predictions, rows, tables.length === 1 ? '' : `${path}: `, output);
    }
  } finally {
    await engine.close();
  }
}

function checkArguments(
  { run, files, test, data, steps, invert }: PredictArguments,
  { table: { columns } }: TableConfiguration,
): void {
  const wrong = Object.entries({ test, data, steps }).find(([, value]) => value !== undefined)?.[0];
  if (wrong !== undefined || invert !== 'auto') {
    throw new UsageError(`--${wrong ?? 'invert'} is for images, and ${run} was trained on a table`);
  }
  if (files.length === 0) {
    const names = columns.map(({ name }) => name).join(', ');
    throw new UsageError(`expected a table behind the run, FILE.csv with the columns ${names}`);
  }
}

async function predictTable(
  { model, path }: SavedRun,
  { x }: TableRows,
  engine: Engine,
): Promise<Predictions> {
  const predictions = await predict(model, x, { engine });
  checkPredictions(predictions, path);
  return predictions;
}

function describeRow(
  { predicted, probabilities }: Predictions,
  { y }: TableRows,
  row: number,
  classNames: readonly string[],
): RowPrediction {
  const prediction = predicted[row]!;
  const actual = y?.values[row];
  if (classNames.length === 0) {
    const known = actual === undefined ? '' : `, is ${numberText(actual)}`;
    return {
      text: `${numberText(prediction)}${known}`,
      fields: { prediction, ...(actual === undefined ? {} : { target: actual }) },
    };
  }
  const name = classNames[prediction]!;
  const label = actual === undefined ? undefined : classNames[actual]!;
  const verdict = label === undefined ? '' : label === name ? ', right' : `, wrong: it is ${label}`;
  const shares = classNames.map(
    (className, i) => [className, probabilities[row * classNames.length + i]!] as const,
  );
  const probability = shares[prediction]![1];
  return {
    text: `${name} ${percent(probability)}${verdict}`,
    fields: {
      ...(label === undefined ? {} : { label }),
      prediction: name,
      probability,
      probabilities: Object.fromEntries(shares),
    },
  };
}

/** How good the predictions are, if the table says what is right. */
function printScore(
  { predicted }: Predictions,
  { y, lines }: TableRows,
  place: string,
  output: Output,
): void {
  if (y === null) return;
  const { values } = y;
  if (y.dtype === 'float32') {
    const error = meanAbsoluteError(predicted, values);
    const r2 = r2Score(predicted, values, 1);
    output.result(
      `${place}mean absolute error ${shortNumber(error)}${Number.isNaN(r2) ? '' : `, R² ${r2.toFixed(3)}`}`,
    );
    output.event('end', { rows: lines.length, meanAbsoluteError: error, r2 });
    return;
  }
  const right = lines.filter((_, row) => predicted[row] === values[row]).length;
  output.result(`${place}${right} of ${lines.length} right`);
  output.event('end', { right, of: lines.length });
}
