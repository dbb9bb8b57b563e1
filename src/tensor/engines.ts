import type { Engine } from './engine.ts';
import { ReferenceEngine } from './reference/engine.ts';
import { WasmEngine } from './wasm/engine.ts';

/** `auto` picks the fastest engine that runs here, but not the GPU, whose speed is still to be measured. */
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

export interface EngineOptions {
  /** As many as the engine finds useful if left out. */
  readonly threads?: number;
  /** Whether V8 may pack 128-bit operations into 256-bit ones (wasm engine). */
  readonly revectorize?: boolean;
  /** Told of what a person should know while the engine runs. */
  readonly onNotice?: (notice: string) => void;
}

export async function createEngine(name: EngineName, options: EngineOptions = {}): Promise<ChosenEngine> {
  if (name === 'reference') return reference(options, 'asked for');
  if (name === 'gpu') return gpu(options);
  try {
    const engine = await WasmEngine.start(options);
    return { engine, reason: name === 'auto' ? 'the fastest engine here' : 'asked for' };
  } catch (error) {
    const reason = `the wasm engine cannot run: ${(error as Error).message}`;
    if (name === 'wasm') throw new EngineError(reason, { cause: error });
    return reference(options, reason);
  }
}

function reference({ threads }: EngineOptions, reason: string): ChosenEngine {
  if (threads !== undefined && threads > 1) {
    throw new EngineError(`the reference engine runs on 1 thread, not on ${threads}`);
  }
  return { engine: new ReferenceEngine(), reason };
}

async function gpu({ threads }: EngineOptions): Promise<ChosenEngine> {
  if (threads !== undefined && threads > 1) {
    throw new EngineError(`the gpu engine has no threads to set, got ${threads}`);
  }
  // loaded only when it is asked for: gpu.js is larger than all the rest
  const { GpuEngine } = await import('./gpu/engine.ts');
  try {
    return { engine: await GpuEngine.start(), reason: 'asked for' };
  } catch (error) {
    throw new EngineError(`the gpu engine cannot run: ${(error as Error).message}`, { cause: error });
  }
}
