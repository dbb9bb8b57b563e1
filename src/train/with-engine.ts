import type { Engine } from '../engine/engine.ts';
import { createEngine, type EngineName } from '../engine/create-engine.ts';

/** The engine that a call computes on. */
export interface EngineOption {
  /**
   * The name of an engine, which is started for this call and closed after it; or an engine, which stays open and
   * continues with the weights that it has for the network. `auto` if left out: the fastest that runs here.
   */
  readonly engine?: EngineName | Engine;
}

/**
 * Does something on an engine, which is closed afterwards unless it was given.
 *
 * @param threads for an engine that is started here; the engine's own choice if left out
 * @throws EngineError if the engine cannot run here
 */
export async function withEngine<T>(
  engine: EngineName | Engine,
  action: (engine: Engine) => Promise<T>,
  threads?: number,
): Promise<T> {
  if (typeof engine !== 'string') return action(engine);
  const started = await createEngine(engine, threads === undefined ? {} : { threads });
  try {
    return await action(started);
  } finally {
    await started.close();
  }
}
