/** What is done to the folders of runs, as `Figures`. The moments, which the system decides, have no seed. */
import type { Figures, FuzzPart } from './figures.ts';
import { fuzzKills } from './kills.ts';
import { fuzzLocks, type LockRaceFigures } from './locks.ts';

/** Races for the lock of a run, with hard links and without. */
export const fuzzLockRaces: FuzzPart = async ({ seconds }): Promise<Figures> => {
  const rounds: LockRaceFigures[] = [];
  for (const links of [true, false]) rounds.push(await fuzzLocks({ seconds: seconds / 2, links }));
  const sum = (count: (round: LockRaceFigures) => number): number =>
    rounds.reduce((total, round) => total + count(round), 0);
  const [held, refused, clashes] = [
    sum((round) => round.held),
    sum((round) => round.refused),
    sum((round) => round.clashes),
  ];
  return {
    name: 'locks',
    inputs: held + refused,
    refused,
    accepted: held,
    slowestSeconds: 0,
    mostBytes: null,
    races: held + refused,
    findings: [
      ...(clashes > 0 ? [`${clashes} times two processes held the lock at a time`] : []),
      ...rounds.flatMap(({ errors }) => errors),
      ...rounds.flatMap(({ left }) => left.map((file) => `a file is left: ${file}`)),
    ],
  };
};

/** Kills runs of training at random moments; each must then go on to the same end, bit for bit. */
export const fuzzRunKills: FuzzPart = async ({ seconds }): Promise<Figures> => {
  const { runs, kills, failures } = await fuzzKills({ seconds });
  return {
    name: 'kills',
    inputs: runs,
    refused: 0,
    accepted: runs,
    slowestSeconds: 0,
    mostBytes: null,
    kills,
    findings: failures,
  };
};
