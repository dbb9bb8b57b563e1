import type { Engine } from './engine.ts';
import { ReferenceEngine } from './reference/engine.ts';

/** `auto` picks the fastest engine that runs here. */
export const engineNames = ['auto', 'reference'] as const;
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

/** @param threads as many as the engine finds useful if left out */
export function createEngine(name: EngineName, threads?: number): Promise<ChosenEngine> {
  if (threads !== undefined && threads > 1) {
    return Promise.reject(new EngineError(`the reference engine runs on 1 thread, not on ${threads}`));
  }
  const reason = name === 'auto' ? 'the only engine so far' : 'asked for';
  return Promise.resolve({ engine: new ReferenceEngine(), reason });
}
