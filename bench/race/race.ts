/** `bench libraries`: races weft against other libraries, each in a process of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Table from 'cli-table3';
import { label, rate } from '../measure/format.ts';
import { checkMachine, type Conditions } from '../measure/machine.ts';
import { writeResult } from '../measure/results.ts';
import { blockSeconds } from '../measure/turns.ts';
import { allLibraries, type Library } from '../libraries/libraries.ts';
import type { RaceArguments } from './choose-libraries.ts';
import { raceNetworks } from './networks.ts';
import type { Race } from './contenders.ts';
import { productSeconds, type ProductShape, raceProducts, usualProducts } from './products.ts';

/** A result file of `bench libraries`. Each race is about one network and batch size, or one product. */
export interface RaceResult extends Conditions {
  readonly what: 'step' | 'matmul' | 'inference';
  readonly rounds: number;
  readonly blockSeconds: number;
  readonly races: readonly Race[];
}

export async function benchLibraries(
  args: RaceArguments,
  libraries: readonly Library[] = allLibraries,
  shapes: readonly ProductShape[] = usualProducts,
): Promise<void> {
  const conditions = checkMachine(args.strict);
  const kinds = args.what === 'all' ? (['step', 'matmul', 'inference'] as const) : [args.what];
  for (const what of kinds) {
    const races = await withFolder((folder) =>
      what === 'matmul'
        ? raceProducts(args, libraries, shapes, folder)
        : raceNetworks(args, libraries, what === 'step' ? 'train' : 'infer', folder),
    );
    for (const race of races) print(race, what);
    const result: RaceResult = {
      ...conditions,
      what,
      rounds: args.rounds,
      blockSeconds: what === 'matmul' ? productSeconds : blockSeconds,
      races,
    };
    const name = what === 'matmul' ? 'libraries-matmul.json' : `libraries-${what}-${args.model}.json`;
    writeResult(args.out && join(args.out, name), result);
  }
}

async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'weft-libraries-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function print({ subject, batchSize, unit, rows }: Race, what: string): void {
  console.log(`\n${what}, ${subject}${batchSize === null ? '' : `, batch ${batchSize}`}`);
  const table = new Table({
    head: ['', unit, 'p10', 'p90', 'best', 'weft is … times as fast', 'version'],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'left', 'left'],
    style: { head: [], border: [], compact: true },
  });
  const figure = (value: number): string => (unit === 'images/s' ? rate(value) : value.toFixed(1));
  for (const row of rows) {
    if (row.status !== 'timed') continue;
    const { median, p10, p90, best } = row.speed;
    const ratio = row.ratio
      ? `${row.ratio.ratio.toFixed(2)} (${row.ratio.range.map((value) => value.toFixed(2)).join(' to ')})`
      : '';
    table.push([label(row), figure(median), figure(p10), figure(p90), figure(best), ratio, row.version]);
  }
  console.log(table.toString());
  for (const row of rows) {
    if (row.status !== 'timed') console.log(`${row.name}: ${row.status}: ${row.reason}`);
    else if (row.differs !== undefined) console.log(`${row.name} ${row.differs}`);
  }
}
