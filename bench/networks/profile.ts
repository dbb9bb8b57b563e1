/** `bench step --profile`: where the time of a training step goes. */
import Table from 'cli-table3';
import { median } from 'd3-array';
import { shuffled } from '../../src/data/batches.ts';
import { fashionMnist } from '../../src/data/idx/fashion-mnist.ts';
import { inputsOf, nameOf, outputsOf } from '../../src/tensor/operation.ts';
import { type DataType, Tensor } from '../../src/tensor/tensor.ts';
import { WasmEngine } from '../../src/engine/wasm/engine.ts';
import type { WasmExecutable } from '../../src/engine/wasm/executable.ts';
import type { Task } from '../../src/engine/wasm/plan/task.ts';
import { TrainingSteps } from '../../src/train/training-steps.ts';
import { flopsOf } from '../../src/tensor/operation-facts.ts';
import { measurePeak } from '../kernels/peak.ts';
import { checkMachine, type Conditions } from '../measure/machine.ts';
import { writeResult } from '../measure/results.ts';
import { trainingInputs } from './training.ts';

interface Milliseconds {
  readonly median: number;
  readonly best: number;
}

/** One task of a program: an operation, several fused operations, or a preparation of data such as packing. */
export interface ProfileRow {
  readonly task: string;
  readonly operations: readonly string[];
  /** Shapes of inputs and outputs: `64×784, 784×32 → 64×32`; empty for a preparation. */
  readonly shapes: string;
  readonly milliseconds: Milliseconds;
  /** The speed of products and convolutions; null for other tasks. */
  readonly gflops: number | null;
  /** The share of the sum of all tasks, from the medians. */
  readonly share: number;
}

export interface ProfileResult extends Conditions {
  readonly model: string;
  readonly description: string;
  readonly batchSize: number;
  readonly repetitions: number;
  /** Slowest first. */
  readonly tasks: readonly ProfileRow[];
  /** The sum of the medians of all tasks, and the speed of all products and convolutions in this time. */
  readonly sumMilliseconds: number;
  readonly sumGflops: number;
  /** The whole step as training runs it, measured in turn with the tasks. */
  readonly stepMilliseconds: Milliseconds;
  readonly peakGflops: number;
}

/** Repeat at least `least` times, then until `seconds` have passed or there are `most` repetitions. */
const repetitions = { least: 20, most: 2000, seconds: 5 };

export interface ProfileArguments {
  readonly model: string;
  readonly batchSize: number;
  readonly revectorize: boolean;
  readonly strict: boolean;
  readonly json: string | undefined;
}

/** Times each task of a step by itself, on one thread of the wasm engine. */
export async function profileStep({
  model,
  batchSize,
  revectorize,
  strict,
  json,
}: ProfileArguments): Promise<void> {
  const conditions = checkMachine(strict);
  const engine = await WasmEngine.start({ threads: 1, revectorize });
  const executable = await compileStep(model, batchSize, engine);
  const samples = await timeTasks(executable);
  await engine.close();

  const result: ProfileResult = {
    ...conditions,
    model,
    description: engine.description,
    batchSize,
    repetitions: samples.step.length,
    ...summarizeTasks(executable.tasks, samples.tasks),
    stepMilliseconds: summarize(samples.step),
    peakGflops: measurePeak(engine.target),
  };
  print(result);
  writeResult(json, result);
}

/** Compiles and runs the first step of a run on real images. The engine checks its kernels against the reference. */
async function compileStep(model: string, batchSize: number, engine: WasmEngine): Promise<WasmExecutable> {
  const dataset = fashionMnist();
  const inputs = trainingInputs(model, dataset);
  const positions = Int32Array.from(dataset.train.y.values, (_, i) => i);
  const batch = shuffled(positions, 1, 1).subarray(0, batchSize);
  const steps = new TrainingSteps(inputs, engine);
  await steps.run(batch, 1, inputs.optimizer.defaultLearningRate);
  // what this engine compiles are executables of its own
  return (await steps.prepare(batchSize)) as WasmExecutable;
}

/**
 * Milliseconds of the whole step and of each task, in turn. The tasks run in the order of the program, so that each finds
 * the same data in the caches as in training.
 */
