import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeAtomically } from '../../../atomic-write.ts';
import type { ImageDataset } from '../../../data/dataset.ts';
import { displayWidth, fitWidth } from '../../../display-width.ts';
import { visible } from '../../../visible.ts';
import { pixelsAt } from '../../../data/pictures/pixels.ts';
import { makeFolder } from '../../../make-folder.ts';
import { readTextFile } from '../../../read-file.ts';
import { type EdaFindings, explore } from '../../../report/eda/findings.ts';
import { edaPage } from '../../../report/eda/page.ts';
import { type EdaPictures, edaPictures, thumbnail } from '../../../report/eda/pictures.ts';
import { coloursOf, halfBlocks, sideBySide } from '../../../report/terminal/half-blocks.ts';
import { type DataArguments, readData } from '../../options/data-options.ts';
import { isTable } from '../../options/table-options.ts';
import { jsonLine, Output } from '../../framework/output.ts';
import { type Progress, startProgress } from '../../framework/progress.ts';
import { terminalColumns } from '../../framework/terminal-columns.ts';
import { UsageError } from '../../framework/usage-error.ts';
import { describeFindings } from './findings-text.ts';

interface EdaArguments extends DataArguments {
  readonly out: string;
  readonly json: boolean;
}

const page = 'eda.html';
const pictureFiles = ['first-images.png', 'class-images.png', 'class-means.png'];
/** A page with this comment is from an earlier `weft eda` and may be replaced. */
const mark = 'written by weft eda';

/** `weft eda`: explores a data set, prints the findings and, for images, writes a page with pictures. */
export async function eda(args: EdaArguments): Promise<void> {
  const { out, json } = args;
  if (isTable(args.data)) {
    const option = (['image-size', 'channels'] as const).find((name) => args[name] !== undefined);
    if (option !== undefined) throw new UsageError(`--${option} is for images, and ${args.data!} is a table`);
    const { edaOfTable } = await import('./table.ts');
    edaOfTable(args.data!, { json });
    return;
  }
  const output = new Output({ json, quiet: false });
  checkFolder(out);
  const dataset = readData(args, { silent: json });
  const { findings, pictures } = exploreAndDraw(dataset, { silent: json });
  await writeFolder(out, { [page]: edaPage(findings, pictures, mark), ...pictures.files });
  if (json) {
    console.log(jsonLine({ ...findings, folder: out, files: [page, ...pictureFiles] }));
    return;
  }
  for (const part of describeFindings(findings)) output.block(part);
  for (const line of firstImages(dataset)) output.picture(line);
  output.result(`written to ${out}: ${[page, ...pictureFiles].join(', ')}`);
}

/** Shows the progress of each task in turn. */
function exploreAndDraw(
  dataset: ImageDataset,
  { silent }: { readonly silent: boolean },
): { readonly findings: EdaFindings; readonly pictures: EdaPictures } {
  let progress: Progress | undefined;
  const begin = (task: string): Progress['update'] => {
    progress?.stop();
    const started = startProgress({ task, unit: 'images', silent });
    progress = started;
    return (done, total) => started.update(done, total);
  };
  try {
    const findings = explore(dataset, begin);
    return { findings, pictures: edaPictures(dataset, begin('drawing mean images')) };
  } finally {
    progress?.stop();
  }
}

/** @throws UsageError if the folder holds anything that is not from an earlier `weft eda` */
function checkFolder(path: string): void {
  if (!existsSync(path)) return;
  const found = readFolder(path);
  if (found.length === 0) return;
  const other = found.find((file) => file !== page && !pictureFiles.includes(file));
  const isOurs = found.includes(page) && isMarked(join(path, page));
  if (other !== undefined || !isOurs) {
    throw new UsageError(
      `--out ${path}: the folder holds ${other ?? found[0]}, which is not from an earlier eda; choose another folder`,
    );
  }
}

function isMarked(path: string): boolean {
  try {
    return readTextFile(path).includes(`<!-- ${mark} -->`);
  } catch {
    return false; // a folder, a pipe: not from here
  }
}

function readFolder(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    throw new Error(`cannot write to the folder ${path}: ${(error as Error).message}`, { cause: error });
  }
}

/** Writes the page first: if a picture fails, the page still shows that the folder is from `weft eda`. */
async function writeFolder(
  path: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<void> {
  try {
    makeFolder(path);
    for (const [file, content] of Object.entries(files)) await writeAtomically(join(path, file), content);
  } catch (error) {
    throw new Error(`cannot write to the folder ${path}: ${(error as Error).message}`, { cause: error });
  }
}

/** Larger images are scaled down to this for the terminal, in pixels. */
const terminalSide = 28;
const gap = 2;
/** Where the output is no terminal, the images fill this many columns. */
const widestRow = 80;

/** As many of the first training images as fit side by side, with their classes. */
function firstImages({ train, classNames }: ImageDataset): string[] {
  const first = thumbnail(pixelsAt(train.x, 0), terminalSide);
  const columns = Math.min(terminalColumns(), widestRow);
  const fitting = Math.max(1, Math.floor((columns + gap) / (first.width + gap)));
  const positions = Array.from({ length: Math.min(fitting, 4, train.y.size) }, (_, i) => i);
  const colours = coloursOf(process.stdout);
  const blocks = positions.map((position) => {
    const image = thumbnail(pixelsAt(train.x, position), terminalSide);
    const name = fitWidth(visible(classNames[train.y.values[position]!]!), image.width);
    return [...halfBlocks(image, colours), name + ' '.repeat(image.width - displayWidth(name))];
  });
  return [...sideBySide(blocks, gap), ''];
}
