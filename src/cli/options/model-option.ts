import { basename } from 'node:path';
import type { Options } from 'yargs';
import { didYouMean } from '../../closest.ts';
import { readModelFile } from '../../model/model-file.ts';
import { type PresetOptions, presets } from '../../model/presets.ts';
import { filled } from '../framework/numbers.ts';
import { UsageError } from '../framework/usage-error.ts';

const names = Object.keys(presets);

/** `--model`, for every command that has one. */
export const modelOption: Options & { readonly default: string; readonly coerce: (text: string) => string } =
  {
    type: 'string',
    requiresArg: true,
    coerce: filled('model'),
    default: 'mlp',
    describe: `Network: ${names.join(', ')}, or a .json file with layers`,
  };

/** The layers of `--model`, of a preset or a file, as data for `buildModel`. */
export function modelLayers(model: string, options: PresetOptions): unknown {
  if (names.includes(model)) {
    if (model === 'cnn-dropout' && options.dropout > 0) {
      throw new UsageError('--dropout does not go with --model cnn-dropout, which has its own rates');
    }
    return presets[model]!(options);
  }
  if (!/\.json$|[/\\]/i.test(model)) {
    throw new UsageError(
      `--model: unknown network "${model}"; ${didYouMean(model, names)}expected ${names.join(', ')}, or the path of a .json file`,
    );
  }
  if (options.dropout > 0) {
    throw new UsageError(`--dropout does not go with a model file; put dropout layers into ${model}`);
  }
  return readModelFile(model);
}

/** The name of a network in file names: that of its preset or file. */
export function modelName(model: string): string {
  return basename(model, '.json');
}
