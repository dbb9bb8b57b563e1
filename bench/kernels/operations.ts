/** `bench operations`: each operation alone on each engine, checked against the reference, then timed. */
import Table from 'cli-table3';
import { UsageError } from '../../src/cli/framework/usage-error.ts';
import { createEngine } from '../../src/engine/create-engine.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { inputsOf, outputsOf } from '../../src/tensor/operation.ts';
import { flopsOf } from '../../src/tensor/operation-facts.ts';
import type { Program } from '../../src/tensor/program.ts';
import { Recorder } from '../../src/tensor/recorder.ts';
import type { Storage } from '../../src/tensor/tensor.ts';
import { speedCases } from '../../test/helpers/operation-cases.ts';
import type { OperationCase } from '../../test/helpers/operation-cases/case.ts';
import { checkCase } from '../../test/helpers/run-cases.ts';
import { rate } from '../measure/format.ts';
import { checkMachine, type Conditions } from '../measure/machine.ts';
import { writeResult } from '../measure/results.ts';
import { type Spread, spread } from '../measure/spread.ts';
import { warmUp } from './kernel-run.ts';

export interface OperationArguments {
  readonly engines: readonly Engine['name'][];
  readonly only: string | undefined;
  readonly threads: number;
  readonly revectorize: boolean;
  readonly samples: number;
  readonly strict: boolean;
  readonly json: string | undefined;
}

/** One operation on one engine. */
export interface OperationRow {
  readonly name: string;
  readonly engine: Engine['name'];
  readonly runsPerSecond: Spread;
  readonly flops: number;
  /** The sizes of all tensors that are read or written, each counted once. */
  readonly bytes: number;
}

/** The result file of `bench operations`. */
export interface OperationsResult extends Conditions {
  readonly rows: readonly OperationRow[];
}

/** Rounding in sums of thousands of terms, as the engines' own check of their kernels allows it. */
const tolerance = { rtol: 1e-4, atol: 1e-7, ofLargest: 1e-4, ofLargestSum: 1e-4 };

export async function benchOperations(args: OperationArguments): Promise<void> {
  const { engines, only = '', threads, revectorize, samples } = args;
  const cases = speedCases.filter(({ name }) => name.includes(only));
  if (cases.length === 0) throw new UsageError(`--only: no operation has "${only}" in its name`);
  const conditions = checkMachine(args.strict);
  const rows: OperationRow[] = [];
  for (const name of engines) {
    const engine = await createEngine(name, name === 'wasm' ? { threads, revectorize } : {});
    console.log(`${name}: ${engine.description}`);
    try {
      for (const operationCase of cases) rows.push(await measure(engine, operationCase, samples));
    } finally {
      await engine.close();
    }
  }
  console.log(format(rows, cases));
  console.log('GB/s: the sizes of all tensors that are read or written, each counted once');
  const result: OperationsResult = { ...conditions, rows };
  writeResult(args.json, result);
}

async function measure(engine: Engine, operationCase: OperationCase, samples: number): Promise<OperationRow> {
  await checkCase(engine, operationCase, tolerance);
  const ops = new Recorder();
  const setup = operationCase.build('float32');
  const results = [...setup.compute(ops), ...(setup.changed ?? [])];
  const program = ops.finish(operationCase.name, results);
  const executable = await engine.compile(program);
  // a GPU is done with its work when a result can be read
  const { runs, time } = await warmUp(executable, async () => void (await engine.read(results[0]!)));
  const speeds: number[] = [];
  for (let sample = 0; sample < samples; sample++) speeds.push(1 / (await time(runs)));
  return {
    name: operationCase.name,
    engine: engine.name,
    runsPerSecond: spread(speeds),
    flops: program.operations.reduce((sum, operation) => sum + flopsOf(operation), 0),
    bytes: bytesOf(program),
  };
}

function bytesOf(program: Program): number {
  const storages = new Set<Storage>(
    program.operations.flatMap((operation) =>
      [...inputsOf(operation), ...outputsOf(operation)].map(({ storage }) => storage),
    ),
  );
  return [...storages].reduce((sum, { bytes }) => sum + bytes, 0);
}

function format(rows: readonly OperationRow[], cases: readonly OperationCase[]): string {
  const table = new Table({
    head: ['operation', 'engine', 'µs', 'p10 – p90', 'GFLOP/s', 'GB/s'],
    colAligns: ['left', 'left', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  for (const { name } of cases) {
    for (const { engine, runsPerSecond, flops, bytes } of rows.filter((row) => row.name === name)) {
      const { median, p10, p90 } = runsPerSecond;
      table.push([
        name,
        engine,
        rate(1e6 / median),
        // the highest speed is the shortest time
        `${rate(1e6 / p90)} – ${rate(1e6 / p10)}`,
        flops > 0 ? rate((flops * median) / 1e9) : '',
        rate((bytes * median) / 1e9),
      ]);
    }
  }
  return table.toString();
}
