import { cpus, loadavg, totalmem } from 'node:os';
import { version } from '../src/version.ts';

/** What a figure was measured on: every result file carries it. */
export function describeMachine(): Readonly<Record<string, string | number>> {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.versions.node,
    v8: process.versions.v8,
    weft: version,
  };
}

/** A line about other work on the machine, if there is enough of it to spoil a measurement. */
export function loadWarning(): string | null {
  const [load] = loadavg();
  return load! > 0.5
    ? `the machine is busy (load ${load!.toFixed(2)}): other work makes every figure here worse`
    : null;
}
