/** What the benchmarks of single operations share: starting an engine, and timing a program on it. */
import type { Engine, Executable } from '../../src/engine/engine.ts';
import { ReferenceEngine } from '../../src/engine/reference-engine.ts';
import { WasmEngine } from '../../src/engine/wasm/engine.ts';
import { WasmExecutable } from '../../src/engine/wasm/executable.ts';
import { measurePeak } from './peak.ts';

export interface KernelArguments {
  readonly engine: 'wasm' | 'reference';
  readonly threads: number;
  readonly revectorize: boolean;
  readonly samples: number;
  readonly json: string | undefined;
  readonly strict: boolean;
}

/** The engine that all rows of a result were measured on. */
export interface KernelEngine {
  readonly engine: string;
  readonly description: string;
  readonly threads: number;
  /** The peak of one thread; null for an engine that does not use vectors. */
  readonly peakGflops: number | null;
}

export async function startEngine({
  engine: name,
  threads,
  revectorize,
}: KernelArguments): Promise<readonly [Engine, KernelEngine]> {
  const engine =
    name === 'reference' ? new ReferenceEngine() : await WasmEngine.start({ threads, revectorize });
  const { description } = engine;
  const peakGflops = engine instanceof WasmEngine ? measurePeak(engine.target) : null;
  return [engine, { engine: name, description, threads: engine.threads, peakGflops }];
}

/** Share of the peak of all threads in percent; `–` without a peak. */
export function percentOfPeak(gflops: number, { peakGflops, threads }: KernelEngine): string {
  return peakGflops === null ? '–' : ((100 * gflops) / (peakGflops * threads)).toFixed(0);
}

/** About how long a sample lasts, so that the resolution of the clock and the cost of the call do not matter. */
const sampleSeconds = 0.02;
const warmUpSeconds = 0.4;

/**
 * Warms up, then returns how many runs make a sample, and a function that returns the mean seconds of so many runs.
 *
 * @param finish waits for the end of the runs, for an engine whose `run` returns before it: a GPU
 */
export async function warmUp(
  executable: Executable,
  finish: () => Promise<void> = () => Promise.resolve(),
): Promise<{ readonly runs: number; readonly time: (runs: number) => Promise<number> }> {
  const time = async (runs: number): Promise<number> => {
    const start = performance.now();
    for (let run = 0; run < runs; run++) await executable.run();
    await finish();
    return (performance.now() - start) / 1000 / runs;
  };
  // V8 starts with quick, slow code and replaces it while it runs
  const warm = performance.now();
  while (performance.now() - warm < 1000 * warmUpSeconds) await time(1);
  return { runs: Math.max(1, Math.round(sampleSeconds / (await time(1)))), time };
}

/** The names of the generated functions that run. */
export function kernelNames(executable: Executable): string {
  if (!(executable instanceof WasmExecutable)) return 'reference';
  const names = executable.tasks.flatMap(({ calls }) => calls.map(({ kernel }) => kernel.name));
  return [...new Set(names)].join(' + ');
}
