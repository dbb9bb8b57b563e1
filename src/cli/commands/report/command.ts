import { type Command, defineCommand } from '../../framework/command.ts';
import { engineOptions, running } from '../../options/engine-options.ts';
import { runDataOption, runPositional } from '../../options/run-options.ts';

export const reportCommand: Command = defineCommand({
  command: 'report <run>',
  describe:
    'Write the report of a run: a page with curves, confusions, and images that were predicted right or wrong',
  positionals: { run: runPositional },
  options: {
    data: runDataOption,
    ...engineOptions,
    quiet: { type: 'boolean', default: false, describe: 'Print only the path of the page', group: running },
    json: {
      type: 'boolean',
      default: false,
      describe: 'Print one JSON object instead of text',
      group: running,
    },
  },
  examples: [
    ['npm run report -- runs/digits', 'report.html, curves.svg and curves.png in that folder'],
    ['npm run report -- runs/digits --data ~/mnist', 'the data have moved'],
  ],
  details: 'train writes the same report at its end. The page is one file that loads nothing.',
  run: async (args) => {
    const { report } = await import('./report.ts');
    await report(args);
  },
});
