/** `bench recipes`: what each trick of a recipe is worth, on validation images alone. */
import { join } from 'node:path';
import { deviation, mean } from 'd3-array';
import { percent } from '../../src/cli/framework/percent.ts';
import { type Recipe, recipes } from '../../src/cli/options/recipes.ts';
import { describeMachine, type Machine } from '../measure/machine.ts';
import { resultsFolder, writeResult } from '../measure/results.ts';
import { flags, trainOnce } from '../networks/train-once.ts';
import { ablationEpochs, ablations, type Variant } from './ablations.ts';

const root = join(import.meta.dirname, '../..');

export interface RecipesArguments {
  readonly preset: string;
  readonly seeds: readonly number[];
  /** Flags of a trial, such as `--dropout 0.3`, that is run in the place of the ablations; none if left out. */
  readonly trial: string | undefined;
  readonly epochs: number | undefined;
  readonly limit: number | undefined;
  readonly json: string | undefined;
}

/** A recipe, trained with several seeds. */
export interface VariantResult extends Omit<Variant, 'why'> {
  readonly runs: readonly RecipeRun[];
}

export interface RecipeRun {
  readonly seed: number;
  /** Share of the validation images, the last fifth of the training images, after the last epoch. */
  readonly accuracy: number;
  /** Seconds of the whole process. */
  readonly seconds: number;
}

/** A result file: the recipe, and the variants of it. The test images have no part in it. */
export interface RecipesResult {
  readonly machine: Machine;
  readonly preset: string;
  readonly recipe: Recipe;
  /** Of all variants, if they are fewer than those of the recipe. */
  readonly epochs?: number;
  readonly variants: readonly VariantResult[];
}

/** Trains the recipe of a preset and its variants, seed by seed, each in a fresh process. */
export function benchRecipes({ preset, seeds, trial, epochs, limit, json }: RecipesArguments): void {
  const shortened = epochs ?? (trial === undefined ? ablationEpochs[preset] : undefined);
  // the last fifth, whatever the recipe keeps
  const more = { epochs: shortened, limit, 'validation-split': 0.2 };
  if (trial !== undefined) {
    const runs = seeds.map((seed) => runOnce(preset, seed, more, trial.split(/\s+/)));
    console.log(`${trial}: ${summary(runs)}`);
    return;
  }
  const variants = [{ name: 'the recipe', changes: {} }, ...ablations[preset]!].map(({ name, changes }) => ({
    name,
    changes,
    runs: [] as RecipeRun[],
  }));
  for (const seed of seeds) {
    for (const { name, changes, runs } of variants) {
      const run = runOnce(preset, seed, { ...more, ...absolute(changes) }, []);
      runs.push(run);
      console.log(`seed ${seed}, ${name}: ${percent(run.accuracy)}, ${run.seconds.toFixed(1)} s`);
    }
  }
  for (const { name, runs } of variants) console.log(`${name}: ${summary(runs)}`);
  const isWhole = epochs === undefined && limit === undefined;
  const path = json ?? (isWhole ? join(resultsFolder, `recipes-${preset}.json`) : undefined);
  const result: RecipesResult = {
    machine: describeMachine(),
    preset,
    recipe: recipes[preset]!,
    ...(shortened !== undefined && { epochs: shortened }),
    variants,
  };
  writeResult(path, result);
}

/** A model file of an ablation is named from the root of the repository; a run has a folder of its own. */
function absolute(changes: Recipe): Recipe {
  const { model } = changes;
  return model?.endsWith('.json') ? { ...changes, model: join(root, model) } : changes;
}

function runOnce(preset: string, seed: number, options: object, words: readonly string[]): RecipeRun {
  const { metrics, seconds } = trainOnce([...flags({ preset, seed, ...options }), ...words]);
  const { accuracy } = metrics.validation as { readonly accuracy: number };
  return { seed, accuracy, seconds };
}

/** `93.10 % ± 0.08 (3 seeds, 52.1 s)` */
export function summary(runs: readonly RecipeRun[]): string {
  const seconds = mean(runs, (run) => run.seconds)!.toFixed(1);
  return `${accuracyOf(runs)} (${runs.length} ${runs.length === 1 ? 'seed' : 'seeds'}, ${seconds} s)`;
}

/** Mean and standard deviation: `93.10 % ± 0.08`. */
export function accuracyOf(runs: readonly RecipeRun[]): string {
  const accuracies = runs.map(({ accuracy }) => accuracy);
  const spread = runs.length > 1 ? ` ± ${(100 * deviation(accuracies)!).toFixed(2)}` : '';
  return `${percent(mean(accuracies)!)}${spread}`;
}
