import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import type { AccuracyResult } from './accuracy.ts';
import type { MatmulRow } from './matmul.ts';
import { mean, readResult, resultsFolder } from './results.ts';
import type { StepResult } from './step.ts';

const root = join(import.meta.dirname, '..');

/** Every table that a document may hold between `<!-- table:NAME -->` and `<!-- /table -->`. */
const tables: Readonly<Record<string, () => string>> = {
  accuracy: accuracyTable,
  step: stepTable,
  matmul: matmulTable,
  machine: machineLine,
  train: trainOutput,
};

/** Documents with generated tables. */
const documents = ['README.md'];

/** Writes the tables of the documents from the files in bench/results/. With `check`, only compares. */
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
    const updated = await format(filled, { ...(await resolveConfig(path)), filepath: path });
    if (check && updated !== text)
      throw new Error(`${name}: its tables differ from bench/results/: run \`npm run bench -- docs\``);
    if (!check) writeFileSync(path, updated);
    console.log(`${name}: ${updated === text ? 'up to date' : 'updated'}`);
  }
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
    row('network', 'trained by', 'test accuracy: mean (range)', 'seeds'),
    row('---', '---', '---', '---'),
    ...['mlp', 'cnn', 'cnn-dropout']
      .filter((model) => existsSync(join(resultsFolder, `accuracy-${model}.json`)))
      .flatMap(accuracyRows),
  ];
  return rows.join('\n');
}

function accuracyRows(model: string): string[] {
  const { seeds, pytorch } = readResult<AccuracyResult>(`accuracy-${model}.json`);
  const line = (trainer: string, results: readonly { seed: number; accuracy: number }[]): string => {
    const values = results.map(({ accuracy }) => accuracy);
    const range = `${percent(Math.min(...values))} – ${percent(Math.max(...values))}`;
    return row(
      model,
      trainer,
      `${percent(mean(values))} (${range})`,
      results.map(({ seed }) => seed).join(', '),
    );
  };
  return [
    line('weft', seeds),
    ...(pytorch ? [line(`PyTorch ${pytorch.version}, same recipe`, pytorch.results)] : []),
  ];
}

function stepTable(): string {
  const results = [1, 2].map((threads) => readResult<StepResult>(`step-mlp-${threads}.json`));
  return [
    row('network', 'weft threads', 'weft', 'PyTorch threads', 'PyTorch', 'weft is faster by'),
    row('---', '--:', '--:', '--:', '--:', '--:'),
    ...results.flatMap(({ model, threads, secondsPerEpoch, pytorch }) =>
      pytorch.map((race) =>
        row(
          model,
          threads,
          `${secondsPerEpoch.median.toFixed(2)} s`,
          race.threads,
          `${race.secondsPerEpoch.toFixed(2)} s`,
          `${race.ratio.toFixed(1)} × (${race.range.map((ratio) => ratio.toFixed(1)).join(' – ')})`,
        ),
      ),
    ),
  ].join('\n');
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
