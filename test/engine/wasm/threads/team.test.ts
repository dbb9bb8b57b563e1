import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Team } from '../../../../src/engine/wasm/threads/team.ts';

/** A machine on which a run takes so many milliseconds, by the number of threads that work. */
type Machine = Readonly<Record<number, number>>;

const idle: Machine = { 1: 0.7, 2: 0.4 };
const busy: Machine = { 1: 0.9, 2: 7 };

interface Simulation {
  readonly seconds: number;
  /** The share of its time that the main thread waits when all threads work. */
  readonly waiting?: number;
  /** How far times are from the usual ones: 0.3 for up to 30 % more or less. */
  readonly noise?: number;
  readonly program?: number;
}

/** Pseudo-random numbers from −1 to 1, the same in each run of the tests. */
function noiseSource(): () => number {
  let state = 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return (2 * state) / 2_147_483_647 - 1;
  };
}

/**
 * Lets a team run a program for some seconds.
 *
 * @returns the seconds that each size has worked, and how often the size has changed
 */
function simulate(
  team: Team,
  machine: Machine,
  { seconds, waiting = 0, noise = 0, program = 0 }: Simulation,
): { readonly secondsOf: Record<number, number>; readonly changes: number; readonly runs: number } {
  const random = noiseSource();
  const secondsOf: Record<number, number> = {};
  let [changes, runs] = [0, 0];
  for (let time = 0, before = team.size; time < 1000 * seconds; runs++) {
    const { size } = team;
    if (size !== before) changes += 1;
    before = size;
    const duration = machine[size]! * (1 + noise * random());
    team.observe(program, duration, size === 1 ? 0 : waiting * duration);
    time += duration;
    secondsOf[size] = (secondsOf[size] ?? 0) + duration / 1000;
  }
  return { secondsOf, changes, runs };
}

test('on an idle machine all threads work, but for a trial now and then: half a percent of the time', () => {
  const { secondsOf, runs } = simulate(new Team(2), idle, { seconds: 100 });
  assert.ok(secondsOf[1]! < 0.5, String(secondsOf[1]));
  assert.ok(runs > 0.995 * (100_000 / idle[2]!), String(runs));
});

test('a program that runs once, or for a moment, is left alone', () => {
  const { secondsOf } = simulate(new Team(2), busy, { seconds: 0.05, waiting: 0.9 });
  assert.equal(Object.keys(secondsOf), ['2']);
  const large = new Team(2);
  large.observe(0, 10_000, 9000);
  assert.is(large.size, 2);
});

test('under load the team gets smaller within half a second, and trials take two percent of the time', () => {
  const team = new Team(2);
  const { secondsOf } = simulate(team, busy, { seconds: 0.6, waiting: 0.9 });
  assert.is(team.size, 1);
  assert.ok(secondsOf[2]! < 0.5, String(secondsOf[2]));
  const later = simulate(team, busy, { seconds: 100, waiting: 0.9 });
  assert.ok(later.secondsOf[2]! < 2, String(later.secondsOf[2]));
  assert.ok(later.secondsOf[2]! > 0.2, 'it tries again');
  assert.is(team.fewest, 1);
});

test('the time that threads take to come and go counts as cost: trials get rarer', () => {
  const trials = (gathering: number): number => {
    const team = new Team(2);
    simulate(team, busy, { seconds: 5, waiting: 0.9 });
    let count = 0;
    for (let time = 0; time < 100_000;) {
      const { size } = team;
      team.observe(0, busy[size]!, 0);
      time += busy[size]!;
      if (team.size === size) continue;
      count += 1;
      team.observeGathering(gathering);
    }
    return count;
  };
  assert.ok(trials(50) < 0.7 * trials(0));
});

test('when the load goes, all threads work again, within some seconds', () => {
  const team = new Team(2);
  simulate(team, busy, { seconds: 100, waiting: 0.9 });
  const { secondsOf, changes } = simulate(team, idle, { seconds: 60 });
  assert.ok(secondsOf[1]! < 16, String(secondsOf[1]));
  assert.ok(changes < 16, String(changes));
});

test('load that comes later is noticed within seconds: runs wait, or take longer than before', () => {
  for (const [machine, waiting] of [
    [busy, 0.9],
    [{ 1: 0.7, 2: 1 }, 0],
  ] as const) {
    const team = new Team(2);
    simulate(team, idle, { seconds: 20 });
    const { secondsOf } = simulate(team, machine, { seconds: 20, waiting });
    assert.ok(secondsOf[2]! < 5, String(secondsOf[2]));
  }
});

test('large steps: the same decisions, with windows of three runs', () => {
  const team = new Team(2);
  simulate(team, { 1: 26, 2: 60 }, { seconds: 2, waiting: 0.5 });
  assert.is(team.size, 1);
  const { secondsOf } = simulate(team, { 1: 26, 2: 14 }, { seconds: 30 });
  assert.ok(secondsOf[1]! < 15, String(secondsOf[1]));
});

test('two sizes that are about as good: it does not change all the time, whatever the noise', () => {
  const team = new Team(2);
  const { changes } = simulate(team, { 1: 1, 2: 1 }, { seconds: 100, waiting: 0.4, noise: 0.5 });
  // two for each trial, and one trial in 0.8 s at most
  assert.ok(changes < 260, String(changes));
  const clear = simulate(team, { 1: 1, 2: 1.3 }, { seconds: 100, waiting: 0.4, noise: 0.5 });
  assert.ok(clear.secondsOf[2]! < 3, String(clear.secondsOf[2]));
});

test('eight threads: down by halves to what is best, and up again', () => {
  const team = new Team(8);
  simulate(team, { 1: 8, 2: 4.4, 4: 6, 8: 20 }, { seconds: 5, waiting: 0.7 });
  assert.is(team.fewest, 2);
  const { secondsOf } = simulate(team, { 1: 8, 2: 4.4, 4: 2.4, 8: 1.4 }, { seconds: 60, waiting: 0.2 });
  assert.ok(secondsOf[8]! > 40, String(secondsOf[8]));
  const odd = new Team(3);
  simulate(odd, { 1: 1, 2: 2, 3: 3 }, { seconds: 5, waiting: 0.5 });
  assert.is(odd.fewest, 1);
});

test('runs of a program are compared only with runs of the same', () => {
  const team = new Team(2);
  simulate(team, idle, { seconds: 1 });
  // an evaluation, of which a run takes ten times as long
  const { secondsOf } = simulate(team, { 1: 7, 2: 4 }, { seconds: 5, program: 1 });
  assert.ok((secondsOf[1] ?? 0) < 0.2, String(secondsOf[1]));

  // two programs in turn, one of them larger: its runs decide
  const turns = new Team(2);
  for (let run = 0; run < 500; run++) {
    turns.observe(0, 0.1, 0);
    turns.observe(1, turns.size === 2 ? 9 : 2, 1.5);
  }
  assert.is(turns.fewest, 1);
});

test('that fewer threads work is told once, when more have failed again', () => {
  const told: number[] = [];
  const team = new Team(2, { onFewer: (size) => told.push(size) });
  simulate(team, busy, { seconds: 1, waiting: 0.9 });
  assert.is(team.size, 1);
  simulate(team, idle, { seconds: 60 });
  assert.is(team.size, 2);
  simulate(team, busy, { seconds: 100, waiting: 0.9 });
  assert.equal(told, [1]);
});

test('a fixed team stays as it is', () => {
  const { secondsOf } = simulate(new Team(2, { isFixed: true }), busy, { seconds: 5, waiting: 0.9 });
  assert.equal(Object.keys(secondsOf), ['2']);
});

test.run();
