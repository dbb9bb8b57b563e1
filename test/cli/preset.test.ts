import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { modelLayers } from '../../src/cli/options/model-option.ts';
import { describePreset, withRecipe } from '../../src/cli/options/preset.ts';
import { recipes } from '../../src/cli/options/recipes.ts';
import { trainOptions } from '../../src/cli/options/train-options.ts';
import { createOptimizer, createSchedule } from '../../src/cli/commands/train/setup.ts';
import { buildModel } from '../../src/model/build-model.ts';
import { presets } from '../../src/model/presets.ts';
import { cliFolder, type Outcome } from '../helpers/cli.ts';

const folder = cliFolder();
test.after(() => folder.remove());
const { data, weft } = folder;

function train(...args: string[]): Outcome {
  return weft('train', '--data', data, ...args);
}

function readRun(name: string, file: string): Buffer {
  return readFileSync(join(folder.path, name, file));
}

const classes = 10;

test('without a preset every option that was not given has its default', () => {
  const args = withRecipe({ epochs: 3, threads: undefined });
  assert.is(args.epochs, 3);
  assert.is(args['batch-size'], 64);
  assert.is(args.model, 'mlp');
  assert.is(args.revectorize, true);
  assert.is(args['learning-rate'], undefined);
  assert.equal(describePreset(args), []);
});

test('a recipe wins over the defaults, a flag over the recipe, also a flag that says what the default is', () => {
  const { epochs, 'batch-size': batchSize } = recipes['fast']!;
  assert.is.not(epochs, 20, 'else this test shows nothing');
  const args = withRecipe({ preset: 'fast', epochs: 20 });
  assert.is(args['batch-size'], batchSize);
  assert.is(args.epochs, 20);
  const lines = describePreset(args);
  assert.match(lines[0]!, new RegExp(`^preset  fast: .*--epochs ${epochs} --batch-size ${batchSize}`));
  assert.equal(lines.slice(1), [`        without --epochs ${epochs}: your flags override them`]);
});

test('what goes with an option that a flag replaces is left to its default', () => {
  const { optimizer, 'learning-rate': learningRate } = recipes['fast']!;
  assert.is(withRecipe({ preset: 'fast', optimizer: optimizer! })['learning-rate'], learningRate);
  const args = withRecipe({ preset: 'fast', optimizer: 'sgd' });
  assert.is(args['learning-rate'], undefined);
  assert.is(
    describePreset(args)[1],
    `        without --optimizer ${optimizer} --learning-rate ${learningRate}: your flags override them`,
  );
  assert.is(withRecipe({ preset: 'fast', optimizer: 'sgd', 'learning-rate': 0.5 })['learning-rate'], 0.5);
});

test('every recipe holds values that its options accept, go together, and describe a network', () => {
  for (const [preset, recipe] of Object.entries(recipes)) {
    for (const [option, value] of Object.entries(recipe)) {
      const { choices, coerce } = trainOptions[option as keyof typeof trainOptions];
      if (choices) assert.ok(choices.includes(value as string), `${preset}: --${option} ${value}`);
      else if (coerce) assert.is(coerce(String(value)), value, `${preset}: --${option}`);
    }
    const args = withRecipe({ preset });
    createOptimizer(args);
    createSchedule(args);
    const layers = modelLayers(args.model, { classes, dropout: args.dropout });
    const inputShape = preset === 'table' ? [7] : [28, 28, 1];
    buildModel(layers, { source: preset, inputShape, classes });
  }
  assert.equal(
    Object.keys(recipes).filter((name) => name in presets),
    Object.keys(presets),
    'each network is a preset',
  );
});

test('a run with a preset prints and records the recipe', () => {
  const { status, stdout, stderr } = train('--preset', 'fast', '--epochs', '1', '--out', 'fast');
  assert.is(status, 0, stderr);
  assert.ok(stdout.includes(describePreset(withRecipe({ preset: 'fast', epochs: 1 })).join('\n')), stdout);
  const config = JSON.parse(readRun('fast', 'config.json').toString());
  assert.equal(config.preset, { name: 'fast', recipe: recipes['fast'] });
  assert.is(config.epochs, 1);
  assert.is(config.batchSize, recipes['fast']!['batch-size']);
  assert.is(config.labelSmoothing, recipes['fast']!['label-smoothing']);
  assert.is(config.schedule, recipes['fast']!.schedule);
});

test('the name of a network is a preset with the default recipe: the same weights as without it', () => {
  assert.is(train('--epochs', '1', '--out', 'plain', '--preset', 'mlp', '--quiet').status, 0);
  assert.is(train('--epochs', '1', '--out', 'named', '--quiet').status, 0);
  assert.equal(readRun('plain', 'model.safetensors'), readRun('named', 'model.safetensors'));
  assert.is(JSON.parse(readRun('named', 'config.json').toString()).preset, null);
});

test('--label-smoothing changes what is learnt, and is recorded', () => {
  assert.is(train('--epochs', '1', '--out', 'smooth', '--label-smoothing', '0.2', '--quiet').status, 0);
  assert.not.equal(readRun('smooth', 'model.safetensors'), readRun('plain', 'model.safetensors'));
  assert.is(JSON.parse(readRun('smooth', 'config.json').toString()).labelSmoothing, 0.2);
});

test.run();
