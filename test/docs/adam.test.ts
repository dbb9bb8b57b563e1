/** The numbers of docs/adam.md. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { adam } from '../../src/optim/adam.ts';
import type { Parameter } from '../../src/tensor/parameter.ts';
import { EagerOps } from '../../src/tensor/reference/eager.ts';
import { Tensor } from '../../src/tensor/tensor.ts';
import { documentTable } from '../helpers/document-table.ts';

const name = 'w';

test('the worked example: four steps of one weight', () => {
  const parameter: Parameter = {
    name,
    value: Tensor.zeros('float64', [1], name),
    gradient: Tensor.zeros('float64', [1], 'dw'),
    decay: true,
  };
  parameter.value.values[0] = 1;
  const rate = 0.1;
  const optimizer = adam();
  const rows = documentTable('docs/adam.md', 'A worked example');
  assert.is(rows.length, 4);
  for (const [index, row] of rows.entries()) {
    const step = index + 1;
    const before = parameter.value.values[0];
    parameter.gradient.values[0] = Number(row[1]!.replace('−', '-'));
    optimizer.coefficients.values.set(optimizer.coefficientsAt(step, rate));
    optimizer.record(new EagerOps(), [parameter]);
    const [m, v] = ['m', 'v'].map((kind) => optimizer.state.get(`${name}/${kind}`)!.values[0]!);
    const w = parameter.value.values[0];
    assert.equal(row, [
      `${step}`,
      row[1],
      m!.toFixed(5),
      v!.toFixed(7),
      (m! / (1 - 0.9 ** step)).toFixed(4),
      (v! / (1 - 0.999 ** step)).toFixed(4),
      (before - w).toFixed(4),
      w.toFixed(4),
    ]);
  }
});

test('the bias correction and ε over the steps', () => {
  const optimizer = adam();
  const rows = documentTable('docs/adam.md', 'Bias correction');
  assert.is(rows.length, 5);
  for (const [step, correction, epsilon] of rows) {
    const t = Number(step!.replace(',', ''));
    assert.is(correction, optimizer.coefficientsAt(t, 1)[0].toFixed(4));
    assert.is(epsilon, (1e7 * (1e-7 / Math.sqrt(1 - 0.999 ** t))).toFixed(2));
  }
});

test.run();
