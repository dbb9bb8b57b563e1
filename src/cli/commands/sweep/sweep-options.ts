import type { OptionValues } from '../../../sweep/space.ts';
import type { Sweep, Job } from '../../../sweep/sweep.ts';
import { withRecipe } from '../../options/preset.ts';

/** Of a trial: those of all runs, and its own. */
export function optionsOf(plan: Sweep, values: OptionValues): OptionValues {
  return { ...plan.options, ...values };
}

/** The epoch after which a job ends; null for that of its run. */
export function untilOf({ halving }: Sweep, options: OptionValues, { rung }: Job): number | null {
  if (halving === null) return null;
  const until = halving.from * halving.factor ** rung;
  return until < withRecipe(options).epochs ? until : null;
}
