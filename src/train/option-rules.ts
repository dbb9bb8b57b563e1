import { objectWith, type OptionRule } from '../check-options.ts';
import { engineNames } from '../engine/create-engine.ts';

/** Rules that the functions of this room share. */

export const engineRule: OptionRule = {
  expected: `an engine from createEngine, or one of ${engineNames.join(', ')}`,
  accepts: (value) =>
    (engineNames as readonly unknown[]).includes(value) || objectWith('', 'compile', 'write').accepts(value),
};

/** What a loss is, `lossOf` checks: it says more. */
export const lossRule: OptionRule = { expected: 'a loss', accepts: () => true };
