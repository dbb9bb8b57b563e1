import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { OperationKind } from '../../src/tensor/operation.ts';
import { Recorder } from '../../src/tensor/recorder.ts';
import { EagerOps } from '../../src/tensor/reference/eager.ts';
import { kernels } from '../../src/tensor/reference/kernels.ts';
import { type DataType, Tensor } from '../../src/tensor/tensor.ts';
import { assertClose } from '../helpers/close.ts';
import { numericGradient, project } from '../helpers/gradient-check.ts';
import { operationCases, speedCases } from '../helpers/operation-cases.ts';
import type { CaseGradient, CaseSetup, OperationCase } from '../helpers/operation-cases/case.ts';
import { randomTensor } from '../helpers/random-tensor.ts';

function kindsIn(record: (ops: Recorder) => readonly Tensor<DataType>[]): OperationKind[] {
  const ops = new Recorder();
  return ops.finish('kinds', record(ops)).operations.map(({ kind }) => kind);
}

test('every operation has a case, for its results and for its speed', () => {
  for (const cases of [operationCases, speedCases]) {
    const used = new Set(cases.flatMap(({ build }) => kindsIn((ops) => build('float32').compute(ops))));
    const missing = Object.keys(kernels).filter((kind) => !used.has(kind as OperationKind));
    assert.equal(missing, [], 'operations without a case');
  }
});

test('no two cases have the same name', () => {
  for (const cases of [operationCases, speedCases]) {
    assert.is(new Set(cases.map(({ name }) => name)).size, cases.length);
  }
});

/** Finite differences compute a case twice for each number: only small tensors are checked. */
const mostNumbers = 400;

/** The cases with a gradient, small enough to be checked. */
const checked: readonly OperationCase[] = operationCases.filter(({ build }) => {
  const { gradient } = build('float64');
  return gradient !== undefined && gradient.by.every(({ size }) => size <= mostNumbers);
});

/** Σ dy · y, a loss whose gradient by y is dy, so that no error can cancel. */
function lossOf({ compute }: CaseSetup, { of = first }: CaseGradient, dy: Tensor): number {
  const ops = new EagerOps();
  return project(dy.values, of(ops, compute(ops)).values);
}

function first(_: unknown, [y]: readonly Tensor<DataType>[]): Tensor {
  return y as Tensor;
}

/** A gradient with the results that it is computed from, whether at once or recorded. */
function resultsOf({ build }: OperationCase): { setup: CaseSetup; gradient: CaseGradient; dy: Tensor } {
  const setup = build('float64');
  const { gradient } = setup;
  if (gradient === undefined) throw new Error('a case without a gradient');
  const ops = new EagerOps();
  const { shape } = (gradient.of ?? first)(ops, setup.compute(ops));
  return { setup, gradient, dy: gradient.dy ?? randomTensor('float64', shape, 'dy') };
}

test('the gradients of every operation, by the reference in double, against central differences', () => {
  for (const operationCase of checked) {
    const { setup, gradient, dy } = resultsOf(operationCase);
    const ops = new EagerOps();
    const actual = gradient.backward(ops, setup.compute(ops), dy);
    assert.is(actual.length, gradient.by.length);
    for (const [index, x] of gradient.by.entries()) {
      const expected = numericGradient(() => lossOf(setup, gradient, dy), x.values);
      const label = `${operationCase.name}: by ${x.name}`;
      assertClose(actual[index]!.values, expected, { rtol: 1e-6, atol: 1e-8 }, label);
    }
  }
});

test('every backward operation is among those that are checked', () => {
  const used = new Set(
    checked.flatMap((operationCase) => {
      const { setup, gradient, dy } = resultsOf(operationCase);
      return kindsIn((ops) => gradient.backward(ops, setup.compute(ops), dy));
    }),
  );
  const backward = Object.keys(kernels).filter((kind) => kind.includes('Backward'));
  assert.equal(
    backward.filter((kind) => !used.has(kind as OperationKind)),
    [],
  );
});

test.run();
