import type { Engine } from '../engine/engine.ts';
import { createEngine, type EngineName } from '../engine/create-engine.ts';

/** Where a call computes. */
export interface EngineOption {
  /**
   * An engine by name is started for this call and closed after it. One that is given stays open, and goes on with the
   * weights that it has for the network. `auto`, if left out: the fastest that runs here.
   */
  readonly engine?: EngineName | Engine;
}

/**
 * Does something on an engine, which is closed afterwards unless it was given.
 *
 * @param threads for an engine that is started here: as many as it finds useful if left out
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
    return await action(started.engine);
  } finally {
    await started.engine.close();
  }
}
