import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import Table from 'cli-table3';
import type { Engine, Executable } from '../src/tensor/engine.ts';
import { RandomStream } from '../src/tensor/random.ts';
import { Recorder } from '../src/tensor/recorder.ts';
import { EagerOps } from '../src/tensor/reference/eager.ts';
import { Tensor } from '../src/tensor/tensor.ts';
import { WasmEngine } from '../src/tensor/wasm/engine.ts';
import { WasmExecutable } from '../src/tensor/wasm/executable.ts';
import { ReferenceEngine } from '../src/tensor/reference/engine.ts';
import { checkAgreement } from './check.ts';
import { checkMachine, describeMachine } from './machine.ts';
import { measurePeak } from './peak.ts';
import { PeerProcess } from './peer-process.ts';
import { hasModule } from './python.ts';
import { median, type Spread, spread, writeResult } from './results.ts';
import { type MatmulShape, type ShapeGroup, shapeGroups, squareShape } from './shapes.ts';

export interface MatmulArguments {
  readonly engine: 'wasm' | 'reference';
  readonly sizes: readonly number[] | undefined;
  /** Those of the MLP and squares if left out. */
  readonly shapes?: readonly ShapeGroup[] | undefined;
  readonly threads: number;
  readonly revectorize: boolean;
  readonly samples: number;
  readonly json: string | undefined;
  readonly openblas: boolean;
  readonly strict: boolean;
  readonly python: string;
}

/** One product: an element of the result file's array. */
export interface MatmulRow {
  readonly use: string;
  readonly kernel: string;
  readonly engine: string;
  readonly threads: number;
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly gflops: Spread;
  /** The most that one thread's arithmetic gives; null for an engine that does not use vectors. */
  readonly peakGflops: number | null;
  readonly checked: true;
  readonly machine: Readonly<Record<string, string | number>>;
  /** Against OpenBLAS on as many threads: the median of the ratios of neighbouring measurements. */
  readonly openblas?: {
    readonly gflops: { readonly median: number; readonly best: number };
    readonly ratio: number;
    readonly range: readonly [number, number];
  };
}

/** A sample lasts about this long, so that the clock and the call do not matter. */
const sampleSeconds = 0.02;
const pauseMilliseconds = 60;

/** Measures products: checked against the plain loops, warmed up, then timed. */
export async function benchMatmul(args: MatmulArguments): Promise<void> {
  checkMachine(args.strict);
  const engine = await startEngine(args);
  const peak = engine instanceof WasmEngine ? measurePeak(engine.target) : null;
  const shapes = args.sizes
    ? args.sizes.map(squareShape)
    : (args.shapes ?? (['mlp', 'squares'] as const)).flatMap((group) => shapeGroups[group]);
  console.log(`${engine.name}: ${engine.description}`);
  if (peak !== null)
    console.log(`peak of one thread, multiply-adds on registers: ${peak.toFixed(1)} GFLOP/s\n`);
  const peer = args.openblas ? await startOpenblas(args) : null;

  const rows: MatmulRow[] = [];
  for (const shape of shapes) rows.push(await measure(engine, shape, args, peer, peak));
  peer?.stop();
  await engine.close();

  console.log(format(rows));
  const products = rows.filter(({ use }) => use.startsWith('dense'));
  if (products.length > 0) {
    const flops = (row: MatmulRow): number => 2 * row.m * row.k * row.n;
    const total = products.reduce((sum, row) => sum + flops(row), 0);
    const time = products.reduce((sum, row) => sum + flops(row) / row.gflops.median, 0);
    console.log(`the MLP's ${products.length} products together: ${(total / time).toFixed(1)} GFLOP/s`);
  }
  console.log('operands are in the cache; packing B, where a kernel does it, is inside the clock');
  if (args.json) {
    writeResult(args.json, rows);
    console.log(`written to ${args.json}`);
  }
}

export async function startEngine({
  engine,
  threads,
  revectorize,
}: Pick<MatmulArguments, 'engine' | 'threads' | 'revectorize'>): Promise<Engine> {
  return engine === 'reference' ? new ReferenceEngine() : WasmEngine.start({ threads, revectorize });
}

async function startOpenblas({ python, threads }: MatmulArguments): Promise<PeerProcess | null> {
  if (!hasModule(python, 'numpy')) {
    console.log(
      `OpenBLAS: skipped, ${python} has no numpy (Debian: apt install python3-numpy libopenblas0-pthread)`,
    );
    return null;
  }
  const peer = new PeerProcess(python, [join(import.meta.dirname, 'peers/sgemm.py')], threads);
  await peer.ask({ request: 'start', threads });
  return peer;
}

