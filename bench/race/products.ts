/** One product of matrices after another, by several libraries. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EagerOps } from '../../src/tensor/reference/eager.ts';
import { errorBound, randomMatrix } from '../kernels/operands.ts';
import { label } from '../measure/format.ts';
import { planBlock, type RunBlock } from '../measure/turns.ts';
import type { ContenderSpec } from '../peers/contenders.ts';
import { readFloats } from '../peers/protocol.ts';
import {
  agree,
  type Participant,
  type PeersRace,
  raceParticipants,
  untimed,
  type UntimedRow,
} from './participants.ts';
import type { PeerProcess } from './peer-process.ts';
import { type Started, startProcess } from './process-network.ts';
import { candidates, type PeersArguments } from './candidates.ts';

/** A block of products is shorter: there are many of them. */
export const productSeconds = 0.2;
/** In a block, of the smallest products. */
const mostProducts = 1_000_000;

/** m, k, n of C [m, n] = A [m, k] · B [k, n]. */
export type ProductShape = readonly [number, number, number];

/** A layer of the MLP, sizes that fit no tile, squares. */
export const usualProducts: readonly ProductShape[] = [
  [64, 784, 32],
  [97, 131, 61],
  ...[128, 256, 512, 1024].map((size): ProductShape => [size, size, size]),
];

export async function raceProducts(
  args: PeersArguments,
  specs: readonly ContenderSpec[],
  shapes: readonly ProductShape[],
  folder: string,
): Promise<PeersRace[]> {
  const { ready, rows } = candidates(args, specs, ({ product }) => product);
  const peers: ProductPeer[] = [];
  try {
    for (const [spec, threads] of ready) {
      const process = startProcess(spec, args, threads);
      try {
        const started = await process.ask<Started>({ request: 'start', task: 'product', threads });
        peers.push({ ...started, name: spec.name, process });
      } catch (error) {
        process.stop();
        rows.push(untimed(label({ name: spec.name, threads }), error));
      }
    }
    const races: PeersRace[] = [];
    for (const shape of shapes) {
      const subject = shape.join('×');
      const [participants, refused] = await prepare(peers, shape, folder);
      const timed = await raceParticipants(participants, args.rounds);
      races.push({ subject, batchSize: null, unit: 'GFLOP/s', rows: [...timed, ...rows, ...refused] });
      const speeds = timed.map((row) => `${label(row)} ${row.speed.median.toFixed(1)}`);
      console.log(`${subject}: ${speeds.join('   ')}`);
    }
    return races;
  } finally {
    for (const { process } of peers) process.stop();
  }
}

interface ProductPeer extends Started {
  readonly name: string;
  readonly process: PeerProcess;
}

/** Hands over the operands and checks the results: those that may be timed, and why others are not. */
async function prepare(
  peers: readonly ProductPeer[],
  [m, k, n]: ProductShape,
  folder: string,
): Promise<[Participant[], UntimedRow[]]> {
  const [a, b] = [randomMatrix([m, k], 'a'), randomMatrix([k, n], 'b')];
  const expected = new EagerOps().matmul(a, b).values;
  const files = { a: join(folder, 'a'), b: join(folder, 'b'), c: join(folder, 'c') };
  writeFileSync(files.a, a.values);
  writeFileSync(files.b, b.values);
  const participants: Participant[] = [];
  const refused: UntimedRow[] = [];
  for (const { name, threads, version, process } of peers) {
    const who = label({ name, threads });
    const run: RunBlock = async (repeats) => {
      const { seconds } = await process.ask<{ seconds: number }>({ request: 'time', repeats });
      return { seconds: seconds * repeats, work: (2 * m * k * n * repeats) / 1e9 };
    };
    try {
      await process.ask({ request: 'product', m, k, n, ...files });
      agree(readFloats(files.c), expected, errorBound(k), `${who}, ${m}×${k}×${n}`);
      const count = await planBlock(run, productSeconds, mostProducts);
      participants.push({ name, threads, version, count, run });
    } catch (error) {
      refused.push(untimed(who, error));
    }
  }
  return [participants, refused];
}
