/** `bench small`: one small task from an empty folder to a saved network, in weft and in other libraries. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packLibrary } from '../../scripts/build/pack.ts';
import { checkMachine } from '../measure/machine.ts';
import { writeResult } from '../measure/results.ts';
import { compare, spread } from '../measure/spread.ts';
import { printRows } from './figures.ts';
import { type SmallLibrary, smallLibraries } from './libraries.ts';
import { pageBytes } from './page.ts';
import { spiral } from './points.ts';
import { Project, type Trained } from './project.ts';
import type { MeasuredRow, SmallResult, SmallRow, Times } from './result.ts';

export interface SmallArguments {
  readonly rounds: number;
  /** Names of libraries, or parts of names; left out: all. weft always takes part. */
  readonly only: readonly string[] | undefined;
  readonly strict: boolean;
  readonly json: string | undefined;
}

const points = { train: spiral(1), test: spiral(2) };

export async function benchSmall(
  { rounds, only, strict, json }: SmallArguments,
  libraries: readonly SmallLibrary[] = smallLibraries,
): Promise<SmallResult> {
  const conditions = checkMachine(strict);
  const chosen = libraries.filter(
    ({ name }) => name === 'weft' || only === undefined || only.some((part) => name.includes(part)),
  );
  const folder = mkdtempSync(join(tmpdir(), 'weft-small-'));
  try {
    const rows = await measure(chosen, rounds, folder);
    const result = { ...conditions, rounds, rows };
    printRows(rows);
    writeResult(json, result);
    return result;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A library that is installed, and what does not depend on the speed of the machine. */
interface Ready {
  readonly library: SmallLibrary;
  readonly project: Project;
  readonly pageBytes: number | null;
  readonly runs: Trained[];
}

async function measure(
  libraries: readonly SmallLibrary[],
  rounds: number,
  folder: string,
): Promise<SmallRow[]> {
  const failed = new Map<SmallLibrary, string>();
  const ready: Ready[] = [];
  for (const [index, library] of libraries.entries()) {
    console.log(`installing ${library.name}`);
    try {
      ready.push(await prepare(library, join(folder, `${index}`)));
    } catch (error) {
      failed.set(library, (error as Error).message);
    }
  }
  takeTurns(ready, rounds);
  const weft = ready.find(({ library }) => library.name === 'weft');
  return libraries.map((library) => {
    const reason = failed.get(library);
    if (reason !== undefined) return { status: 'failed', name: library.name, reason };
    return rowOf(
      ready.find((one) => one.library === library)!,
      weft,
    );
  });
}

async function prepare(library: SmallLibrary, path: string): Promise<Ready> {
  const packages = library.packages.length > 0 ? library.packages : packLibrary(`${path}-packed`);
  const project = new Project(path, library, packages);
  project.givePoints(points);
  const bytes = await pageBytes(path, library, points.train);
  // this run warms up the caches of the disk, and fails before anything is measured
  project.run();
  return { library, project, pageBytes: bytes, runs: [] };
}

/** Each library trains once in each round. Every second round has the reverse order. */
function takeTurns(ready: readonly Ready[], rounds: number): void {
  for (let round = 0; round < rounds; round++) {
    for (const { project, runs } of round % 2 === 0 ? ready : ready.toReversed()) runs.push(project.run());
    console.log(`round ${round + 1}/${rounds}`);
  }
}

function rowOf({ library, project, pageBytes, runs }: Ready, weft: Ready | undefined): MeasuredRow {
  const { name, differs } = library;
  const speeds = (trained: readonly Trained[]): number[] => trained.map(({ seconds }) => 1 / seconds);
  return {
    status: 'measured',
    name,
    version: project.version,
    ...(differs !== undefined && { differs }),
    lines: project.lines,
    ...project.size,
    pageBytes,
    training: timesOf(runs.map(({ seconds }) => seconds)),
    process: timesOf(runs.map(({ processSeconds }) => processSeconds)),
    accuracies: runs.map(({ accuracy }) => accuracy),
    ratio: weft === undefined || name === 'weft' ? null : compare(speeds(weft.runs), speeds(runs)),
  };
}

function timesOf(seconds: readonly number[]): Times {
  const { median, p10, p90 } = spread(seconds);
  return { median, p10, p90 };
}
