/** `bench recipes`: what each trick of a recipe is worth, on validation images alone. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deviation, mean } from 'd3-array';
import { type Recipe, recipes } from '../../src/cli/options/recipes.ts';
import { describeMachine, type Machine } from '../measure/machine.ts';
import { resultsFolder, writeResult } from '../measure/results.ts';
import { ablations, type Variant } from './ablations.ts';

const main = join(import.meta.dirname, '../../src/cli/main.ts');

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
export interface VariantResult extends Variant {
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
  readonly variants: readonly VariantResult[];
}

/** Trains the recipe of a preset and its variants, seed by seed, each in a fresh process. */
export function benchRecipes({ preset, seeds, trial, epochs, limit, json }: RecipesArguments): void {
  const more = { epochs, limit };
  if (trial !== undefined) {
    const runs = seeds.map((seed) => trainOnce(preset, seed, more, trial.split(/\s+/)));
    console.log(`${trial}: ${summary(runs)}`);
    return;
  }
  const variants = [{ name: 'the recipe', changes: {}, why: '' }, ...ablations[preset]!].map((variant) => ({
    ...variant,
    runs: [] as RecipeRun[],
  }));
  for (const seed of seeds) {
    for (const { name, changes, runs } of variants) {
      const run = trainOnce(preset, seed, { ...more, ...changes }, []);
      runs.push(run);
      console.log(`seed ${seed}, ${name}: ${percent(run.accuracy)}, ${run.seconds.toFixed(1)} s`);
    }
  }
  for (const { name, runs } of variants) console.log(`${name}: ${summary(runs)}`);
  const isWhole = epochs === undefined && limit === undefined;
  const path = json ?? (isWhole ? join(resultsFolder, `recipes-${preset}.json`) : undefined);
  const result: RecipesResult = { machine: describeMachine(), preset, recipe: recipes[preset]!, variants };
  writeResult(path, result);
}

function trainOnce(preset: string, seed: number, options: object, words: readonly string[]): RecipeRun {
  const folder = mkdtempSync(join(tmpdir(), 'weft-recipes-'));
  try {
    const flags = Object.entries(options).flatMap(([name, value]) =>
      value === undefined ? [] : [`--${name}`, String(value)],
    );
    const start = performance.now();
    const { status, stderr } = spawnSync(
      process.execPath,
      [main, 'train', '--preset', preset, '--seed', `${seed}`, ...flags, ...words, '--out', 'run'],
      { cwd: folder, encoding: 'utf8' },
    );
    const seconds = (performance.now() - start) / 1000;
    if (status !== 0) throw new Error(stderr.trim());
    const { validation } = JSON.parse(readFileSync(join(folder, 'run/metrics.json'), 'utf8')) as {
      validation: { accuracy: number };
    };
    return { seed, accuracy: validation.accuracy, seconds };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** `93.10 % ± 0.08 (3 seeds, 52.1 s)` */
export function summary(runs: readonly RecipeRun[]): string {
  const accuracies = runs.map(({ accuracy }) => accuracy);
  const spread = runs.length > 1 ? ` ± ${(100 * deviation(accuracies)!).toFixed(2)}` : '';
  const seconds = mean(runs, (run) => run.seconds)!.toFixed(1);
  return `${percent(mean(accuracies)!)}${spread} (${runs.length} ${runs.length === 1 ? 'seed' : 'seeds'}, ${seconds} s)`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}
