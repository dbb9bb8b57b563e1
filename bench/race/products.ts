/** The race of matrix products: several libraries, one shape after the other. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EagerOps } from '../../src/tensor/reference/eager.ts';
import { errorBound, randomMatrix } from '../kernels/operands.ts';
import { label } from '../measure/format.ts';
import { planBlock, type RunBlock } from '../measure/turns.ts';
import type { Library } from '../libraries/libraries.ts';
import { readFloats } from '../libraries/protocol.ts';
import { agree, type Contender, type Race, raceContenders, untimed, type UntimedRow } from './contenders.ts';
import type { LibraryProcess } from './library-process.ts';
import { type Started, startProcess } from './process-network.ts';
import { chooseLibraries, type RaceArguments } from './choose-libraries.ts';

/** Blocks of products are shorter than those of networks: there are more of them to measure. */
export const productSeconds = 0.2;
/** The most products in a block. */
const mostProducts = 1_000_000;

/** m, k, n of C [m, n] = A [m, k] · B [k, n]. */
export type ProductShape = readonly [number, number, number];

/** A layer of the MLP, sizes that no tile divides, and squares. */
export const usualProducts: readonly ProductShape[] = [
  [64, 784, 32],
  [97, 131, 61],
  ...[128, 256, 512, 1024].map((size): ProductShape => [size, size, size]),
];

export async function raceProducts(
  args: RaceArguments,
  libraries: readonly Library[],
  shapes: readonly ProductShape[],
  folder: string,
): Promise<Race[]> {
  const { ready, rows } = chooseLibraries(args, libraries, ({ product }) => product);
  const servers: ProductServer[] = [];
  try {
    for (const [library, threads] of ready) {
      const process = startProcess(library, args, threads);
      try {
        const started = await process.ask<Started>({ request: 'start', task: 'product', threads });
        servers.push({ ...started, name: library.name, process });
      } catch (error) {
        process.stop();
        rows.push(untimed(label({ name: library.name, threads }), error));
      }
    }
    const races: Race[] = [];
    for (const shape of shapes) {
      const subject = shape.join('×');
      const [contenders, refused] = await prepare(servers, shape, folder);
      const timed = await raceContenders(contenders, args.rounds);
      races.push({ subject, batchSize: null, unit: 'GFLOP/s', rows: [...timed, ...rows, ...refused] });
      const speeds = timed.map((row) => `${label(row)} ${row.speed.median.toFixed(1)}`);
      console.log(`${subject}: ${speeds.join('   ')}`);
    }
    return races;
  } finally {
    for (const { process } of servers) process.stop();
  }
}

interface ProductServer extends Started {
  readonly name: string;
  readonly process: LibraryProcess;
}

/** Sends the operands and checks the results: the contenders that may be timed, and rows for the others. */
async function prepare(
  servers: readonly ProductServer[],
  [m, k, n]: ProductShape,
  folder: string,
): Promise<[Contender[], UntimedRow[]]> {
  const [a, b] = [randomMatrix([m, k], 'a'), randomMatrix([k, n], 'b')];
  const expected = new EagerOps().matmul(a, b).values;
  const files = { a: join(folder, 'a'), b: join(folder, 'b'), c: join(folder, 'c') };
  writeFileSync(files.a, a.values);
  writeFileSync(files.b, b.values);
  const contenders: Contender[] = [];
  const refused: UntimedRow[] = [];
  for (const { name, threads, version, process } of servers) {
    const who = label({ name, threads });
    const run: RunBlock = async (repeats) => {
      const { seconds } = await process.ask<{ seconds: number }>({ request: 'time', repeats });
      return { seconds: seconds * repeats, work: (2 * m * k * n * repeats) / 1e9 };
    };
    try {
      await process.ask({ request: 'product', m, k, n, ...files });
      agree(readFloats(files.c), expected, errorBound(k), `${who}, ${m}×${k}×${n}`);
      const count = await planBlock(run, productSeconds, mostProducts);
      contenders.push({ name, threads, version, count, run });
    } catch (error) {
      refused.push(untimed(who, error));
    }
  }
  return [contenders, refused];
}
