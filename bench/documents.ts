import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AccuracyResult } from './accuracy.ts';
import { mean, readResult, resultsFolder } from './results.ts';

const root = join(import.meta.dirname, '..');

/** Every table that a document may hold between `<!-- table:NAME -->` and `<!-- /table -->`. */
const tables: Readonly<Record<string, () => string>> = {
  accuracy: accuracyTable,
};

/** Documents with generated tables. */
const documents = ['README.md'];

/** Writes the tables of the documents from the files in bench/results/. With `check`, only compares. */
export function updateDocuments(check: boolean): void {
  for (const name of documents) {
    const path = join(root, name);
    const text = readFileSync(path, 'utf8');
    const updated = text.replaceAll(
      /(<!-- table:([\w-]+) -->\n)[^]*?(<!-- \/table -->)/g,
      (_match, begin: string, table: string, end: string) => {
        const make = tables[table];
        if (make === undefined) throw new Error(`${name}: no table is called ${table}`);
        return `${begin}\n${make()}\n\n${end}`;
      },
    );
    if (check && updated !== text) throw new Error(`${name}: its tables differ from bench/results/`);
    if (!check) writeFileSync(path, updated);
    console.log(`${name}: ${updated === text ? 'up to date' : 'updated'}`);
  }
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

function accuracyTable(): string {
  const rows = [
    '| network | trained by | test accuracy | seeds |',
    '| --- | --- | --- | --- |',
    ...['mlp', 'cnn', 'cnn-dropout']
      .filter((model) => existsSync(join(resultsFolder, `accuracy-${model}.json`)))
      .flatMap(accuracyRows),
  ];
  return rows.join('\n');
}

function accuracyRows(model: string): string[] {
  const { seeds, pytorch } = readResult<AccuracyResult>(`accuracy-${model}.json`);
  const row = (trainer: string, results: readonly { seed: number; accuracy: number }[]): string => {
    const values = results.map(({ accuracy }) => accuracy);
    const range = `${percent(Math.min(...values))} – ${percent(Math.max(...values))}`;
    return `| ${model} | ${trainer} | ${percent(mean(values))} (${range}) | ${results.map(({ seed }) => seed).join(', ')} |`;
  };
  return [
    row('weft', seeds),
    ...(pytorch ? [row(`PyTorch ${pytorch.version}, same recipe`, pytorch.results)] : []),
  ];
}
