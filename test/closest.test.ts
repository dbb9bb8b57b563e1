import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { closest } from '../src/closest.ts';

test('the nearest word, whatever its case, if it differs in at most a third of the letters', () => {
  const names = ['kernelSize', 'stride', 'padding', 'dX'];
  assert.is(closest('DX', names), 'dX');
  assert.is(closest('KERNELSIZE', names), 'kernelSize');
  assert.is(closest('kernel_size', names), 'kernelSize');
  assert.is(closest('strid', names), 'stride');
  assert.is(closest('step', names), undefined);
  assert.is(closest('', names), undefined);
  assert.is(closest('stride', []), undefined);
});

test.run();
