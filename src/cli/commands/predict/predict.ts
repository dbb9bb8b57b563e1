import { statSync } from 'node:fs';
import { decodeImage } from '../../../data/pictures/image-file.ts';
import type { Inversion } from '../../../data/pictures/prepared-image.ts';
import { prepareImage } from '../../../data/pictures/prepare-image.ts';
import type { Pixels } from '../../../data/pictures/pixels.ts';
import { scaleImage } from '../../../data/pictures/scale-image.ts';
import { coloursOf, halfBlocks } from '../../../report/half-blocks.ts';
import type { Engine } from '../../../engine/engine.ts';
import type { EngineName } from '../../../engine/create-engine.ts';
import { formatShape, sizeOf } from '../../../tensor/shape.ts';
import { Tensor } from '../../../tensor/tensor.ts';
import { predict as predictImages } from '../../../train/predict.ts';
import { readRun, readRunDataset, type SavedRun } from '../../../run/saved-run.ts';
import { countProgress } from '../../framework/count-progress.ts';
import { startEngine } from '../../options/engine-options.ts';
import { Output } from '../../framework/output.ts';
import { type PictureSource, pictureSources } from './picture-sources.ts';
import { describePrediction, lineOf, type PicturePrediction } from './prediction-text.ts';
import { percent } from '../../framework/progress.ts';
import { StepsFile } from './steps-file.ts';
import { UsageError } from '../../framework/usage-error.ts';

interface PredictArguments {
  readonly run: string;
  readonly pictures: readonly string[];
  readonly test: readonly number[] | undefined;
  readonly data: string | undefined;
  readonly top: number;
  readonly invert: Inversion;
  readonly steps: string | undefined;
  readonly engine: EngineName;
  readonly quiet: boolean;
  readonly json: boolean;
}

/** What is to be classified. */
interface Subject {
  readonly name: string;
  /** [height, width, channels] of the network. */
  readonly pixels: Uint8Array;
  readonly done: readonly string[];
  readonly doubts: readonly string[];
  /** Of a test image. */
  readonly test?: { readonly position: number; readonly label: string };
}

/** `weft predict`: what a run's network makes of pictures, or of test images. */
export async function predict(args: PredictArguments): Promise<void> {
  checkArguments(args);
  const output = new Output(args);
  const sources = pictureSources(args.pictures);
  const run = readRun(args.run);
  const steps = new StepsFile(args.steps);
  const subjects =
    args.test === undefined
      ? readPictures(sources, run, args, output, steps)
      : testImages(args.test, run, args.data);
  if (subjects.length === 0) return;

  // to start threads takes longer than they would save
  const { engine, reason } = await startEngine(
    { engine: args.engine, threads: 1, revectorize: true },
    output,
  );
  output.text(`run     ${args.run}: ${run.configuration.model}`);
  output.text(`engine  ${engine.name}: ${engine.description} (${reason})\n`);
  const predictions = await classify(subjects, run, engine).finally(() => engine.close());
  for (const [index, prediction] of predictions.entries()) {
    const subject = subjects[index]!;
    const doubts = doubtsOf(subject, prediction);
    if (args.quiet) output.result(lineOf(prediction));
    else output.text(describePrediction(prediction, args.top));
    output.event('prediction', fieldsOf(subject, prediction, doubts));
    // a program finds them in its object
    if (!args.json) for (const doubt of doubts) output.note(`${subject.name}: ${doubt}`);
  }
  if (args.test !== undefined) summarize(predictions, output);
  steps.write(subjects.length, output);
}

function checkArguments({ run, pictures, test, data, steps }: PredictArguments): void {
  if (statSync(run, { throwIfNoEntry: false })?.isFile()) {
    throw new UsageError(`${run} is a file; the first argument is the folder of a run`);
  }
  if (pictures.length === 0 && test === undefined) {
    throw new UsageError(
      'expected pictures behind the run: PNG or JPEG files, folders, or - for standard input; ' +
        'or --test with positions of test images',
    );
  }
  if (test !== undefined && pictures.length > 0) {
    throw new UsageError('--test is about test images; leave it out to classify pictures');
  }
  if (test === undefined && data !== undefined) throw new UsageError('--data goes with --test');
  if (test !== undefined && steps !== undefined) {
    throw new UsageError('--steps goes with pictures: test images are taken as they are');
  }
  if (steps !== undefined && !/\.png$/i.test(steps)) {
    throw new UsageError(`--steps: expected a file name that ends in .png, got "${steps}"`);
  }
}

