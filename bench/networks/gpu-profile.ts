/** `bench step --engine gpu --profile`: where the time of a training step goes on a GPU. */
import Table from 'cli-table3';
import { fashionMnist } from '../../src/data/idx/fashion-mnist.ts';
import { openWebGpu } from '../../src/engine/gpu/webgpu/adapter.ts';
import { CallTimer } from '../../src/engine/gpu/webgpu/call-timer.ts';
import { WebGpuEngine } from '../../src/engine/gpu/webgpu/engine.ts';
import { countBarriers } from '../../src/engine/gpu/webgpu/order.ts';
import { Pipelines } from '../../src/engine/gpu/webgpu/pipelines.ts';
import { rate } from '../measure/format.ts';
import { checkMachine, type Conditions } from '../measure/machine.ts';
import { writeResult } from '../measure/results.ts';
import { RecordedSteps } from './recorded-steps.ts';

/** One dispatch of a step. */
export interface DispatchRow {
  readonly kernel: string;
  /** Along x, y and z. */
  readonly workgroups: readonly [number, number, number];
  /** By repetition on the device: what a dispatch costs inside a submit is in it. */
  readonly microseconds: number;
}

export interface GpuProfileResult extends Conditions {
  readonly model: string;
  readonly batchSize: number;
  readonly description: string;
  readonly software: boolean;
  /** In the order in which they run. */
  readonly dispatches: readonly DispatchRow[];
  /** Between dispatches that depend on each other, the device waits. */
  readonly barriers: number;
  /** All dispatches one after the other, repeated on the device. */
  readonly inARowMicroseconds: number;
  /** As training runs it: time, time of the host in calls to the engine, and submits, for each step. */
  readonly step: {
    readonly microseconds: number;
    readonly hostMicroseconds: number;
    readonly submits: number;
  };
}

export interface GpuProfileArguments {
  readonly model: string;
  readonly batchSize: number;
  readonly strict: boolean;
  readonly json: string | undefined;
}

/** Steps are timed for so long, and at least so many. */
const [stepSeconds, fewestSteps] = [1, 8];

/** Times each dispatch of a step by itself, on buffers of its own. @throws with one line if there is no WebGPU */
export async function profileGpuStep({ model, batchSize, strict, json }: GpuProfileArguments): Promise<void> {
  const adapter = await openWebGpu();
  const conditions = checkMachine(strict);
  const engine = await WebGpuEngine.on(adapter, { measure: !adapter.software });
  const steps = await RecordedSteps.compile(engine, model, batchSize, fashionMnist());
  await steps.run(2);
  const warm = await steps.run(fewestSteps);
  const count = Math.max(fewestSteps, Math.round((stepSeconds / warm.seconds) * fewestSteps));
  const before = engine.submits;
  const { seconds, hostSeconds } = await steps.run(count);
  const submits = engine.submits - before;

  const { calls } = steps.executable;
  const timer = new CallTimer(adapter.device, new Pipelines(adapter.device));
  await timer.prepare(calls);
  const dispatches: DispatchRow[] = [];
  for (const call of calls) {
    const { name: kernel, groups: workgroups } = call.kernel;
    dispatches.push({ kernel, workgroups, microseconds: 1e6 * (await timer.time([call])) });
  }
  const inARowMicroseconds = 1e6 * (await timer.time(calls));
  timer.free();
  await engine.close();

  const perStep = (value: number): number => (1e6 * value) / count;
  const result: GpuProfileResult = {
    ...conditions,
    model,
    batchSize,
    description: engine.description,
    software: engine.software,
    dispatches,
    barriers: countBarriers(calls),
    inARowMicroseconds,
    step: {
      microseconds: perStep(seconds),
      hostMicroseconds: perStep(hostSeconds),
      submits: submits / count,
    },
  };
  console.log(formatGpuProfile(result));
  writeResult(json, result);
}

/** The longest names list the places of all parameters. */
const mostLetters = 90;

/** The table of the dispatches, and the lines around it. */
export function formatGpuProfile(result: GpuProfileResult): string {
  const { model, batchSize, description, dispatches, barriers, inARowMicroseconds, step } = result;
  const sum = dispatches.reduce((all, { microseconds }) => all + microseconds, 0);
  const table = new Table({
    head: ['', 'kernel', 'workgroups', 'µs', 'share'],
    colAligns: ['right', 'left', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  for (const [index, { kernel, workgroups, microseconds }] of dispatches.entries()) {
    table.push([
      index + 1,
      kernel.length > mostLetters ? `${kernel.slice(0, mostLetters)}…` : kernel,
      workgroups.filter((groups, axis) => axis === 0 || groups > 1).join('×'),
      microseconds.toFixed(1),
      `${((100 * microseconds) / sum).toFixed(1)} %`,
    ]);
  }
  table.push(['', 'sum of the dispatches', '', sum.toFixed(1), '']);
  table.push(['', 'all in a row', '', inARowMicroseconds.toFixed(1), '']);
  table.push(['', 'a step in training', '', step.microseconds.toFixed(1), '']);
  return [
    `${model}, batch ${batchSize}: ${description}`,
    table.toString(),
    'each dispatch repeated by itself on the device, on numbers that are 0',
    `${dispatches.length} dispatches, ${barriers} barriers, ${rate(step.submits)} submits a step; ` +
      `the host works ${step.hostMicroseconds.toFixed(1)} µs a step, ` +
      `${rate((1e6 * batchSize) / step.microseconds)} images/s`,
  ].join('\n');
}
