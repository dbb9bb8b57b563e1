/** `bench recipes`: what each trick of a recipe is worth, on validation images alone. */
import { join } from 'node:path';
import { deviation, mean } from 'd3-array';
import { percent } from '../../src/cli/framework/percent.ts';
import { UsageError } from '../../src/cli/framework/usage-error.ts';
import { type Recipe, recipes } from '../../src/cli/options/recipes.ts';
import { describeMachine, type Machine } from '../measure/machine.ts';
import { resultsFolder, resultToAddTo, writeResult } from '../measure/results.ts';
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
  /** Keep the variants that the file of the result holds, and run the others. */
  readonly add: boolean;
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
export function benchRecipes(args: RecipesArguments): void {
  const { preset, seeds, trial, epochs, limit, json } = args;
  const shortened = epochs ?? (trial === undefined ? ablationEpochs[preset] : undefined);
  // the last fifth, whatever the recipe keeps
  const more = { epochs: shortened, limit, 'validation-split': 0.2 };
  if (trial !== undefined && args.add) throw new UsageError('--add adds ablations, and a trial is none');
  if (trial !== undefined) {
    const runs = seeds.map((seed) => runOnce(preset, seed, more, trial.split(/\s+/)));
    console.log(`${trial}: ${summary(runs)}`);
    return;
  }
  const isWhole = epochs === undefined && limit === undefined;
  const path = json ?? (isWhole ? join(resultsFolder, `recipes-${preset}.json`) : undefined);
  const before = args.add ? recordedVariants(path, args, shortened) : [];
  const variants = [{ name: 'the recipe', changes: {} }, ...ablations[preset]!].map(({ name, changes }) => ({
    name,
    changes,
    runs: [...(before.find((recorded) => recorded.name === name)?.runs ?? [])],
  }));
  const missing = variants.filter(({ runs }) => runs.length === 0);
  for (const seed of seeds) {
    for (const { name, changes, runs } of missing) {
      const run = runOnce(preset, seed, { ...more, ...absolute(changes) }, []);
      runs.push(run);
      console.log(`seed ${seed}, ${name}: ${percent(run.accuracy)}, ${run.seconds.toFixed(1)} s`);
    }
  }
  for (const { name, runs } of variants) console.log(`${name}: ${summary(runs)}`);
  const result: RecipesResult = {
    machine: describeMachine(),
    preset,
    recipe: recipes[preset]!,
    ...(shortened !== undefined && { epochs: shortened }),
    variants,
  };
  writeResult(path, result);
}

/**
 * The variants that the file holds, to which others are added.
 *
 * @throws UsageError if there is no file, or its runs cannot stand beside new ones
 */
function recordedVariants(
  path: string | undefined,
  { preset, seeds }: RecipesArguments,
  epochs: number | undefined,
): readonly VariantResult[] {
  const before = resultToAddTo<RecipesResult>(path);
  const other = Object.entries({
    recipe: [before.recipe, recipes[preset]],
    'number of epochs': [before.epochs, epochs],
    'list of seeds': [before.variants[0]!.runs.map(({ seed }) => seed), seeds],
    processor: [before.machine.cpu, describeMachine().cpu],
  }).find(([, [recorded, now]]) => JSON.stringify(recorded) !== JSON.stringify(now));
  if (other !== undefined) {
    throw new UsageError(`--add: ${path} was recorded with another ${other[0]}; run all variants anew`);
  }
  return before.variants;
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
