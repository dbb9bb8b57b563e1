import type { OptionValues } from '../../../sweep/space.ts';
import { type Job, rungsOf, type Sweep } from '../../../sweep/sweep.ts';
import { withRecipe } from '../../options/preset.ts';

/** Of a trial: those of all runs, and its own. */
export function optionsOf(plan: Sweep, values: OptionValues): OptionValues {
  return { ...plan.options, ...values };
}

/** The epoch after which a job ends; null for that of its run. */
export function untilOf(plan: Sweep, options: OptionValues, { rung }: Job): number | null {
  const rungs = rungsOf(plan, withRecipe(options).epochs);
  return rung < rungs.length - 1 ? rungs[rung]! : null;
}

/** Options that name files and folders, which are of one machine. */
const placeOptions = ['data', 'test-data', 'init', 'out', 'augmented-picture'];

/** The first of the options that names a file or a folder, but for that of `--model`. */
export function placeIn(options: OptionValues): string | undefined {
  return Object.keys(options).find((name) => placeOptions.includes(name));
}

/** Whether `--model` names a file, and not a preset. */
export function isModelFile(model: unknown): model is string {
  return typeof model === 'string' && /[./\\]/.test(model);
}