/** Reads one after the other. One that cannot be read costs a line and the exit code; the others are not kept from it. */
function readPictures(
  sources: readonly PictureSource[],
  { configuration, path }: SavedRun,
  { invert, quiet, json }: PredictArguments,
  output: Output,
  steps: StepsFile,
): Subject[] {
  const { inputShape } = configuration;
  const channels = inputShape[2]!;
  if (channels !== 1 && channels !== 3) {
    throw new Error(
      `the network of ${path} takes ${formatShape(inputShape)}: no pictures, but ${channels} channels`,
    );
  }
  // the data were a folder of pictures
  const asInFolder = (configuration['imageSize'] ?? null) !== null;
  const progress = countProgress('reading', sources.length, 'pictures', quiet || json);
  const subjects: Subject[] = [];
  for (const [index, { name, read }] of sources.entries()) {
    try {
      const picture = decodeImage(read(), name);
      const prepared = prepareImage(picture, { inputShape, invert, asInFolder });
      const { image, done, doubts } = prepared;
      subjects.push({ name, pixels: image.data, done, doubts });
      steps.add(prepared.steps);
    } catch (error) {
      const { message } = error as Error;
      output.note(message.startsWith(name) ? message : `${name}: ${message}`);
      process.exitCode = 1;
    }
    progress.update(index + 1);
  }
  progress.stop();
  return subjects;
}

/** @throws UsageError if there is no image at a position */
function testImages(positions: readonly number[], run: SavedRun, folder: string | undefined): Subject[] {
  const { name, test } = readRunDataset(run, folder);
  const { classNames } = run.configuration;
  const { images, labels } = test;
  const size = images.size / labels.size;
  return positions.map((position) => {
    if (position >= labels.size) {
      throw new UsageError(`--test ${position}: the test images of ${name} are 0 to ${labels.size - 1}`);
    }
    return {
      name: `test image ${position}`,
      pixels: images.values.subarray(position * size, (position + 1) * size),
      done: [],
      doubts: [],
      test: { position, label: classNames[labels.values[position]!]! },
    };
  });
}

async function classify(
  subjects: readonly Subject[],
  { model, configuration: { classNames, inputShape } }: SavedRun,
  engine: Engine,
): Promise<PicturePrediction[]> {
  const batch = new Uint8Array(subjects.length * sizeOf(inputShape));
  for (const [index, subject] of subjects.entries()) batch.set(subject.pixels, index * sizeOf(inputShape));
  const images = Tensor.from('uint8', [subjects.length, ...inputShape], batch, 'pictures');
  const { probabilities } = await predictImages(model, images, { engine });
  const [height, width, channels] = inputShape as [number, number, number];
  const colours = coloursOf(process.stdout);
  return subjects.map(({ name, done, test, pixels }, index) => ({
    name,
    done,
    guesses: classNames
      .map((className, i) => ({ className, probability: probabilities[index * classNames.length + i]! }))
      .toSorted((a, b) => b.probability - a.probability),
    picture: halfBlocks(forTerminal({ width, height, channels, data: pixels }), colours),
    ...(test === undefined ? {} : { label: test.label }),
  }));
}

/** The most columns that leave room for the classes beside them. */
const terminalColumns = 48;

function forTerminal(image: Pixels): Pixels {
  const { width, height } = image;
  if (width <= terminalColumns) return image;
  const rows = Math.max(1, Math.round((height * terminalColumns) / width));
  return scaleImage(image, { width: terminalColumns, height: rows });
}

/** Below it the network itself holds it for likelier to be wrong. */
const sureFrom = 0.5;

function doubtsOf({ doubts, test }: Subject, { guesses: [best] }: PicturePrediction): string[] {
  const isUnsure = test === undefined && !(best!.probability >= sureFrom);
  return [
    ...doubts,
    ...(isUnsure ? [`unsure: the likeliest class has only ${percent(best!.probability)}`] : []),
  ];
}

/** One line of `--json`. */
function fieldsOf(
  { name, done, test }: Subject,
  { guesses }: PicturePrediction,
  doubts: readonly string[],
): Readonly<Record<string, unknown>> {
  const { className, probability } = guesses[0]!;
  return {
    ...(test === undefined ? { file: name } : { test: test.position, label: test.label }),
    prediction: className,
    probability,
    probabilities: Object.fromEntries(guesses.map((guess) => [guess.className, guess.probability])),
    ...(test === undefined ? { done, doubts } : {}),
  };
}

function summarize(predictions: readonly PicturePrediction[], output: Output): void {
  const right = predictions.filter(({ label, guesses: [best] }) => label === best!.className).length;
  output.result(`${right} of ${predictions.length} right`);
  output.event('end', { right, of: predictions.length });
}
