import type { EngineName } from '../../../engine/create-engine.ts';
import type { Engine } from '../../../engine/engine.ts';
import type { Output } from '../../framework/output.ts';
import { startEngine } from '../../options/engine-options.ts';

/** The engine for predictions: starting more threads takes longer than they would save. */
export function engineFor({ engine }: { readonly engine: EngineName }, output: Output): Promise<Engine> {
  return startEngine({ engine, threads: 1, revectorize: true }, output);
}
