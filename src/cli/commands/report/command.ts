import { type Command, defineCommand } from '../../framework/command.ts';
import { engineOptions, running } from '../../options/engine-options.ts';
import { runDataOption, runPositional } from '../../options/run-options.ts';

export const reportCommand: Command = defineCommand({
  command: 'report <run>',
  describe:
    'Write the report of a run: a page with curves, confusions, pictures of right and wrong predictions',
  positionals: { run: runPositional },
  options: {
    data: runDataOption,
    ...engineOptions,
    quiet: { type: 'boolean', default: false, describe: 'Print the path of the page only', group: running },
    json: { type: 'boolean', default: false, describe: 'Print one JSON object instead', group: running },
  },
  examples: [
    ['npm run report -- runs/digits', 'report.html, curves.svg and curves.png in that folder'],
    ['npm run report -- runs/digits --data ~/mnist', 'where the data have moved'],
  ],
  details: 'train writes the same at its end. The page is one file that needs no network.',
  run: async (args) => {
    const { report } = await import('./report.ts');
    await report(args);
  },
});
