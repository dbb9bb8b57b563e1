/**
 * Tries one reader in a process of its own, so that its memory is known and the suite survives it:
 *
 *     node test/fuzz/readers/process.ts READER SEED LIMIT FILE [INPUT]
 *
 * LIMIT says when to end: `30s` after a time, `1000` after so many inputs. The number of the input that is being tried is written to FILE before each. The last line of the output is what was
 * found, as JSON. With INPUT, only that one is tried, and its error is shown.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { temporaryFolder } from '../../helpers/idx-file.ts';
import { readerCases } from './cases.ts';
import { Dice } from './dice.ts';
import { messageFault } from './message-faults.ts';

/** What one call may take. The seconds are those of the processor: the machine may be busy with other things. */
const budget = { seconds: 2, bytes: 1e9 };
const mostFindings = 20;

export interface ReaderOutcome {
  readonly inputs: number;
  readonly refused: number;
  readonly accepted: number;
  readonly slowestSeconds: number;
  readonly mostBytes: number;
  readonly findings: readonly string[];
}

async function tryReader(
  name: string,
  seed: number,
  limit: string,
  progress: number,
): Promise<ReaderOutcome> {
  const { make, read } = readerCases.find((reader) => reader.name === name)!;
  const folder = temporaryFolder();
  // the first fault of each kind, by its text without numbers
  const findings = new Map<string, string>();
  let [inputs, refused, slowestSeconds, mostBytes] = [0, 0, 0, memory()];
  const report = (what: string): void => {
    const kind = what.replaceAll(/\d+/g, '#').slice(0, 60);
    if (findings.has(kind) || findings.size >= mostFindings) return;
    findings.set(kind, `reader ${name}, seed ${seed}, input ${inputs}: ${what}`);
  };
  const start = performance.now();
  const isOver = limit.endsWith('s')
    ? () => performance.now() - start >= 1000 * Number.parseFloat(limit)
    : () => inputs >= Number(limit);
  do {
    const bytes = make(new Dice(seed, `${name} ${inputs}`));
    writeSync(progress, String(inputs).padEnd(16), 0);
    const before = process.cpuUsage();
    try {
      read(bytes, folder.path);
    } catch (error) {
      refused += 1;
      const fault = messageFault(error);
      if (fault !== null) report(fault);
    }
    const { user, system } = process.cpuUsage(before);
    const took = (user + system) / 1e6;
    if (took > budget.seconds) report(`took ${took.toFixed(1)} s`);
    slowestSeconds = Math.max(slowestSeconds, took);
    const most = memory();
    if (most > budget.bytes && most > mostBytes) report(`took the process to ${(most / 1e9).toFixed(2)} GB`);
    mostBytes = most;
    inputs += 1;
    // zlib frees its memory in the event loop
    if (inputs % 64 === 0) await setImmediate();
  } while (!isOver());
  folder.remove();
  return {
    inputs,
    refused,
    accepted: inputs - refused,
    slowestSeconds,
    mostBytes,
    findings: [...findings.values()],
  };
}

/** The most memory that the process has had so far, in bytes. */
function memory(): number {
  return process.resourceUsage().maxRSS * 1024;
}

function tryOne(name: string, seed: number, input: number): void {
  const { make, read } = readerCases.find((reader) => reader.name === name)!;
  const folder = temporaryFolder();
  try {
    read(make(new Dice(seed, `${name} ${input}`)), folder.path);
    console.log('accepted');
  } catch (error) {
    console.log(error);
  }
  folder.remove();
}

const [name = '', seed, limit = '', file = '', input] = process.argv.slice(2);
if (input === undefined) {
  const progress = openSync(file, 'w');
  console.log(JSON.stringify(await tryReader(name, Number(seed), limit, progress)));
  closeSync(progress);
} else {
  tryOne(name, Number(seed), Number(input));
}
