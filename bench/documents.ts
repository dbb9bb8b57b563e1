import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import type { AccuracyResult } from './accuracy.ts';
import type { LadderResult } from './ladder/climb.ts';
import { ladderFigure } from './ladder/figure.ts';
import { conditions, markdownTable, remarks } from './ladder/table.ts';
import type { MatmulRow } from './matmul.ts';
import { peersTables } from './peers-tables.ts';
import { bestRatio, type Contender, label, type RaceResult, type Speed, whole } from './race.ts';
import { mean, median, readResult, resultsFolder } from './results.ts';

const root = join(import.meta.dirname, '..');

/** What the step table gives seconds of: Fashion-MNIST's training images. */
const epochImages = 60_000;

/** Every table that a document may hold between `<!-- table:NAME -->` and `<!-- /table -->`. */
const tables: Readonly<Record<string, () => string>> = {
  accuracy: accuracyTable,
  step: stepTable,
  inference: inferenceTable,
  matmul: matmulTable,
  machine: machineLine,
  ladder: () => markdownTable(readLadder(), '../bench/ladder'),
  'ladder-conditions': ladderConditions,
  train: trainOutput,
  ...peersTables,
};

/** Documents with generated tables. */
const documents = ['README.md', 'docs/matmul.md'];

/** Pictures that documents show. */
const pictures: Readonly<Record<string, () => string>> = {
  'docs/ladder.svg': () => ladderFigure(readLadder()),
};

/**
 * Writes the tables and pictures of the documents from the files in bench/results/. With `check`, only compares.
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
  if (check && !isUpToDate)
    throw new Error(`${name}: differs from bench/results/: run \`npm run bench -- docs\``);
  if (!check) writeFileSync(path, content);
  console.log(`${name}: ${isUpToDate ? 'up to date' : 'updated'}`);
}

function readLadder(): LadderResult {
  return readResult<LadderResult>('ladder.json');
}

/** What the ladder was measured on, and what it could not measure. */
function ladderConditions(): string {
  const result = readLadder();
  const warnings = result.warning === null ? [] : [result.warning];
  return [...conditions(result), ...warnings, ...remarks(result)].map((line) => `- ${line}`).join('\n');
}

function row(...cells: readonly (string | number)[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** What the first run of the accuracy benchmark printed, without most of its epochs. */
function trainOutput(): string {
  const lines = readResult<AccuracyResult>('accuracy-mlp.json').output.trim().split('\n');
  const kept = lines.flatMap((line) => {
    const epoch = /^epoch +(\d+)\/20 /.exec(line)?.[1];
    if (epoch === undefined || [1, 2, 19, 20].includes(Number(epoch))) return [line];
    return epoch === '3' ? ['…'] : [];
  });
  return ['```text', ...kept, '```'].join('\n');
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

function accuracyTable(): string {
  const rows = [
    row('preset', 'trained by', 'test accuracy: mean (range)', 'seeds', 'the whole run'),
    row('---', '---', '---', '---', '--:'),
    ...['mlp', 'cnn', 'cnn-dropout', 'fast']
      .filter((model) => existsSync(join(resultsFolder, `accuracy-${model}.json`)))
      .flatMap(accuracyRows),
  ];
  return rows.join('\n');
}

function accuracyRows(model: string): string[] {
  const { seeds, pytorch } = readResult<AccuracyResult>(`accuracy-${model}.json`);
  const line = (
    trainer: string,
    results: readonly { seed: number; accuracy: number; seconds?: number }[],
  ): string => {
    const seconds = results.flatMap((result) => result.seconds ?? []);
    const values = results.map(({ accuracy }) => accuracy);
    const range = `${percent(Math.min(...values))} – ${percent(Math.max(...values))}`;
    return row(
      model,
      trainer,
      `${percent(mean(values))} (${range})`,
      results.map(({ seed }) => seed).join(', '),
      seconds.length > 0 ? `${median(seconds).toPrecision(3)} s` : '–',
    );
  };
  return [
    line('weft', seeds),
    ...(pytorch ? [line(`PyTorch ${pytorch.version}, same recipe`, pytorch.results)] : []),
  ];
}

/** Networks with results, in the order of the tables. */
function resultsOf(command: 'step' | 'inference'): RaceResult[] {
  return ['mlp', 'cnn', 'cnn-dropout']
    .map((model) => `${command}-${model}-wasm.json`)
    .filter((name) => existsSync(join(resultsFolder, name)))
    .map((name) => readResult<RaceResult>(name));
}

const raceThreads = [1, 2];

/** A row for each race: both contenders on each number of threads, and the ratio of their best. */
function raceTable(
  results: readonly RaceResult[],
  what: string,
  describe: (result: RaceResult) => string,
  figure: (speed: Speed) => string,
): string {
  const names = (name: Contender['name']): string[] => raceThreads.map((threads) => label({ name, threads }));
  const cells = (speeds: readonly Speed[]): string[] =>
    raceThreads.map((threads) => {
      const speed = speeds.find((candidate) => candidate.threads === threads);
      return speed ? figure(speed) : '–';
    });
  return [
    row('network', what, ...names('weft'), ...names('PyTorch'), 'weft / PyTorch'),
    row('---', '---', ...raceThreads.flatMap(() => ['--:', '--:']), '--:'),
    ...results.map((result) => {
      const best = bestRatio(result);
      const range = best?.range.map((ratio) => ratio.toFixed(1)).join(' – ');
      return row(
        result.model,
        describe(result),
        ...cells(result.weft),
        ...cells(result.pytorch),
        best ? `${best.ratio.toFixed(1)} × (${range})` : '–',
      );
    }),
  ].join('\n');
}

function stepTable(): string {
  return raceTable(
    resultsOf('step'),
    'measured on',
    ({ batches, batchSize }) =>
      batches >= Math.floor(epochImages / batchSize) ? 'whole epochs' : `blocks of ${batches} steps`,
    ({ imagesPerSecond }) => `${(epochImages / imagesPerSecond.median).toPrecision(3)} s`,
  );
}

function inferenceTable(): string {
  return raceTable(
    resultsOf('inference'),
    'batch',
    ({ batchSize }) => `${batchSize}`,
    ({ imagesPerSecond }) => whole(imagesPerSecond.median),
  );
}

function matmulTable(): string {
  const rows = readResult<MatmulRow[]>('matmul-wasm.json');
  return [
    row('product', 'm', 'k', 'n', 'GFLOP/s', 'best', '% of peak', 'OpenBLAS', 'best', 'ratio'),
    row('---', ...Array.from({ length: 9 }, () => '--:')),
    ...rows.map(({ use, m, k, n, gflops, peakGflops, openblas }) =>
      row(
        use,
        m,
        k,
        n,
        gflops.median.toFixed(1),
        gflops.best.toFixed(1),
        ((100 * gflops.median) / peakGflops!).toFixed(0),
        openblas ? openblas.gflops.median.toFixed(1) : '–',
        openblas ? openblas.gflops.best.toFixed(1) : '–',
        openblas ? openblas.ratio.toFixed(2) : '–',
      ),
    ),
  ].join('\n');
}

function machineLine(): string {
  const [{ machine, peakGflops }] = readResult<[MatmulRow]>('matmul-wasm.json');
  const { cpu, cores, node, v8, platform } = machine;
  return (
    `Measured on: ${cpu}, ${cores} cores (a shared virtual machine), ${platform}, Node ${node}, V8 ${v8}; peak of ` +
    `one thread, multiply-adds on registers alone, ${peakGflops!.toFixed(0)} GFLOP/s.`
  );
}
