import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { recipeTable } from '../../../bench/documents/recipe-tables.ts';
import { ablations } from '../../../bench/recipes/ablations.ts';
import { benchRecipes, type RecipesResult, summary } from '../../../bench/recipes/recipes.ts';
import { recipes } from '../../../src/cli/options/recipes.ts';
import { trainOptions } from '../../../src/cli/options/train-options.ts';

const folder = mkdtempSync(join(tmpdir(), 'weft-recipes-test-'));
test.after(() => rmSync(folder, { recursive: true }));

test('every variant changes its recipe, by options that exist', () => {
  for (const [preset, variants] of Object.entries(ablations)) {
    const recipe = recipes[preset]! as Readonly<Record<string, unknown>>;
    for (const { name, changes, why } of variants) {
      assert.ok(why.length > 20, name);
      for (const [option, value] of Object.entries(changes)) {
        assert.ok(option in trainOptions, `${name}: --${option}`);
        assert.is.not(value, recipe[option], `${preset} ${name}: --${option}`);
      }
    }
  }
});

test('the recipe and its variants are trained with each seed, and the validation images decide', () => {
  const json = join(folder, 'recipes.json');
  benchRecipes({ preset: 'quick', seeds: [3], trial: undefined, epochs: 1, limit: 200, json, add: false });
  const result = JSON.parse(readFileSync(json, 'utf8')) as RecipesResult;
  const names = result.variants.map(({ name }) => name);
  assert.equal(names, ['the recipe', ...ablations['quick']!.map(({ name }) => name)]);
  for (const { runs } of result.variants) {
    assert.is(runs.length, 1);
    assert.is(runs[0]!.seed, 3);
    // of 40 images
    assert.is(runs[0]!.accuracy * 40, Math.round(runs[0]!.accuracy * 40));
    assert.ok(runs[0]!.seconds > 0);
  }
  assert.match(recipeTable(result), /\| the recipe +\|/);
});

test('--add runs what the file does not hold, beside what it holds', () => {
  const json = join(folder, 'recipes.json');
  const held = JSON.parse(readFileSync(json, 'utf8')) as RecipesResult;
  const [recipe, first, ...others] = held.variants;
  const marked = { ...recipe!, runs: [{ ...recipe!.runs[0]!, seconds: 1234.5 }] };
  writeFileSync(json, JSON.stringify({ ...held, variants: [marked, ...others] }));
  const args = { preset: 'quick', trial: undefined, epochs: 1, limit: 200, json, add: true };
  benchRecipes({ ...args, seeds: [3] });
  const result = JSON.parse(readFileSync(json, 'utf8')) as RecipesResult;
  const accuracies = (variants: RecipesResult['variants']): unknown =>
    variants.map(({ name, runs }) => [name, runs.map(({ accuracy }) => accuracy)]);
  assert.equal(accuracies(result.variants), accuracies([recipe!, first!, ...others]));
  assert.is(result.variants[0]!.runs[0]!.seconds, 1234.5);
  assert.throws(() => benchRecipes({ ...args, seeds: [4] }), /another list of seeds; run all variants anew/);
  assert.throws(() => benchRecipes({ ...args, seeds: [3], epochs: 2 }), /another number of epochs/);
  const none = join(folder, 'none.json');
  assert.throws(() => benchRecipes({ ...args, seeds: [3], json: none }), /--add: there is no .*none\.json/);
  assert.throws(() => benchRecipes({ ...args, seeds: [3], trial: '--dropout 0.3' }), /a trial is none/);
});

test('a trial is one variant, whose flags are its own', () => {
  const options = { preset: 'quick', seeds: [1], epochs: 1, limit: 100, json: undefined, add: false };
  benchRecipes({ ...options, trial: '--dropout 0.3 --batch-size 16' });
  assert.throws(() => benchRecipes({ ...options, trial: '--dropout 2' }), /--dropout/);
});

test('the mean of the seeds, and how far they differ', () => {
  const run = (seed: number, accuracy: number, seconds: number) => ({ seed, accuracy, seconds });
  assert.is(summary([run(1, 0.9, 10), run(2, 0.92, 12)]), '91.00 % ± 1.41 (2 seeds, 11.0 s)');
  assert.is(summary([run(1, 0.9, 10)]), '90.00 % (1 seed, 10.0 s)');
});

test.run();
