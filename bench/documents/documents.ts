/** `bench docs`: the tables and figures of the documents, made from the files in bench/results/. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import type { ConvolutionsResult } from '../kernels/convolutions.ts';
import type { ProductsResult } from '../kernels/products.ts';
import type { LadderResult } from '../matmul/ladder/climb.ts';
import { ladderFigure } from '../matmul/ladder/figure.ts';
import { describeConditions, ladderTable, remarks } from '../matmul/ladder/table.ts';
import { otherWorkWarning } from '../measure/machine.ts';
import { readResult, readResults } from '../measure/results.ts';
import { scalingFigure } from '../networks/scaling-figure.ts';
import type { SpeedsResult } from '../networks/speeds.ts';
import type { RaceResult } from '../race/race.ts';
import type { QueueResult } from '../sweeps/simulated.ts';
import { type RecordedSweep, sweepFigure } from '../sweeps/sweep-figure.ts';
import type { SmallResult } from '../small/result.ts';
import { accuracyLine, accuracyTable, trainOutput } from './accuracy-table.ts';
import {
  cardProductsTable,
  cardRungsTable,
  cardStepDetailsTable,
  cardStepsTable,
  forEachCard,
  readCards,
} from './gpu-tables.ts';
import { convolutionsTable, productsTable } from './kernel-tables.ts';
import { measuredOn } from './markdown.ts';
import { scalingTable, speedsTable } from './network-tables.ts';
import { detailsTable, racesOfProductsTable, racesTable } from './race-tables.ts';
import type { RecipesResult } from '../recipes/recipes.ts';
import { otherDataTable } from './other-data-table.ts';
import { recipeTable } from './recipe-tables.ts';
import { queueTable } from './queue-table.ts';
import { smallDetailsTable, smallTable } from './small-table.ts';

const root = join(import.meta.dirname, '../..');

const networks = ['mlp', 'cnn'];

/** Every table that a document may hold between `<!-- table:NAME -->` and `<!-- /table -->`. */
const tables: Readonly<Record<string, () => string>> = {
  train: trainOutput,
  accuracy: accuracyTable,
  ladder: () => ladderTable(readLadder(), '../bench/matmul'),
  'ladder-conditions': ladderConditions,
  products: () => productsTable(readResult<ProductsResult>('products.json')),
  'products-of-2-threads': () => productsTable(readResult<ProductsResult>('products-2-threads.json')),
  conv2d: () => convolutionsTable(readResult<ConvolutionsResult>('conv2d.json')),
  steps: () => speedsTable(readResult<SpeedsResult>('steps.json')),
  scaling: () => scalingTable(readScaling()),
  'libraries-step': () =>
    [
      racesTable(racesOf('step'), 'images/s in training'),
      accuracyLine(networks),
      measuredOn(racesOf('step')[0]!),
    ].join('\n\n'),
  'libraries-step-details': () => detailsTable(racesOf('step')),
  'libraries-inference': () =>
    [racesTable(racesOf('inference'), 'images/s classified'), measuredOn(racesOf('inference')[0]!)].join(
      '\n\n',
    ),
  'libraries-inference-details': () => detailsTable(racesOf('inference')),
  'recipes-quick': () => recipeTable(readResult<RecipesResult>('recipes-quick.json')),
  'recipes-best': () => recipeTable(readResult<RecipesResult>('recipes-best.json')),
  'recipes-fast': () => recipeTable(readResult<RecipesResult>('recipes-fast.json')),
  'other-data': otherDataTable,
  queue: () => queueTable(readResult<QueueResult>('queue.json')),
  small: () => smallTable(readResult<SmallResult>('small.json')),
  'small-details': () => smallDetailsTable(readResult<SmallResult>('small.json')),
  gpu: () => forEachCard(readCards(), cardStepsTable),
  'gpu-details': () => forEachCard(readCards(), cardStepDetailsTable),
  'gpu-products': () => forEachCard(readCards(), cardProductsTable),
  'gpu-ladder': () => forEachCard(readCards(), cardRungsTable),
  'libraries-matmul': () => racesOfProductsTable(readResult<RaceResult>('libraries-matmul.json')),
};

/** Documents with generated tables. */
const documents = ['README.md', 'docs/sweeps.md', 'docs/matmul.md', 'docs/benchmarks.md', 'docs/recipes.md'];

/** Pictures that documents show. */
const pictures: Readonly<Record<string, () => string>> = {
  'docs/ladder.svg': () => ladderFigure(readLadder()),
  'docs/sweep.svg': () => sweepFigure(readResult<RecordedSweep>('sweep.json')),
  'docs/scaling.svg': () => scalingFigure('The MLP in training, by batch size', readScaling().speeds),
};

/**
 * Writes all tables and figures. With `check`, compares them only.
 *
 * @throws Error if `check` finds a difference
 */
export async function updateDocuments(check: boolean): Promise<void> {
  for (const name of documents) {
    const path = join(root, name);
    const text = readFileSync(path, 'utf8');
    const filled = text.replaceAll(
      /(<!-- table:([\w-]+) -->\n)[^]*?(<!-- \/table -->)/g,
      (_match, begin: string, table: string, end: string) => {
        const make = tables[table];
        if (make === undefined) throw new Error(`${name}: no table is called ${table}`);
        return `${begin}\n${make()}\n\n${end}`;
      },
    );
    update(name, await format(filled, { ...(await resolveConfig(path)), filepath: path }), check);
  }
  for (const [name, draw] of Object.entries(pictures)) update(name, draw(), check);
}

function update(name: string, content: string, check: boolean): void {
  const path = join(root, name);
  const isUpToDate = existsSync(path) && readFileSync(path, 'utf8') === content;
  if (check && !isUpToDate) {
    throw new Error(`${name}: differs from bench/results/: run \`npm run bench -- docs\``);
  }
  if (!check) writeFileSync(path, content);
  console.log(`${name}: ${isUpToDate ? 'up to date' : 'updated'}`);
}

function racesOf(what: 'step' | 'inference'): RaceResult[] {
  return readResults<RaceResult>(networks.map((network) => `libraries-${what}-${network}.json`));
}

function readScaling(): SpeedsResult {
  return readResult<SpeedsResult>('scaling.json');
}

function readLadder(): LadderResult {
  return readResult<LadderResult>('ladder.json');
}

/** The conditions of the recorded ladder, and the rungs that could not be measured. */
function ladderConditions(): string {
  const result = readLadder();
  const warning = otherWorkWarning(result.otherWork);
  const lines = [...describeConditions(result), ...(warning === null ? [] : [warning]), ...remarks(result)];
  return lines.map((line) => `- ${line}`).join('\n');
}
