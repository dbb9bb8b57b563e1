import { statSync } from 'node:fs';
import type { Pixels } from '../../../data/pictures/pixels.ts';
import { scaleImage } from '../../../data/pictures/scale-image.ts';
import type { Engine } from '../../../engine/engine.ts';
import { coloursOf, halfBlocks } from '../../../report/terminal/half-blocks.ts';
import { isTableConfiguration } from '../../../run/config.ts';
import { checkPredictions } from '../../../run/evaluate-run.ts';
import { readRun, type SavedRun } from '../../../run/saved-run.ts';
import { predict as predictImages } from '../../../train/predict.ts';
import { Output } from '../../framework/output.ts';
import { refuseInputs } from '../../framework/output-file.ts';
import { percent } from '../../framework/percent.ts';
import { UsageError } from '../../framework/usage-error.ts';
import { checkMirrored } from '../../options/tta-option.ts';
import { engineFor } from './engine-for.ts';
import { type Classification, describeClassification, lineOf } from './classification.ts';
import { findMirrorDoubts } from './mirror-doubts.ts';
import type { PredictArguments } from './predict-arguments.ts';
import { pictureSources } from './picture-sources.ts';
import { StepsFile } from './steps-file.ts';
import { batchOf, readPictures, type Subject, testImages } from './subjects.ts';

/** `weft predict`: classifies pictures, or test images, or predicts the rows of a table, with the network of a run. */
export async function predict(args: PredictArguments): Promise<void> {
  if (statSync(args.run, { throwIfNoEntry: false })?.isFile()) {
    throw new UsageError(`${args.run} is a file; the first argument is the folder of a run`);
  }
  if (args.files.length === 0 && args.test === undefined) {
    throw new UsageError(
      'expected files behind the run: pictures (PNG, JPEG, folders of them, or - for standard input) or a table (FILE.csv); ' +
        'or --test with positions of test images',
    );
  }
  const run = readRun(args.run);
  const { configuration } = run;
  if (!isTableConfiguration(configuration)) return predictPictures(args, run);
  const { predictRows } = await import('./predict-rows.ts');
  return predictRows(args, run, configuration);
}

async function predictPictures(args: PredictArguments, run: SavedRun): Promise<void> {
  checkArguments(args);
  const output = new Output(args);
  if (args.tta) checkMirrored(run, output);
  const sources = pictureSources(args.files);
  const steps = new StepsFile(args.steps);
  const { invert } = args;
  const subjects =
    args.test === undefined
      ? readPictures(sources, run, { invert, silent: args.quiet || args.json, output, steps })
      : testImages(args.test, run, { folder: args.data, silent: args.quiet || args.json });
  if (subjects.length === 0) return;

  const engine = await engineFor(args, output);
  output.text(`run     ${args.run}: ${run.configuration.model}`);
  output.text(`engine  ${engine.name}: ${engine.description} (${engine.reason})`);
  output.text('');
  let classifications: Classification[];
  let mirrorDoubts: string[][];
  try {
    classifications = await classify(subjects, run, engine, args.tta);
    mirrorDoubts = await findMirrorDoubts(classifications, { subjects, run, engine });
  } finally {
    await engine.close();
  }
  for (const [index, classification] of classifications.entries()) {
    const subject = subjects[index]!;
    const doubts = [...doubtsOf(subject, classification), ...mirrorDoubts[index]!];
    if (args.quiet) output.result(lineOf(classification));
    else output.picture(describeClassification(classification, args.top));
    output.event('prediction', fieldsOf(subject, classification, doubts));
    // the line of --json has the doubts already
    if (!args.json) for (const doubt of doubts) output.note(`${subject.name}: ${doubt}`);
  }
  if (args.test !== undefined) printScore(classifications, output);
  await steps.write(subjects.length, output);
}

function checkArguments({ files, test, data, steps }: PredictArguments): void {
  if (test !== undefined && files.length > 0) {
    throw new UsageError('--test is about test images; leave it out to classify pictures');
  }
  if (test === undefined && data !== undefined) throw new UsageError('--data goes with --test');
  if (test !== undefined && steps !== undefined) {
    throw new UsageError('--steps goes with pictures: test images are taken as they are');
  }
  if (steps !== undefined && !/\.png$/i.test(steps)) {
    throw new UsageError(`--steps: expected a file name that ends in .png, got "${steps}"`);
  }
  if (steps !== undefined) refuseInputs('--steps', steps, files);
}

async function classify(
  subjects: readonly Subject[],
  { path, model, configuration: { classNames, inputShape } }: SavedRun,
  engine: Engine,
  tta: boolean,
): Promise<Classification[]> {
  const images = batchOf(
    subjects.map(({ pixels }) => pixels),
    inputShape,
  );
  const predictions = await predictImages(model, images, { engine, tta });
  checkPredictions(predictions, path);
  const [height, width, channels] = inputShape as [number, number, number];
  const colours = coloursOf(process.stdout);
  return subjects.map(({ name, done, test, pixels }, index) => ({
    name,
    done,
    guesses: classNames
      .map((className, i) => ({
        className,
        probability: predictions.probabilities[index * classNames.length + i]!,
      }))
      .toSorted((a, b) => b.probability - a.probability),
    imageLines: halfBlocks(forTerminal({ width, height, channels, data: pixels }), colours),
    ...(test === undefined ? {} : { label: test.label }),
  }));
}

/** The widest image, in columns, that leaves room for the classes beside it. */
const terminalColumns = 48;

function forTerminal(image: Pixels): Pixels {
  const { width, height } = image;
  if (width <= terminalColumns) return image;
  const rows = Math.max(1, Math.round((height * terminalColumns) / width));
  return scaleImage(image, { width: terminalColumns, height: rows });
}

/** By its own probabilities, a prediction below this is more likely wrong than right. */
const sureFrom = 0.5;

function doubtsOf({ doubts, test }: Subject, { guesses: [best] }: Classification): string[] {
  const isUnsure = test === undefined && !(best!.probability >= sureFrom);
  return [
    ...doubts,
    ...(isUnsure ? [`unsure: the likeliest class has only ${percent(best!.probability)}`] : []),
  ];
}

/** The fields of a line of `--json`. */
function fieldsOf(
  { name, done, test }: Subject,
  { guesses }: Classification,
  doubts: readonly string[],
): Readonly<Record<string, unknown>> {
  const { className, probability } = guesses[0]!;
  return {
    ...(test === undefined
      ? { file: name }
      : { test: test.position, label: test.label, ...(test.file === undefined ? {} : { file: test.file }) }),
    prediction: className,
    probability,
    probabilities: Object.fromEntries(guesses.map((guess) => [guess.className, guess.probability])),
    ...(test === undefined ? { done, doubts } : {}),
  };
}

function printScore(classifications: readonly Classification[], output: Output): void {
  const right = classifications.filter(({ label, guesses: [best] }) => label === best!.className).length;
  output.result(`${right} of ${classifications.length} right`);
  output.event('end', { right, of: classifications.length });
}
