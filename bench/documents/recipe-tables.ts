/** Tables of the results of `bench recipes`. */
import { deviation, mean } from 'd3-array';
import { ablations } from '../recipes/ablations.ts';
import type { RecipesResult, VariantResult } from '../recipes/recipes.ts';
import { machineText, markdownTable } from './markdown.ts';

/** A row for each variant of a recipe: its validation accuracy, and by how much it is below the recipe's. */
export function recipeTable({ preset, recipe, machine, variants }: RecipesResult): string {
  const flags = Object.entries(recipe).map(([option, value]) =>
    typeof value === 'boolean' ? `--${value ? '' : 'no-'}${option}` : `--${option} ${String(value)}`,
  );
  const [whole, ...others] = variants as readonly [VariantResult, ...VariantResult[]];
  const rows = [whole, ...others].map(({ name, runs }) => [
    name,
    accuracyOf(runs.map(({ accuracy }) => accuracy)),
    `${mean(runs, ({ seconds }) => seconds)!.toFixed(1)} s`,
    whyOf(preset, name) ?? `\`${flags.join(' ')}\``,
  ]);
  const head = [`\`--preset ${preset}\``, 'validation accuracy', 'whole run', 'why'];
  const seeds = whole.runs.map(({ seed }) => seed).join(', ');
  return [
    markdownTable(head, rows, 4),
    `Mean and standard deviation of seeds ${seeds}. Measured on: ${machineText(machine)}.`,
  ].join('\n\n');
}

function whyOf(preset: string, variant: string): string | undefined {
  return ablations[preset]!.find(({ name }) => name === variant)?.why;
}

function accuracyOf(accuracies: readonly number[]): string {
  const spread = accuracies.length > 1 ? ` ± ${(100 * deviation(accuracies)!).toFixed(2)}` : '';
  return `${(100 * mean(accuracies)!).toFixed(2)} %${spread}`;
}
