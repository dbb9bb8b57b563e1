import { type Command, defineCommand } from '../../framework/command.ts';
import { filled } from '../../framework/numbers.ts';
import { runPositional } from '../../options/run-options.ts';
import { formats } from './formats.ts';

export const exportCommand: Command = defineCommand({
  command: 'export <run>',
  describe: 'Write the network of a run to one file, for other programs',
  positionals: { run: runPositional },
  options: {
    format: {
      choices: formats,
      requiresArg: true,
      describe: 'onnx, for other programs; safetensors, weights and layers; json, the same as text',
      defaultDescription: 'the ending of --out, else "onnx"',
    },
    out: {
      type: 'string',
      requiresArg: true,
      coerce: filled('out'),
      describe: 'File to write; an existing file is replaced',
      defaultDescription: 'network.<format> in the folder of the run',
    },
    quiet: { type: 'boolean', default: false, describe: 'Print only the name of the file' },
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
