import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Table from 'cli-table3';
import type { Dataset } from '../../../data/dataset.ts';
import { pixelsAt } from '../../../data/pictures/pixels.ts';
import type { PixelStatistics } from '../../../data/statistics.ts';
import { type EdaFindings, explore } from '../../../report/eda/findings.ts';
import { duplicateKinds, edaPage, oneHotText, summary } from '../../../report/eda/page.ts';
import { edaPictures, thumbnail } from '../../../report/eda/pictures.ts';
import { coloursOf, halfBlocks, sideBySide } from '../../../report/terminal/half-blocks.ts';
import { formatShape } from '../../../tensor/shape.ts';
import { type DataArguments, readData } from '../../options/data-options.ts';
import { Output } from '../../framework/output.ts';
import { percent } from '../../framework/progress.ts';
import { slowProgress } from '../../framework/slow-progress.ts';
import { UsageError } from '../../framework/usage-error.ts';

interface EdaArguments extends DataArguments {
  readonly out: string;
  readonly json: boolean;
}

const page = 'eda.html';
const pictureFiles = ['first-images.png', 'class-images.png', 'class-means.png'];
/** By this comment the page is known as one that may be replaced. */
const mark = 'written by weft eda';

/** `weft eda`: prints what is to be known of a data set and leaves a page with pictures. */
export function eda(args: EdaArguments): void {
  const { out, json } = args;
  const output = new Output({ json, quiet: false });
  checkFolder(out);
  const dataset = readData(args, { silent: json });
  const progress = (what: string): ReturnType<typeof slowProgress> => (json ? () => {} : slowProgress(what));
  const findings = explore(dataset, progress);
  const pictures = edaPictures(dataset, progress('drawing mean images'));
  writeFolder(out, { [page]: edaPage(findings, pictures, mark), ...pictures.files });
  if (json) {
    console.log(JSON.stringify({ ...findings, folder: out, files: [page, ...pictureFiles] }));
    return;
  }
  for (const line of describe(findings)) output.text(line);
  for (const line of firstImages(dataset)) output.text(line);
  output.result(`written to ${out}: ${[page, ...pictureFiles].join(', ')}`);
}

/** @throws UsageError unless all that is in the folder, if there is one, is from an earlier `weft eda` */
function checkFolder(path: string): void {
  if (!existsSync(path)) return;
  const found = readFolder(path);
  if (found.length === 0) return;
  const other = found.find((file) => file !== page && !pictureFiles.includes(file));
  const isOurs = found.includes(page) && readFileSync(join(path, page), 'utf8').includes(`<!-- ${mark} -->`);
  if (other !== undefined || !isOurs) {
    throw new UsageError(
      `--out ${path}: the folder holds ${other ?? found[0]}, which is not from an earlier eda; choose another folder`,
    );
  }
}

function readFolder(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    throw new Error(`cannot write to the folder ${path}: ${(error as Error).message}`, { cause: error });
  }
}

/** The page first: it shows whose the pictures are, should one of them fail. */
function writeFolder(path: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  try {
    mkdirSync(path, { recursive: true });
    for (const [file, content] of Object.entries(files)) writeFileSync(join(path, file), content);
  } catch (error) {
    throw new Error(`cannot write to the folder ${path}: ${(error as Error).message}`, { cause: error });
  }
}

/** The findings as lines of text. */
function describe(findings: EdaFindings): string[] {
  const { name, remarks, train, test, classNames, oneHot, duplicates } = findings;
  const parts = table(['', 'images', 'labels', 'type', 'mean', 's.d.', 'min', 'max', 'zeros'], 4);
  const colours = ['red', 'green', 'blue'];
  for (const [part, { images, labels, type, pixels, channels }] of [
    ['train', train],
    ['test', test],
  ] as const) {
    parts.push([part, formatShape(images), formatShape(labels), type, ...statisticsCells(pixels)]);
    for (const [c, channel] of channels.entries()) {
      parts.push([`  ${colours[c]!}`, '', '', '', ...statisticsCells(channel)]);
    }
  }
  const classes = table(['label', 'class', 'train', 'test'], 2);
  for (const [label, className] of classNames.entries()) {
    classes.push([label, className, train.classCounts[label]!, test.classCounts[label]!]);
  }
  const { mean, standardDeviation } = train.pixels;
  return [
    `${name}: ${summary(findings)}`,
    ...remarks,
    '',
    parts.toString(),
    `training pixels on the scale from 0 to 1: mean ${(mean / 255).toFixed(4)}, s.d. ${(standardDeviation / 255).toFixed(4)}`,
    '',
    classes.toString(),
    '',
    `the first training label is ${oneHot.label} (${classNames[oneHot.label]!}); one-hot encoded: ${oneHotText(oneHot)}`,
    '',
    ...duplicateKinds.map(([kind, words]) => {
      const { count, differentLabels } = duplicates[kind];
      return `${words}: ${count}${count > 0 ? `, ${differentLabels} of them with another label` : ''}`;
    }),
    '',
  ];
}

function statisticsCells({
  mean,
  standardDeviation,
  minimum,
  maximum,
  zeroShare,
}: PixelStatistics): string[] {
  return [
    mean.toFixed(2),
    standardDeviation.toFixed(2),
    String(minimum),
    String(maximum),
    percent(zeroShare),
  ];
}

/** @param textColumns how many columns are of text; those behind them are of numbers */
function table(head: string[], textColumns: number): InstanceType<typeof Table> {
  const colAligns = head.map((_, column) => (column < textColumns ? 'left' : 'right'));
  return new Table({ head, colAligns, style: { head: [], border: [], compact: true } });
}

/** Images that are wider are made smaller for the terminal. */
const terminalSide = 28;
const gap = 2;

/** As many of the first training images as fit side by side, with their classes. */
function firstImages({ train, classNames }: Dataset): string[] {
  const first = thumbnail(pixelsAt(train.images, 0), terminalSide);
  // a terminal may not know its width, and then says 0
  const columns = process.stdout.columns || 80;
  const fitting = Math.max(1, Math.floor((columns + gap) / (first.width + gap)));
  const positions = Array.from({ length: Math.min(fitting, 4, train.labels.size) }, (_, i) => i);
  const colours = coloursOf(process.stdout);
  const blocks = positions.map((position) => {
    const image = thumbnail(pixelsAt(train.images, position), terminalSide);
    const name = classNames[train.labels.values[position]!]!;
    return [...halfBlocks(image, colours), name.slice(0, image.width).padEnd(image.width)];
  });
  return [...sideBySide(blocks, gap), ''];
}