async function measure(
  engine: Engine,
  shape: MatmulShape,
  args: MatmulArguments,
  peer: PeerProcess | null,
  peak: number | null,
): Promise<MatmulRow> {
  const { use, m, k, n, transposeA, transposeB } = shape;
  const a = randomMatrix(transposeA ? [k, m] : [m, k], 'a');
  const b = randomMatrix(transposeB ? [n, k] : [k, n], 'b');
  const c = Tensor.zeros('float32', [m, n], 'c');
  const flops = 2 * m * k * n;
  // small products are repeated within one program, so that the time of a call is not what is measured
  const repeats = Math.max(1, Math.min(64, Math.round(2e7 / flops)));
  const ops = new Recorder();
  for (let repeat = 0; repeat < repeats; repeat++) ops.matmul(a, b, { transposeA, transposeB, out: c });
  const executable = await engine.compile(ops.finish('matmul'));
  await executable.run();
  checkAgreement(
    new Float32Array(await engine.read(c)),
    new EagerOps().matmul(a, b, { transposeA, transposeB }).values,
    errorBound(k),
    use,
  );

  const { runs, time: timeRuns } = await warmUp(executable);
  const time = async (count: number): Promise<number> => (await timeRuns(count)) / repeats;
  if (peer) await peer.ask({ request: 'product', m, k, n });
  const samples: number[] = [];
  const peerSamples: number[] = [];
  for (let sample = 0; sample < args.samples; sample++) {
    samples.push(flops / (await time(runs)) / 1e9);
    if (peer) {
      const { seconds } = await peer.ask<{ seconds: number }>({ request: 'time', repeats: runs * repeats });
      peerSamples.push(flops / seconds / 1e9);
      // the threads of a BLAS go on spinning for a while after a product
      if (engine.threads > 1) await setTimeout(pauseMilliseconds);
    }
  }
  const ratios = peerSamples.map((value, index) => samples[index]! / value).toSorted((x, y) => x - y);
  return {
    use,
    kernel: kernelNames(executable),
    engine: engine.name,
    threads: engine.threads,
    m,
    k,
    n,
    transposeA,
    transposeB,
    gflops: spread(samples),
    peakGflops: peak,
    checked: true,
    machine: describeMachine(),
    ...(peer
      ? {
          openblas: {
            gflops: { median: median(peerSamples), best: Math.max(...peerSamples) },
            ratio: median(ratios),
            range: [ratios[0]!, ratios.at(-1)!] as const,
          },
        }
      : {}),
  };
}

/** How many runs make a sample, and how to time so many: seconds of one. */
export async function warmUp(
  executable: Executable,
): Promise<{ readonly runs: number; readonly time: (runs: number) => Promise<number> }> {
  const time = async (runs: number): Promise<number> => {
    const start = performance.now();
    for (let run = 0; run < runs; run++) await executable.run();
    return (performance.now() - start) / 1000 / runs;
  };
  // V8 starts with quick, slow code and replaces it while it runs
  const warm = performance.now();
  while (performance.now() - warm < 400) await time(1);
  return { runs: Math.max(1, Math.round(sampleSeconds / (await time(1)))), time };
}

/** Of a sum of k products of numbers up to ½: the error grows with √k. */
export function errorBound(k: number): number {
  return 1e-6 * Math.sqrt(k) + 1e-6;
}

/** What really runs: the names of the generated functions. */
export function kernelNames(executable: Executable): string {
  if (!(executable instanceof WasmExecutable)) return 'plain loops';
  const names = executable.tasks.flatMap(({ calls }) => calls.map(({ kernel }) => kernel.name));
  return [...new Set(names)].join(' + ');
}

export function randomMatrix(shape: readonly number[], name: string): Tensor<'float32'> {
  const matrix = Tensor.zeros('float32', shape, name);
  const random = new RandomStream(1, name);
  for (let i = 0; i < matrix.size; i++) matrix.values[i] = random.uniform(i) - 0.5;
  return matrix;
}

function format(rows: readonly MatmulRow[]): string {
  const withPeer = rows.some(({ openblas }) => openblas);
  const table = new Table({
    head: [
      'product',
      'm',
      'k',
      'n',
      'form',
      'GFLOP/s',
      'p10',
      'p90',
      'best',
      '% of peak',
      ...(withPeer ? ['OpenBLAS', 'best', 'ratio'] : []),
    ],
    colAligns: ['left', ...Array.from({ length: 12 }, () => 'right' as const)],
    style: { head: [], border: [], compact: true },
  });
  for (const { use, threads, m, k, n, transposeA, transposeB, gflops, peakGflops, openblas } of rows) {
    const form = `A${transposeA ? 'ᵀ' : ''}·B${transposeB ? 'ᵀ' : ''}`;
    const share = peakGflops === null ? '–' : ((100 * gflops.median) / (peakGflops * threads)).toFixed(0);
    const speeds = [gflops.median, gflops.p10, gflops.p90, gflops.best].map((speed) => speed.toFixed(1));
    const cells = [use, m, k, n, form, ...speeds, share];
    if (openblas)
      cells.push(
        openblas.gflops.median.toFixed(1),
        openblas.gflops.best.toFixed(1),
        openblas.ratio.toFixed(2),
      );
    table.push(cells);
  }
  return table.toString();
}
