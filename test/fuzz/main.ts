/**
 * `npm run fuzz -- --seconds 60`: tries what no one would think of, part after part, and prints what was tried and what
 * is wrong. The exit status is 1 if anything is. The seed that is printed repeats a run.
 */
import { hideBin } from 'yargs/helpers';
import { defineCommand } from '../../src/cli/framework/command.ts';
import { integer } from '../../src/cli/framework/numbers.ts';
import { runCommands } from '../../src/cli/framework/run-commands.ts';
import { textTable } from '../../src/text-table.ts';
import { visible } from '../../src/visible.ts';
import { fuzzCommandLines } from './command-lines.ts';
import type { Figures, FuzzPart } from './figures.ts';
import { fuzzReaders } from './readers.ts';
import { fuzzLockRaces, fuzzRunKills } from './run-folders.ts';

/** The parts with their share of the time. */
const parts: readonly { readonly name: string; readonly share: number; readonly run: FuzzPart }[] = [
  { name: 'readers', share: 3, run: fuzzReaders },
  { name: 'command-lines', share: 2, run: fuzzCommandLines },
  { name: 'kills', share: 1, run: fuzzRunKills },
  { name: 'locks', share: 1, run: fuzzLockRaces },
];

const fuzzCommand = defineCommand({
  command: 'fuzz',
  describe: 'Try random files, command lines, kills and races, and report what goes wrong',
  options: {
    seconds: {
      type: 'string',
      requiresArg: true,
      default: 60,
      coerce: integer('seconds', { from: 1, to: 1_000_000 }),
      describe: 'How long, all parts together',
    },
    seed: {
      type: 'string',
      requiresArg: true,
      coerce: integer('seed', { from: 0, to: 2 ** 32 - 1 }),
      describe: 'Repeats the inputs of a run (default: another one each time)',
    },
    inputs: {
      type: 'string',
      requiresArg: true,
      coerce: integer('inputs', { from: 1, to: 1_000_000_000 }),
      describe: 'This many files for each reader, whatever the time',
    },
    only: {
      choices: parts.map(({ name }) => name),
      requiresArg: true,
      describe: 'Only this part',
    },
  },
  examples: [
    ['npm run fuzz', 'a minute of everything'],
    ['npm run fuzz -- --inputs 100000 --only readers', 'damaged files, so many for each reader'],
    ['npm run fuzz -- --seed 7', 'the inputs of an earlier run again'],
  ],
  run: async ({ seconds, seed = Math.floor(Math.random() * 2 ** 32), inputs, only }) => {
    const chosen = parts.filter(({ name }) => only === undefined || name === only);
    const shares = chosen.reduce((sum, { share }) => sum + share, 0);
    console.log(`seed ${seed}`);
    const figures: Figures[] = [];
    for (const { name, share, run } of chosen) {
      console.error(`fuzz: ${name} …`);
      figures.push(...[await run({ seconds: (seconds * share) / shares, seed, inputs })].flat());
    }
    console.log(tableOf(figures));
    const findings = figures.flatMap((part) => part.findings);
    for (const finding of findings) console.log(visible(finding));
    console.log(`${findings.length} findings; seed ${seed}`);
    if (findings.length > 0) process.exitCode = 1;
  },
});

function tableOf(figures: readonly Figures[]): string {
  const megabytes = (bytes: number | null): string => (bytes === null ? '–' : (bytes / 1e6).toFixed(0));
  return textTable({
    head: ['part', 'inputs', 'refused', 'accepted', 'slowest, s', 'most MB', 'kills', 'races', 'findings'],
    rows: figures.map((part) => [
      part.name,
      part.inputs,
      part.refused,
      part.accepted,
      part.slowestSeconds.toFixed(2),
      megabytes(part.mostBytes),
      part.kills ?? '–',
      part.races ?? '–',
      part.findings.length,
    ]),
  });
}

await runCommands(
  {
    name: 'fuzz',
    scriptName: 'npm run fuzz --',
    description: 'Tries what no one would think of.',
    commands: [fuzzCommand],
    defaultCommand: fuzzCommand,
  },
  hideBin(process.argv),
);
