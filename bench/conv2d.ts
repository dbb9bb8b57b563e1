import Table from 'cli-table3';
import type { Engine } from '../src/tensor/engine.ts';
import type { Ops } from '../src/tensor/ops.ts';
import { Recorder } from '../src/tensor/recorder.ts';
import { EagerOps } from '../src/tensor/reference/eager.ts';
import { Tensor } from '../src/tensor/tensor.ts';
import { WasmEngine } from '../src/tensor/wasm/engine.ts';
import { checkAgreement } from './check.ts';
import { flopsOf } from '../src/tensor/flops.ts';
import { checkMachine, describeMachine } from './machine.ts';
import {
  kernelNames,
  type MatmulArguments,
  randomMatrix as randomTensor,
  startEngine,
  warmUp,
} from './matmul.ts';
import { measurePeak } from './peak.ts';
import { whole } from './race.ts';
import { type Spread, spread, writeResult } from './results.ts';
import { batch, cnnConvolutions, type ConvolutionShape } from './shapes.ts';

export type Conv2dArguments = Pick<
  MatmulArguments,
  'engine' | 'threads' | 'revectorize' | 'samples' | 'json' | 'strict'
>;

/** One convolution in one direction: an element of the result file's array. */
export interface Conv2dRow extends ConvolutionShape {
  readonly pass: 'forward' | 'dW' | 'dx';
  readonly batch: number;
  /** The generated functions that run. */
  readonly kernel: string;
  readonly engine: string;
  readonly threads: number;
  readonly imagesPerSecond: Spread;
  /** As if it were computed directly, tap by tap: Winograd's method can exceed the peak. */
  readonly directGflops: Spread;
  /** Of one thread; null for an engine that does not use vectors. */
  readonly peakGflops: number | null;
  readonly checked: true;
  readonly machine: Readonly<Record<string, string | number>>;
}

/** Measures the CNN's convolutions, each alone and each way: checked against the plain loops, warmed up, then timed. */
export async function benchConv2d(args: Conv2dArguments): Promise<void> {
  const engine = await startEngine(args);
  const peak = engine instanceof WasmEngine ? measurePeak(engine.target) : null;
  checkMachine(args.strict);
  console.log(`${engine.name}: ${engine.description}; batch ${batch}, 3×3, same`);
  const rows: Conv2dRow[] = [];
  for (const shape of cnnConvolutions) {
    // nothing asks for the gradient of the images
    const passes = shape.channels === 1 ? (['forward', 'dW'] as const) : (['forward', 'dW', 'dx'] as const);
    for (const pass of passes) rows.push(await measure(engine, shape, pass, args.samples, peak));
  }
  await engine.close();
  console.log(format(rows));
  console.log(
    'GFLOP/s and % of the peak as if each tap were computed; transforms of Winograd are inside the clock',
  );
  if (args.json !== undefined) {
    writeResult(args.json, rows);
    console.log(`written to ${args.json}`);
  }
}

async function measure(
  engine: Engine,
  shape: ConvolutionShape,
  pass: Conv2dRow['pass'],
  samples: number,
  peakGflops: number | null,
): Promise<Conv2dRow> {
  const { layer, height, width, channels, filters } = shape;
  const x = randomTensor([batch, height, width, channels], 'x');
  const filter = randomTensor([3, 3, channels, filters], 'filter');
  const dy = randomTensor([batch, height, width, filters], 'dy');
  const dFilter = Tensor.zeros('float32', filter.shape, 'dFilter');
  const options = { padding: 'same' } as const;
  const compute = (ops: Ops): Tensor => {
    if (pass === 'forward') return ops.conv2d(x, filter, options);
    if (pass === 'dx') return ops.conv2dBackwardInput(dy, filter, x.shape, options);
    ops.conv2dBackwardFilter(x, dy, { ...options, out: dFilter });
    return dFilter;
  };
  const ops = new Recorder();
  const result = compute(ops);
  const program = ops.finish(`${layer} ${pass}`, [result]);
  const executable = await engine.compile(program);
  await executable.run();
  const actual = new Float32Array(await engine.read(result));
  const expected = compute(new EagerOps()).values;
  checkAgreement(actual, expected, 1e-4 * largest(expected), `${layer} ${pass}`);

  const flops = program.operations.reduce((sum, operation) => sum + flopsOf(operation), 0);
  const { runs, time } = await warmUp(executable);
  const seconds: number[] = [];
  for (let sample = 0; sample < samples; sample++) seconds.push(await time(runs));
  return {
    ...shape,
    pass,
    batch,
    kernel: kernelNames(executable),
    engine: engine.name,
    threads: engine.threads,
    imagesPerSecond: spread(seconds.map((value) => batch / value)),
    directGflops: spread(seconds.map((value) => flops / value / 1e9)),
    peakGflops,
    checked: true,
    machine: describeMachine(),
  };
}

function largest(values: ArrayLike<number>): number {
  return Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

function format(rows: readonly Conv2dRow[]): string {
  const table = new Table({
    head: ['convolution', 'images', 'images/s', 'GFLOP/s', 'p10', 'p90', 'best', '% of peak'],
    colAligns: ['left', 'left', ...Array.from({ length: 6 }, () => 'right' as const)],
    style: { head: [], border: [], compact: true },
  });
  for (const { layer, pass, height, width, channels, filters, threads, ...row } of rows) {
    const { imagesPerSecond, directGflops, peakGflops } = row;
    const speeds = [directGflops.median, directGflops.p10, directGflops.p90, directGflops.best];
    table.push([
      `${layer} ${pass}`,
      `${height}×${width}×${channels} → ${filters}`,
      whole(imagesPerSecond.median),
      ...speeds.map((speed) => speed.toFixed(1)),
      peakGflops === null ? '–' : ((100 * directGflops.median) / (peakGflops * threads)).toFixed(0),
    ]);
  }
  return table.toString();
}
