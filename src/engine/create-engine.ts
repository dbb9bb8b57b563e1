import {
  anyFunction,
  checkOptions,
  objectWith,
  type OptionRule,
  positiveInteger,
  yesOrNo,
} from '../check-options.ts';
import { didYouMean } from '../closest.ts';
import { showValue } from '../show-value.ts';
import type { Engine } from './engine.ts';
import type { GpuOptions } from './gpu/start.ts';
import type { GpuBackend } from './gpu/gpu-js.ts';
import type { PreparationOptions } from './preparation.ts';
import { ReferenceEngine } from './reference-engine.ts';
import { WasmEngine } from './wasm/engine.ts';

/** `auto` picks the fastest engine that runs here. */
export const engineNames = ['auto', 'reference', 'wasm', 'gpu'] as const;
export type EngineName = (typeof engineNames)[number];

/** An engine that was asked for by name and cannot run here. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
}

export interface EngineOptions extends PreparationOptions {
  /**
   * Threads of the wasm engine, which keeps to this number. If left out, one for each core, up to 8, and fewer while other
   * programs keep the cores busy. The other engines take 1 at most.
   */
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
export async function createEngine(name: EngineName, options: EngineOptions = {}): Promise<Engine> {
  checkArguments(name, options);
  return chooseEngine(name, options, startGpuHardware);
}

/** Finds and starts a GPU in hardware; gives null where there is none. */
type StartHardware = (options: PreparationOptions) => Promise<Engine | null>;

/** `createEngine`, where `startHardware` finds and starts a GPU in hardware, or gives null where there is none. */
export async function chooseEngine(
  name: EngineName,
  options: EngineOptions,
  startHardware: StartHardware,
): Promise<Engine> {
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
  return name === 'auto' ? faster(engine, options, startHardware) : engine;
}

/** The wasm engine, unless there is a GPU that takes less time for the trial. */
async function faster(wasm: Engine, options: EngineOptions, startHardware: StartHardware): Promise<Engine> {
  const { trial } = options;
  wasm.reason = 'the fastest engine here';
  if (trial === undefined) return wasm;
  const candidate = await startHardware(options).catch(() => null);
  if (candidate === null) return wasm;
  const wasmSeconds = await trial(wasm).catch(async (error: unknown) => {
    await Promise.all([wasm.close(), candidate.close()]);
    throw error;
  });
  let gpuSeconds: number;
  try {
    gpuSeconds = await trial(candidate);
  } catch (error) {
    await candidate.close();
    wasm.reason = `the GPU is not used: ${(error as Error).message}`;
    return wasm;
  }
  const milliseconds = (seconds: number): string => `${Number((1000 * seconds).toPrecision(3))} ms`;
  const times = `a step takes ${milliseconds(gpuSeconds)} on the GPU, ${milliseconds(wasmSeconds)} on the processor`;
  const [engine, other] = gpuSeconds < wasmSeconds ? [candidate, wasm] : [wasm, candidate];
  await other.close();
  engine.reason = times;
  return engine;
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

const rules = {
  threads: positiveInteger,
  revectorize: yesOrNo,
  measure: yesOrNo,
  backend: { expected: 'webgpu, gl or cpu', accepts: (value: unknown) => typeof value === 'string' },
  onNotice: anyFunction,
  trial: anyFunction,
  onPreparation: anyFunction,
  signal: objectWith('an AbortSignal', 'aborted'),
} satisfies { readonly [Name in keyof EngineOptions]-?: OptionRule };

/** @throws TypeError or RangeError in one line for what code without types may pass */
function checkArguments(name: EngineName, options: EngineOptions): void {
  if (!(engineNames as readonly unknown[]).includes(name)) {
    const question = typeof name === 'string' ? didYouMean(name, engineNames) : '';
    throw new TypeError(
      `createEngine: expected one of ${engineNames.join(', ')}, got ${showValue(name)}${question === '' ? '' : `; ${question.trim()}`}`,
    );
  }
  checkOptions('createEngine', options, rules);
}

function reference({ threads }: EngineOptions, reason: string): Engine {
  if (threads !== undefined && threads > 1) {
    throw new EngineError(`the reference engine runs on 1 thread, not on ${threads}`);
  }
  const engine = new ReferenceEngine();
  engine.reason = reason;
  return engine;
}

async function gpu({ threads, ...options }: EngineOptions): Promise<Engine> {
  if (threads !== undefined && threads > 1) {
    throw new EngineError(`the gpu engine has no threads to set, got ${threads}`);
  }
  try {
    return await startGpu(options);
  } catch (error) {
    throw new EngineError(`the gpu engine cannot run: ${(error as Error).message}`, { cause: error });
  }
}
