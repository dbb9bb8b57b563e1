import { type Command, defineCommand } from '../../src/cli/framework/command.ts';
import { UsageError } from '../../src/cli/framework/usage-error.ts';
import { counts, strict } from './options.ts';
import { speedOptions } from './speed-options.ts';

export const stepCommand: Command = defineCommand({
  command: 'step',
  describe: 'Time training steps: images and epochs per second, memory',
  options: {
    ...speedOptions,
    'batch-size': { ...counts('batch-size', 'Images in a step'), default: [64] },
    profile: {
      type: 'boolean',
      default: false,
      describe: 'Time each task of a step instead, on one thread of the wasm engine',
    },
    strict,
  },
  examples: [
    ['npm run bench -- step', 'the two networks of the notebook on the wasm engine'],
    ['npm run bench -- step --model all --engine wasm reference', 'every preset, beside the reference'],
    ['npm run bench -- step --model cnn --profile', 'where the time of a step goes'],
  ],
  run: async (args) => {
    const { model: models, engine: engines, 'batch-size': batchSizes } = args;
    if (!args.profile) {
      const { benchSpeeds } = await import('../networks/speeds.ts');
      await benchSpeeds('train', { ...args, models, engines, batchSizes });
      return;
    }
    if (engines.some((name) => name !== 'wasm')) {
      throw new UsageError('--profile: only the wasm engine has tasks to time');
    }
    if (args.json !== undefined && models.length * batchSizes.length > 1) {
      throw new UsageError('--json: a file holds one profile: give one --model and one --batch-size');
    }
    const { profileStep } = await import('../networks/profile.ts');
    for (const model of models) {
      for (const batchSize of batchSizes) await profileStep({ ...args, model, batchSize });
    }
  },
});
