import { type Command, defineCommand } from '../../framework/command.ts';
import { single } from '../../framework/numbers.ts';

export const formats = ['onnx', 'safetensors', 'json'] as const;

export const exportCommand: Command = defineCommand({
  command: 'export <run>',
  describe: 'Write the network of a run into one file, for other programs',
  positionals: {
    run: { type: 'string', demandOption: true, describe: 'Folder of the run' },
  },
  options: {
    format: {
      choices: formats,
      requiresArg: true,
      describe: 'onnx: to run it elsewhere; safetensors: weights and layers; json: the same as text',
      defaultDescription: 'what the name of --out ends with, else "onnx"',
    },
    out: {
      type: 'string',
      requiresArg: true,
      coerce: single('out'),
      describe: 'File to write; one that exists is replaced',
      defaultDescription: 'network.onnx or the like, in the folder of the run',
    },
    quiet: { type: 'boolean', default: false, describe: 'Print the name of the file only' },
    json: { type: 'boolean', default: false, describe: 'Print a JSON object instead of text' },
  },
  examples: [
    ['npm run export -- runs/2026-01-31T12-30-00-mlp', 'ONNX, into the folder of the run'],
    ['npm run export -- runs/digits --out digits.onnx', 'a file of your choice'],
    ['npm run export -- runs/digits --format json', 'layers and weights as text'],
  ],
  run: async (args) => {
    const { exportRun } = await import('./export.ts');
    await exportRun(args);
  },
});
