/** Measures one rung after the other, for squares of several sizes. */
import { WasmEngine } from '../../../src/engine/wasm/engine.ts';
import type { Conditions } from '../../measure/machine.ts';
import { measurePeak } from '../../kernels/peak.ts';
import { findAdapter } from '../adapter.ts';
import {
  flopsOf,
  makeTask,
  measureRung,
  type Patience,
  type Speed,
  type Task,
  WrongResult,
} from './measure.ts';
import { isOnGpu, type Rung, type Sizes } from '../rung.ts';
import { missing } from '../wasm.ts';

/** The result of a rung for squares of one size: a speed in GFLOP/s, or why there is none. */
export type SizeResult = { readonly size: number } & (
  { readonly gflops: Speed } | { readonly skipped: string } | { readonly wrong: string }
);

export interface RungResult extends Pick<Rung, 'name' | 'family' | 'idea'> {
  readonly threads: number;
  /** Why the rung cannot run here; null if it can. */
  readonly unavailable: string | null;
  readonly speeds: readonly SizeResult[];
}

/** The result file of `bench ladder`. */
export interface LadderResult extends Conditions {
  /** The number of threads of the rungs that use several. */
  readonly threads: number;
  /** The peak of one thread: multiply-adds on registers alone; null without SIMD. */
  readonly peakGflops: number | null;
  /** Floats in a vector of that measurement: 8, or 4 where V8 does not pack. */
  readonly peakLanes: number;
  /** The WebGPU adapter; null if there is none or no rung needs it. */
  readonly adapter: { readonly name: string; readonly software: boolean | null } | null;
  readonly sizes: readonly number[];
  readonly rungs: readonly RungResult[];
}

export interface ClimbOptions {
  readonly conditions: Conditions;
  /** Squares, n × n. */
  readonly sizes: readonly number[];
  readonly threads: number;
  readonly patience: Patience;
  /** Called before each measurement. */
  readonly onMeasure: (rung: Rung, size: number) => void;
  /** Called after each rung. */
  readonly onRung: (result: RungResult) => void;
}

/** The size of a product that is timed first, to estimate how long the others will take. */
const pilotSize = 64;

export async function climb(rungs: readonly Rung[], options: ClimbOptions): Promise<LadderResult> {
  const { sizes, threads, onRung } = options;
  const tasks = new Map<number, Task>();
  const taskOf = (size: number): Task => {
    const task = tasks.get(size) ?? makeTask(square(size));
    tasks.set(size, task);
    return task;
  };
  const { peakGflops, peakLanes } = await peak();
  const results: RungResult[] = [];
  for (const [index, rung] of rungs.entries()) {
    const { name, family, idea, threaded } = rung;
    const unavailable = await rung.unavailable();
    // all others are compared with the first rung, so it is measured however long it takes
    const longest = index === 0 ? Infinity : options.patience.longest;
    const patience = { ...options.patience, longest };
    const speeds = unavailable === null ? await measureSizes(rung, { ...options, patience }, taskOf) : [];
    const result = { name, family, idea, threads: threaded ? threads : 1, unavailable, speeds };
    results.push(result);
    onRung(result);
  }
  const adapter = rungs.some(isOnGpu) ? await findAdapter() : null;
  return {
    ...options.conditions,
    threads,
    peakGflops,
    peakLanes,
    adapter: adapter === null || 'missing' in adapter ? null : adapter,
    sizes,
    rungs: results,
  };
}

async function measureSizes(
  rung: Rung,
  { sizes, threads, patience, onMeasure }: ClimbOptions,
  taskOf: (size: number) => Task,
): Promise<SizeResult[]> {
  const results: SizeResult[] = [];
  let gflops: number | null = null;
  for (const size of sizes) {
    onMeasure(rung, size);
    try {
      if (gflops === null && size > pilotSize) {
        gflops = (await measureRung(rung, taskOf(pilotSize), threads, patience)).best;
      }
      const seconds = gflops === null ? 0 : flopsOf(square(size)) / gflops / 1e9;
      if (seconds > patience.longest) {
        results.push({ size, skipped: `a product would take about ${Math.ceil(seconds)} s` });
        continue;
      }
      const speed: Speed = await measureRung(rung, taskOf(size), threads, patience);
      gflops = speed.best;
      results.push({ size, gflops: speed });
    } catch (error) {
      if (!(error instanceof WrongResult)) throw error;
      results.push({ size, wrong: error.message });
    }
  }
  return results;
}

function square(size: number): Sizes {
  return { m: size, k: size, n: size };
}

/** The peak of the target that the wasm engine uses here, with V8's packing where it is available. */
async function peak(): Promise<Pick<LadderResult, 'peakGflops' | 'peakLanes'>> {
  if (missing(['simd']) !== null) return { peakGflops: null, peakLanes: 4 };
  const engine = await WasmEngine.start({ threads: 1 });
  try {
    return { peakGflops: measurePeak(engine.target), peakLanes: engine.target.wide ? 8 : 4 };
  } finally {
    await engine.close();
  }
}

/** The median speed of a rung for one size; undefined if there is none. */
export function speedOf({ speeds }: RungResult, size: number): number | undefined {
  const result = speeds.find((speed) => speed.size === size);
  return result !== undefined && 'gflops' in result ? result.gflops.median : undefined;
}

/** The size whose shares and ratios are given: 512 if it was measured, else the largest. */
export function headlineSize({ sizes }: LadderResult): number {
  return sizes.includes(512) ? 512 : Math.max(...sizes);
}

/** Share of the peak of the threads that a rung uses, at a size; undefined for a GPU, or without a speed. */
export function peakShare({ peakGflops }: LadderResult, rung: RungResult, size: number): number | undefined {
  const speed = speedOf(rung, size);
  if (peakGflops === null || speed === undefined || isOnGpu(rung)) return undefined;
  return speed / (peakGflops * rung.threads);
}

/** Multiply-adds of vectors that a core can start in a cycle: two on most cores since 2013. */
const vectorsPerCycle = 2;

/** Multiply-adds of floats in a cycle of each core, on the assumption that the peak is two vectors a cycle. */
export function multiplyAddsPerCycle(
  result: LadderResult,
  rung: RungResult,
  size: number,
): number | undefined {
  const share = peakShare(result, rung, size);
  return share === undefined ? undefined : share * vectorsPerCycle * result.peakLanes;
}

/** How many times as fast as the first rung; undefined without a speed of either. */
export function timesNaive({ rungs }: LadderResult, rung: RungResult, size: number): number | undefined {
  const [speed, naive] = [speedOf(rung, size), speedOf(rungs[0]!, size)];
  return speed === undefined || naive === undefined ? undefined : speed / naive;
}
