import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Turns } from '../fixtures/lock-contender.ts';
import { temporaryFolder } from '../helpers/idx-file.ts';

export interface LockRaceOptions {
  /** How long the processes race, once all of them have started. */
  readonly seconds: number;
  /** 8 by default. */
  readonly processes?: number;
  /** Whether the file system has hard links; true by default. */
  readonly links?: boolean;
}

export interface LockRaceFigures {
  /** How often a process had the lock. */
  readonly held: number;
  /** How often two processes had it at a time: must be 0. */
  readonly clashes: number;
  readonly refused: number;
  /** Messages that a person should never see: must be none. */
  readonly errors: readonly string[];
  /** Files that are left in the folder, but for one lock of the dead: must be none. */
  readonly left: readonly string[];
}

const contender = join(import.meta.dirname, '../fixtures/lock-contender.ts');

/** Several processes lock one folder again and again; some of their locks stay as if the process had been killed. */
export async function fuzzLocks({
  seconds,
  processes = 8,
  links = true,
}: LockRaceOptions): Promise<LockRaceFigures> {
  const place = temporaryFolder();
  try {
    const folder = join(place.path, 'run');
    mkdirSync(folder);
    const args = [contender, folder, join(place.path, 'marker'), links ? 'links' : 'no-links'];
    const contenders = Array.from({ length: processes }, () => start(args));
    await Promise.all(contenders.map(({ ready }) => ready));
    const until = Date.now() + 1000 * seconds;
    const outputs = await Promise.all(contenders.map(({ race }) => race(until)));
    const turns = outputs.map((output) => JSON.parse(output) as Turns);
    const sum = (count: (turn: Turns) => number): number => turns.reduce((all, turn) => all + count(turn), 0);
    return {
      held: sum(({ held }) => held),
      clashes: sum(({ clashes }) => clashes),
      refused: sum(({ refused }) => refused),
      errors: turns.flatMap(({ errors }) => errors),
      left: readdirSync(folder).filter((name) => name !== 'lock'),
    };
  } finally {
    place.remove();
  }
}

interface Contender {
  readonly ready: Promise<unknown>;
  /** @returns what it prints at its end */
  readonly race: (until: number) => Promise<string>;
}

function start(args: readonly string[]): Contender {
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  return {
    ready: once(child.stdout, 'data'),
    race: (until) => {
      child.stdin.write(`${until}\n`);
      return text(child.stdout);
    },
  };
}
