/** `bench conv2d`: each convolution of the CNN, forward and backward, checked against the reference, then timed. */
import Table from 'cli-table3';
import type { Engine } from '../../src/engine/engine.ts';
import { flopsOf } from '../../src/tensor/operation-facts.ts';
import type { Ops } from '../../src/tensor/ops.ts';
import { Recorder } from '../../src/tensor/recorder.ts';
import { EagerOps } from '../../src/tensor/reference/eager.ts';
import { Tensor } from '../../src/tensor/tensor.ts';
import { checkAgreement } from '../measure/check.ts';
import { whole } from '../measure/format.ts';
import { checkMachine, type Conditions } from '../measure/machine.ts';
import { writeResult } from '../measure/results.ts';
import { type Spread, spread } from '../measure/spread.ts';
import {
  type KernelArguments,
  type KernelEngine,
  kernelNames,
  percentOfPeak,
  startEngine,
  warmUp,
} from './kernel-run.ts';
import { randomMatrix as randomTensor } from './operands.ts';
import { batch, cnnConvolutions, type ConvolutionShape } from './shapes.ts';

/** One convolution: forward, or one of its two gradients. */
export interface ConvolutionRow extends ConvolutionShape {
  readonly pass: 'forward' | 'dW' | 'dx';
  readonly batch: number;
  /** The generated functions that ran. */
  readonly kernel: string;
  readonly imagesPerSecond: Spread;
  /** The speed if every tap counts. Winograd's method computes fewer products, so it can exceed the peak. */
  readonly directGflops: Spread;
}

/** The result file of `bench conv2d`. */
export interface ConvolutionsResult extends Conditions, KernelEngine {
  readonly rows: readonly ConvolutionRow[];
}

export async function benchConvolutions(args: KernelArguments): Promise<void> {
  const conditions = checkMachine(args.strict);
  const [engine, ran] = await startEngine(args);
  console.log(`${ran.engine}: ${ran.description}; batch ${batch}, 3×3, same`);
  const rows: ConvolutionRow[] = [];
  for (const shape of cnnConvolutions) {
    // nothing needs the gradient of the images
    const passes = shape.channels === 1 ? (['forward', 'dW'] as const) : (['forward', 'dW', 'dx'] as const);
    for (const pass of passes) rows.push(await measure(engine, shape, pass, args.samples));
  }
  await engine.close();
  const result: ConvolutionsResult = { ...conditions, ...ran, rows };
  console.log(format(result));
  console.log('GFLOP/s and % of the peak count every tap; the transforms of Winograd are timed too');
  writeResult(args.json, result);
}

async function measure(
  engine: Engine,
  shape: ConvolutionShape,
  pass: ConvolutionRow['pass'],
  samples: number,
): Promise<ConvolutionRow> {
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
    imagesPerSecond: spread(seconds.map((value) => batch / value)),
    directGflops: spread(seconds.map((value) => flops / value / 1e9)),
  };
}

function largest(values: ArrayLike<number>): number {
  return Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

function format(result: ConvolutionsResult): string {
  const table = new Table({
    head: ['convolution', 'images', 'images/s', 'GFLOP/s', 'p10', 'p90', 'best', '% of peak'],
    colAligns: ['left', 'left', ...Array.from({ length: 6 }, () => 'right' as const)],
    style: { head: [], border: [], compact: true },
  });
  for (const { layer, pass, height, width, channels, filters, ...row } of result.rows) {
    const { imagesPerSecond, directGflops } = row;
    const speeds = [directGflops.median, directGflops.p10, directGflops.p90, directGflops.best];
    table.push([
      `${layer} ${pass}`,
      `${height}×${width}×${channels} → ${filters}`,
      whole(imagesPerSecond.median),
      ...speeds.map((speed) => speed.toFixed(1)),
      percentOfPeak(directGflops.median, result),
    ]);
  }
  return table.toString();
}
