/** `npm run bench -- ladder`: products of matrices, from three plain loops to all cores and a GPU. */
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { UsageError } from '../../../src/cli/framework/usage-error.ts';
import { didYouMean } from '../../../src/closest.ts';
import { climb, type LadderResult } from './climb.ts';
import { ladderFigure } from './figure.ts';
import { ladder } from '../rungs.ts';
import { type Patience, usualPatience } from './measure.ts';
import { ladderProgress } from './progress.ts';
import type { Rung } from '../rung.ts';
import { describeConditions, remarks, terminalTable, wrongResults } from './table.ts';
import { checkMachine } from '../../measure/machine.ts';
import { writeResult } from '../../measure/results.ts';

export interface LadderArguments {
  readonly sizes: readonly number[];
  /** Numbers or names of rungs; all if left out. */
  readonly rungs: readonly string[] | undefined;
  readonly threads: number | undefined;
  readonly strict: boolean;
  readonly json: string | undefined;
  readonly figure: string | undefined;
}

/** More threads than this gain little for products of these sizes. */
const mostThreads = 8;

/**
 * Climbs the ladder and prints it. Every rung is checked before it is timed. If one is wrong, the others are still measured,
 * and the exit code is 1.
 *
 * @param rungs the rungs of the ladder; all are compared with the first
 */
export async function benchLadder(
  args: LadderArguments,
  rungs: readonly Rung[] = ladder,
  patience: Patience = usualPatience,
): Promise<LadderResult> {
  const chosen = args.rungs === undefined ? rungs : chooseRungs(rungs, args.rungs);
  const conditions = checkMachine(args.strict);
  const sizes = [...new Set(args.sizes)];
  const threads = args.threads ?? Math.min(availableParallelism(), mostThreads);
  const progress = ladderProgress(chosen.length * sizes.length);
  let result: LadderResult;
  try {
    result = await climb(chosen, { conditions, sizes, threads, patience, ...progress });
  } finally {
    progress.stop();
  }
  for (const line of describeConditions(result)) console.log(line);
  console.log(`\n${terminalTable(result)}`);
  console.log('GFLOP/s, medians; each rung was checked against sums in double precision before it was timed');
  for (const line of remarks(result)) console.log(line);
  writeResult(args.json, result);
  if (args.figure) {
    writeFileSync(args.figure, ladderFigure(result));
    console.log(`written to ${args.figure}`);
  }
  if (result.rungs.some((rung) => wrongResults(rung).length > 0)) process.exitCode = 1;
  return result;
}

/** The chosen rungs in the order of the ladder, always with the first one. A rung is chosen by its number or its name. */
export function chooseRungs(rungs: readonly Rung[], words: readonly string[]): Rung[] {
  const wanted = words
    .flatMap((word) => word.split(','))
    .map((word) => {
      const rung = rungs.find(({ name }) => namesOf(name).includes(word));
      if (rung === undefined) {
        const names = rungs.map(({ name }) => name);
        throw new UsageError(
          `--rungs: there is no rung "${word}"; ${didYouMean(word, names.flatMap(namesOf))}there are ${names.join(', ')}`,
        );
      }
      return rung;
    });
  return rungs.filter((rung, index) => index === 0 || wanted.includes(rung));
}

/** `07-tile`, `07`, `7`, `tile` */
function namesOf(name: string): string[] {
  const [, number, words] = /^(\d+)-(.*)$/.exec(name) ?? [];
  return number === undefined ? [name] : [name, number, String(Number(number)), words!];
}
