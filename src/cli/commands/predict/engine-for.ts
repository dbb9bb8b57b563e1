import type { ChosenEngine, EngineName } from '../../../engine/create-engine.ts';
import type { Output } from '../../framework/output.ts';
import { startEngine } from '../../options/engine-options.ts';

/** The engine for predictions: starting more threads takes longer than they would save. */
export function engineFor(
  { engine }: { readonly engine: EngineName },
  output: Output,
): Promise<ChosenEngine> {
  return startEngine({ engine, threads: 1, revectorize: true }, output);
}
