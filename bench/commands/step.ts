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
      describe: 'Time each task (wasm, on one thread) or each dispatch (gpu) of a step instead',
    },
    strict,
  },
  examples: [
    ['npm run bench -- step', 'the two networks of the notebook on the wasm engine'],
    ['npm run bench -- step --model all --engine wasm reference', 'every preset, beside the reference'],
    ['npm run bench -- step --model cnn --profile', 'where the time of a step goes'],
    ['npm run bench -- step --engine gpu --profile', 'the same on a GPU, dispatch by dispatch'],
  ],
  run: async (args) => {
    const { model: models, engine: engines, 'batch-size': batchSizes } = args;
    if (!args.profile) {
      const { benchSpeeds } = await import('../networks/speeds.ts');
      await benchSpeeds('train', { ...args, models, engines, batchSizes });
      return;
    }
    const [engine, ...others] = engines;
    if (others.length > 0 || engine === 'reference') {
      throw new UsageError('--profile: give one engine that has tasks or dispatches to time, wasm or gpu');
    }
    if (args.json !== undefined && models.length * batchSizes.length > 1) {
      throw new UsageError('--json: a file holds one profile: give one --model and one --batch-size');
    }
    const profile =
      engine === 'gpu'
        ? (await import('../networks/gpu-profile.ts')).profileGpuStep
        : (await import('../networks/profile.ts')).profileStep;
    for (const model of models) {
      for (const batchSize of batchSizes) await profile({ ...args, model, batchSize });
    }
  },
});