async function timeTasks(
  executable: WasmExecutable,
): Promise<{ readonly tasks: readonly number[][]; readonly step: readonly number[] }> {
  const tasks = executable.tasks.map((): number[] => []);
  const step: number[] = [];
  const begin = performance.now();
  const isDone = (): boolean =>
    step.length >= repetitions.most ||
    (step.length >= repetitions.least && performance.now() - begin > 1000 * repetitions.seconds);
  while (!isDone()) {
    const start = performance.now();
    await executable.run();
    step.push(performance.now() - start);
    for (const [index, samples] of tasks.entries()) {
      const before = performance.now();
      executable.runTask(index);
      samples.push(performance.now() - before);
    }
  }
  return { tasks, step };
}

/** The rows of the table, slowest first, from the milliseconds of each task. */
export function summarizeTasks(
  tasks: readonly Task[],
  samples: readonly (readonly number[])[],
): Pick<ProfileResult, 'tasks' | 'sumMilliseconds' | 'sumGflops'> {
  const times = samples.map(summarize);
  const sumMilliseconds = times.reduce((sum, time) => sum + time.median, 0);
  const flopCounts = tasks.map(({ operations }) =>
    operations.reduce((sum, operation) => sum + flopsOf(operation), 0),
  );
  const gflops = (flops: number, milliseconds: number): number => flops / milliseconds / 1e6;
  const rows = tasks.map(({ name, operations }, index): ProfileRow => {
    const milliseconds = times[index]!;
    const flops = flopCounts[index]!;
    return {
      task: name,
      operations: operations.map(nameOf),
      shapes: describeShapes(operations),
      milliseconds,
      gflops: flops > 0 ? gflops(flops, milliseconds.median) : null,
      share: milliseconds.median / sumMilliseconds,
    };
  });
  return {
    tasks: rows.toSorted((a, b) => b.milliseconds.median - a.milliseconds.median),
    sumMilliseconds,
    sumGflops: gflops(
      flopCounts.reduce((sum, flops) => sum + flops, 0),
      sumMilliseconds,
    ),
  };
}

/** The shapes of the inputs of the first operation and of the outputs of the last one; equal shapes once. */
function describeShapes(operations: Task['operations']): string {
  const [first, last] = [operations[0], operations.at(-1)];
  if (first === undefined || last === undefined) return '';
  const list = (tensors: readonly Tensor<DataType>[]): string =>
    [...new Set(tensors.map(({ shape }) => shape.join('×')))].join(', ');
  return `${list(inputsOf(first))} → ${list(outputsOf(last))}`;
}

function summarize(samples: readonly number[]): Milliseconds {
  return { median: median(samples)!, best: Math.min(...samples) };
}

function print(result: ProfileResult): void {
  const { model, batchSize, description, peakGflops, tasks, sumMilliseconds, stepMilliseconds } = result;
  console.log(`${model}, batch ${batchSize}: ${description}; ${result.repetitions} repetitions`);
  console.log(`peak of one thread, multiply-adds on registers: ${peakGflops.toFixed(1)} GFLOP/s\n`);
  const table = new Table({
    head: ['task', 'shapes', 'ms', 'best', 'GFLOP/s', 'share'],
    colAligns: ['left', 'left', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  const add = (
    name: string,
    shapes: string,
    { median: middle, best }: Milliseconds,
    gflops: number | null,
  ): unknown =>
    table.push([
      name,
      shapes,
      middle.toFixed(3),
      best.toFixed(3),
      gflops === null ? '–' : gflops.toFixed(1),
      `${((100 * middle) / sumMilliseconds).toFixed(1)} %`,
    ]);
  for (const { task, shapes, milliseconds, gflops } of tasks) add(task, shapes, milliseconds, gflops);
  const best = tasks.reduce((sum, { milliseconds }) => sum + milliseconds.best, 0);
  add('sum of the tasks', '', { median: sumMilliseconds, best }, result.sumGflops);
  add('the whole step', '', stepMilliseconds, null);
  console.log(table.toString());
  console.log('median and best of all repetitions; GFLOP/s count a convolution directly, tap by tap');
}
