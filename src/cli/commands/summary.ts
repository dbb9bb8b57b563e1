import { statSync } from 'node:fs';
import type { Sequential } from '../../layers/sequential.ts';
import { type Command, defineCommand } from '../framework/command.ts';
import { modelOption } from '../options/model-option.ts';
import type { DataArguments } from '../options/data-options.ts';
import { shapeOptions } from '../options/shape-options.ts';
import { Output } from '../framework/output.ts';
import { terminalColumns } from '../framework/terminal-columns.ts';
import { UsageError } from '../framework/usage-error.ts';

export const summaryCommand: Command = defineCommand({
  command: 'summary [run]',
  describe: 'Print the layers of a network, their parameters and their cost for one image',
  positionals: {
    run: { type: 'string', describe: 'Folder of a run: print its network' },
  },
  options: {
    model: {
      type: 'string',
      requiresArg: true,
      coerce: modelOption.coerce,
      describe: modelOption.describe!,
      defaultDescription: modelOption.default,
    },
    ...shapeOptions,
    json: { type: 'boolean', default: false, describe: 'Print a JSON object instead of text' },
  },
  examples: [
    ['npm run summary', 'the MLP'],
    ['npm run summary -- --model cnn', 'another preset'],
    ['npm run summary -- --model cnn --image-size 64 --channels rgb', 'on larger images'],
    ['npm run summary -- --model examples/models/small-cnn.json', 'your own network, before it is trained'],
    ['npm run summary -- runs/2026-01-31T12-30-00-mlp', 'the network of a run'],
  ],
  run: printSummary,
});

interface SummaryArguments extends DataArguments {
  readonly run: string | undefined;
  readonly model: string | undefined;
  readonly json: boolean;
}

async function printSummary({ run, json, ...args }: SummaryArguments): Promise<void> {
  const output = new Output({ json, quiet: false });
  const { countParameters, countState } = await import('../../model/parameter-count.ts');
  const { formatCount, summarize } = await import('../../model/summary.ts');
  const { layerCosts } = await import('../../model/costs.ts');
  const model = run === undefined ? await chosenModel(args) : await savedModel(run, args);
  const costs = layerCosts(model);
  const activationBytes = costs.reduce((sum, cost) => sum + cost.activationBytes, 0);
  const [parameters, state] = [countParameters(model), countState(model)];
  output.block(summarize(model, { costs, columns: terminalColumns() }));
  output.text('');
  output.text(`weights      ${formatCount(4 * (parameters + state))} bytes`);
  output.text(`activations  ${formatCount(activationBytes)} bytes for an image: the outputs of all layers`);
  output.event('summary', {
    inputShape: model.inputShape,
    layers: costs.map((cost, index) => ({
      ...cost,
      parameters: countParameters(model.layers[index]!),
      state: countState(model.layers[index]!),
    })),
    parameters,
    state,
    multiplyAdds: costs.reduce((sum, cost) => sum + cost.multiplyAdds, 0),
    activationBytes,
  });
}

type Chosen = Omit<SummaryArguments, 'run' | 'json'>;

async function savedModel(run: string, { model, ...data }: Chosen): Promise<Sequential> {
  if (model !== undefined) throw new UsageError(`--model does not go with the folder of a run, ${run}`);
  const given = (['data', 'image-size', 'channels'] as const).find((name) => data[name] !== undefined);
  if (given !== undefined) throw new UsageError(`--${given} does not go with the folder of a run, ${run}`);
  const { presets } = await import('../../model/presets.ts');
  const isFolder = statSync(run, { throwIfNoEntry: false })?.isDirectory() ?? false;
  if (!isFolder && (Object.hasOwn(presets, run) || /\.json$/i.test(run))) {
    throw new UsageError(`${run}: this is not the folder of a run; did you mean --model ${run}?`);
  }
  const { readRun } = await import('../../run/saved-run.ts');
  return readRun(run).model;
}

async function chosenModel({ model = modelOption.default, ...data }: Chosen): Promise<Sequential> {
  const { buildModel } = await import('../../model/build-model.ts');
  const { modelLayers } = await import('../options/model-option.ts');
  const { shapeOfData } = await import('../options/shape-options.ts');
  const { inputShape, classes } = shapeOfData(data, { silent: false });
  const layers = modelLayers(model, { classes, dropout: 0 });
  return buildModel(layers, { source: model, inputShape, classes });
}
