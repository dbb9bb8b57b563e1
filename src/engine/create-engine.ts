import type { Engine } from './engine.ts';
import type { GpuOptions } from './gpu/start.ts';
import type { GpuBackend } from './gpu/gpu-js.ts';
import type { PreparationOptions } from './preparation.ts';
import { ReferenceEngine } from './reference-engine.ts';
import { WasmEngine } from './wasm/engine.ts';

/** `auto` picks the fastest engine that runs here. */
export const engineNames = ['auto', 'reference', 'wasm', 'gpu'] as const;
export type EngineName = (typeof engineNames)[number];

/** An engine and why it was chosen. */
export interface ChosenEngine {
  readonly engine: Engine;
  readonly reason: string;
}

/** An engine that was asked for by name and cannot run here. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
}

export interface EngineOptions extends PreparationOptions {
  /** Threads of the wasm engine; as many as it finds useful if left out. The other engines take 1 at most. */
  readonly threads?: number;
  /** Whether V8 may pack 128-bit operations into 256-bit ones (wasm engine). */
  readonly revectorize?: boolean;
  /** Whether the gpu engine measures products to choose their kernels; if left out, only on a GPU in hardware. */
  readonly measure?: boolean;
  /** The interface to the GPU (gpu engine); if left out, WebGPU, or GL where there is no WebGPU. */
  readonly backend?: GpuBackend;
  /** Receives what a person should know while the engine runs. */
  readonly onNotice?: (notice: string) => void;
  /** Measures the seconds that an engine takes for some work. With it, `auto` also tries the GPU, if there is one. */
  readonly trial?: (engine: Engine) => Promise<number>;
}

/**
 * Starts an engine.
 *
 * @throws {EngineError} if an engine that is asked for by name cannot run here, or not with these options
 */
export function createEngine(name: EngineName, options: EngineOptions = {}): Promise<ChosenEngine> {
  return chooseEngine(name, options, startGpuHardware);
}

/** Finds and starts a GPU in hardware; gives null where there is none. */
type StartHardware = (options: PreparationOptions) => Promise<Engine | null>;

/** `createEngine`, where `startHardware` finds and starts a GPU in hardware, or gives null where there is none. */
export async function chooseEngine(
  name: EngineName,
  options: EngineOptions,
  startHardware: StartHardware,
): Promise<ChosenEngine> {
  if (name === 'reference') return reference(options, 'asked for');
  if (name === 'gpu') return gpu(options);
  let engine: Engine;
  try {
    engine = await WasmEngine.start(options);
  } catch (error) {
    const reason = `the wasm engine cannot run: ${(error as Error).message}`;
    if (name === 'wasm') throw new EngineError(reason, { cause: error });
    return reference(options, reason);
  }
  return name === 'auto' ? faster(engine, options, startHardware) : { engine, reason: 'asked for' };
}

/** The wasm engine, unless there is a GPU that takes less time for the trial. */
async function faster(
  wasm: Engine,
  options: EngineOptions,
  startHardware: StartHardware,
): Promise<ChosenEngine> {
  const { trial } = options;
  const alone = { engine: wasm, reason: 'the fastest engine here' };
  if (trial === undefined) return alone;
  const candidate = await startHardware(options).catch(() => null);
  if (candidate === null) return alone;
  const wasmSeconds = await trial(wasm).catch(async (error: unknown) => {
    await Promise.all([wasm.close(), candidate.close()]);
    throw error;
  });
  let gpuSeconds: number;
  try {
    gpuSeconds = await trial(candidate);
  } catch (error) {
    await candidate.close();
    return { engine: wasm, reason: `the GPU is not used: ${(error as Error).message}` };
  }
  const milliseconds = (seconds: number): string => `${Number((1000 * seconds).toPrecision(3))} ms`;
  const times = `a step takes ${milliseconds(gpuSeconds)} on the GPU, ${milliseconds(wasmSeconds)} on the processor`;
  const [engine, other] = gpuSeconds < wasmSeconds ? [candidate, wasm] : [wasm, candidate];
  await other.close();
  return { engine, reason: times };
}

/** The gpu engine, if there is a GPU in hardware; null where there is none, or only an adapter in software. */
async function startGpuHardware({ onPreparation, signal }: PreparationOptions): Promise<Engine | null> {
  const { hasHardware } = await import('./gpu/probe.ts');
  onPreparation?.({ task: 'looking for a GPU', done: 0, total: 1 });
  const isThere = await hasHardware();
  onPreparation?.({ task: 'looking for a GPU', done: 1, total: 1 });
  return isThere ? startGpu({ ...(onPreparation && { onPreparation }), signal }) : null;
}

async function startGpu(options: GpuOptions = {}): Promise<Engine> {
  // gpu.js is larger than everything else: it is loaded only when it is needed
  const { startGpuEngine } = await import('./gpu/start.ts');
  return startGpuEngine(options);
}

function reference({ threads }: EngineOptions, reason: string): ChosenEngine {
  if (threads !== undefined && threads > 1) {
    throw new EngineError(`the reference engine runs on 1 thread, not on ${threads}`);
  }
  return { engine: new ReferenceEngine(), reason };
}

async function gpu({ threads, ...options }: EngineOptions): Promise<ChosenEngine> {
  if (threads !== undefined && threads > 1) {
    throw new EngineError(`the gpu engine has no threads to set, got ${threads}`);
  }
  try {
    return { engine: await startGpu(options), reason: 'asked for' };
  } catch (error) {
    throw new EngineError(`the gpu engine cannot run: ${(error as Error).message}`, { cause: error });
  }
}
