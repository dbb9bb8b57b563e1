import type { OptionValues } from '../../../sweep/space.ts';
import type { Sweep, Task } from '../../../sweep/sweep.ts';
import { withRecipe } from '../../options/preset.ts';

/** Of a trial: those of all runs, and its own. */
export function optionsOf(plan: Sweep, values: OptionValues): OptionValues {
  return { ...plan.options, ...values };
}

/** The epoch after which a task ends; null for that of its run. */
export function untilOf({ halving }: Sweep, options: OptionValues, { rung }: Task): number | null {
  if (halving === null) return null;
  const until = halving.from * halving.factor ** rung;
  return until < withRecipe(options).epochs ? until : null;
}
