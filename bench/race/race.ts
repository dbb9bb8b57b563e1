/** `bench peers`: other libraries beside weft, all that are installed, each in a process of its own, in turn. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Table from 'cli-table3';
import { label, rate } from '../measure/format.ts';
import { checkMachine, type Conditions } from '../measure/machine.ts';
import { writeResult } from '../measure/results.ts';
import { blockSeconds } from '../measure/turns.ts';
import { contenders, type ContenderSpec } from '../peers/contenders.ts';
import type { PeersArguments } from './candidates.ts';
import { raceNetworks } from './networks.ts';
import type { PeersRace } from './participants.ts';
import { productSeconds, type ProductShape, raceProducts, usualProducts } from './products.ts';

/** A result file of `bench peers`: one network and batch size, or one product, in each of `races`. */
export interface PeersResult extends Conditions {
  readonly what: 'step' | 'matmul' | 'inference';
  readonly rounds: number;
  readonly blockSeconds: number;
  readonly races: readonly PeersRace[];
}

export async function benchPeers(
  args: PeersArguments,
  specs: readonly ContenderSpec[] = contenders,
  shapes: readonly ProductShape[] = usualProducts,
): Promise<void> {
  const conditions = checkMachine(args.strict);
  const kinds = args.what === 'all' ? (['step', 'matmul', 'inference'] as const) : [args.what];
  for (const what of kinds) {
    const races = await withFolder((folder) =>
      what === 'matmul'
        ? raceProducts(args, specs, shapes, folder)
        : raceNetworks(args, specs, what === 'step' ? 'train' : 'infer', folder),
    );
    for (const race of races) print(race, what);
    const result: PeersResult = {
      ...conditions,
      what,
      rounds: args.rounds,
      blockSeconds: what === 'matmul' ? productSeconds : blockSeconds,
      races,
    };
    const name = what === 'matmul' ? 'peers-matmul.json' : `peers-${what}-${args.model}.json`;
    writeResult(args.out && join(args.out, name), result);
  }
}

async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'weft-peers-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function print({ subject, batchSize, unit, rows }: PeersRace, what: string): void {
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
