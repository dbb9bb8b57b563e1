import type { Engine } from '../../src/engine/engine.ts';
import { Recorder } from '../../src/tensor/recorder.ts';
import { EagerOps } from '../../src/tensor/reference/eager.ts';
import type { DataType, Tensor } from '../../src/tensor/tensor.ts';
import { assertClose, assertSameBits, type Tolerance } from './close.ts';
import { operationCases } from './operation-cases.ts';
import type { OperationCase } from './operation-cases/case.ts';

/** How close an engine's results must be to the reference's, besides those that must have the same bits. */
export interface CaseTolerance extends Tolerance {
  /** A bound besides: this share of the largest value of a result. */
  readonly ofLargest: number;
  /** The same for long sums whose terms may cancel. */
  readonly ofLargestSum: number;
}

export interface CaseOptions {
  readonly tolerance: CaseTolerance;
  /** All if left out. */
  readonly cases?: readonly OperationCase[];
}

/** The values that an engine gives for each case, by the case's name: results, then what is changed in place. */
export type CaseResults = ReadonlyMap<string, readonly ArrayLike<number>[]>;

/**
 * Holds an engine against the reference in every case of the list; this is what a new engine has to pass.
 *
 * @throws Error naming the case, the element and both values, at the first that differs
 */
export async function runCases(
  startEngine: () => Engine | Promise<Engine>,
  options: CaseOptions,
): Promise<CaseResults> {
  const engine = await startEngine();
  try {
    return await checkCases(engine, options);
  } finally {
    await engine.close();
  }
}

/** The same on an engine that runs already. */
export async function checkCases(
  engine: Engine,
  { tolerance, cases = operationCases }: CaseOptions,
): Promise<CaseResults> {
  const found = new Map<string, readonly ArrayLike<number>[]>();
  for (const operationCase of cases) {
    found.set(operationCase.name, await checkCase(engine, operationCase, tolerance));
  }
  return found;
}

/** Runs a case twice, since a second run shows what the first one left behind. */
export async function checkCase(
  engine: Engine,
  { name, build }: OperationCase,
  tolerance: CaseTolerance,
): Promise<readonly ArrayLike<number>[]> {
  const recorder = new Recorder();
  const setup = build('float32');
  const results = [...setup.compute(recorder), ...(setup.changed ?? [])];
  const executable = await engine.compile(recorder.finish(name, results));
  const reference = build('float32');
  let actual: ArrayLike<number>[] = [];
  for (const run of ['first', 'second']) {
    const expected = [...reference.compute(new EagerOps()), ...(reference.changed ?? [])];
    await executable.run();
    actual = [];
    for (const [index, result] of results.entries()) {
      const values = await engine.read(result);
      const label = `${name}, result ${index}, ${run} run`;
      const share = setup.cancels === true ? tolerance.ofLargestSum : tolerance.ofLargest;
      const exact = setup.exact === true || result.dtype === 'int32';
      compare(values, expected[index]!, { ...tolerance, ofLargest: share }, exact, label);
      actual.push(values);
    }
  }
  return actual;
}

function compare(
  actual: ArrayLike<number>,
  { values }: Tensor<DataType>,
  { rtol, atol, ofLargest }: CaseTolerance,
  exact: boolean,
  label: string,
): void {
  const expected = Array.from(values as ArrayLike<number>);
  if (exact) {
    assertSameBits(actual, expected, label);
    return;
  }
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  assertClose(actual, expected, { rtol, atol: atol + ofLargest * largest }, label);
}
