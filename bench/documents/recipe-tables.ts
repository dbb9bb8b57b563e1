/** Tables of the results of `bench recipes`. */
import { mean } from 'd3-array';
import { asFlags } from '../../src/cli/options/preset.ts';
import { ablations } from '../recipes/ablations.ts';
import { accuracyOf, type RecipesResult } from '../recipes/recipes.ts';
import { machineText, markdownTable } from './markdown.ts';

/** A row for the recipe and for each variant of it: the validation accuracy, the time, and why. */
export function recipeTable({ preset, recipe, epochs, machine, variants }: RecipesResult): string {
  const rows = variants.map(({ name, runs }) => [
    name,
    accuracyOf(runs),
    `${mean(runs, ({ seconds }) => seconds)!.toFixed(1)} s`,
    whyOf(preset, name) ?? `\`${asFlags(Object.entries(recipe))}\``,
  ]);
  const head = [`\`--preset ${preset}\``, 'validation accuracy', 'whole run', 'why'];
  const seeds = variants[0]!.runs.map(({ seed }) => seed).join(', ');
  return [
    markdownTable(head, rows, 4),
    `${epochs === undefined ? '' : `All in ${epochs} epochs. `}Mean and standard deviation of seeds ${seeds}. Measured on: ${machineText(machine)}.`,
  ].join('\n\n');
}

function whyOf(preset: string, variant: string): string | undefined {
  return ablations[preset]!.find(({ name }) => name === variant)?.why;
}
