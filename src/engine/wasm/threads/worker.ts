/** A worker thread: waits for commands, loads programs, runs its part of each phase. protocol.ts explains how. */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import {
  commands,
  doneWord,
  type LoadMessage,
  phaseExport,
  spin,
  words,
  type WorkerStart,
} from './protocol.ts';

type Phases = readonly (() => void)[];

const { thread, control, memory, port } = workerData as WorkerStart;
const programs: Phases[] = [];
let seen = 0;

function load(): void {
  const received = receiveMessageOnPort(port)!.message as LoadMessage;
  const { exports } = new WebAssembly.Instance(received.module, { env: { memory } });
  const phases: (() => void)[] = [];
  for (let phase = 0; phaseExport(phase, thread) in exports; phase++) {
    phases.push(exports[phaseExport(phase, thread)] as () => void);
  }
  programs[received.program] = phases;
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

parentPort!.postMessage('ready');
for (;;) {
  waitForCommand();
  // an exception ends the worker; the main thread learns of it from the worker's `error` event
  if (Atomics.load(control, words.command) === commands.load) load();
  else programs[Atomics.load(control, words.program)]![Atomics.load(control, words.phase)]!();
  Atomics.store(control, doneWord(thread), seen);
  if (Atomics.load(control, words.mainSleeps) === 1) Atomics.notify(control, doneWord(thread));
}
