/** What a worker thread does: waits for commands, loads programs, does its shares of each phase. protocol.ts explains how. */
import { commands, doneWord, type LoadMessage, spin, words, type WorkerStart } from './protocol.ts';
import { doShares, type Phases, phasesOf } from './shares.ts';

/**
 * Serves for ever.
 *
 * @param nextMessage the next message of the main thread, also one that has come before. It is a promise, since a worker of a
 *   page gets messages only while it does not wait in its own code
 * @throws what a program throws; the worker is of no use afterwards
 */
export async function serve(
  { thread, control, memory }: WorkerStart,
  nextMessage: () => Promise<LoadMessage>,
): Promise<never> {
  const programs: Phases[] = [];
  let seen = 0;

  async function load(): Promise<void> {
    const { program, module } = await nextMessage();
    const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
    programs[program] = phasesOf(exports);
  }

  function run(): void {
    const shares = programs[Atomics.load(control, words.program)]![Atomics.load(control, words.phase)]!;
    doShares(shares, thread, Atomics.load(control, words.team));
  }

  function waitForCommand(): void {
    const arrived = (): boolean => Atomics.load(control, words.generation) !== seen;
    while (!spin(arrived, Atomics.load(control, words.rounds))) {
      Atomics.add(control, words.sleepers, 1);
      Atomics.wait(control, words.generation, seen);
      Atomics.sub(control, words.sleepers, 1);
    }
    seen = Atomics.load(control, words.generation);
  }

  function report(): void {
    Atomics.store(control, doneWord(thread), seen);
    if (Atomics.load(control, words.mainSleeps) === 1) Atomics.notify(control, doneWord(thread));
  }

  /** Sleeps until the thread is of the team again. */
  function stayAway(): void {
    for (;;) {
      const team = Atomics.load(control, words.team);
      if (thread < team) break;
      Atomics.wait(control, words.team, team);
    }
    // the commands of the meantime were not for this thread; if the last one is to gather, this does it
    seen = Atomics.load(control, words.generation);
    report();
  }

  for (;;) {
    waitForCommand();
    const command = Atomics.load(control, words.command);
    if (command === commands.load) await load();
    else if (command === commands.run) run();
    // before the report, because the main thread changes the team only after it
    const isAway = thread >= Atomics.load(control, words.team);
    report();
    if (isAway) stayAway();
  }
}
