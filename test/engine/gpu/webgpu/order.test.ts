import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Call } from '../../../../src/engine/gpu/webgpu/call.ts';
import { byLevel, countBarriers, levelsOf } from '../../../../src/engine/gpu/webgpu/order.ts';
import { Storage } from '../../../../src/tensor/tensor.ts';

const storages = new Map<string, Storage>();
function storage(name: string): Storage {
  const known = storages.get(name) ?? new Storage('float32', 1, null);
  storages.set(name, known);
  return known;
}

/** `call('dx', 'dy w', 'dx')` reads dy and w and writes dx. */
function call(name: string, reads: string, writes: string): Call {
  const [from, to] = [reads, writes].map((names) => names.split(' ').filter(Boolean));
  const bindings = [...from!.map(() => 'read' as const), ...to!.map(() => 'write' as const)];
  return {
    kernel: { name, code: '', bindings, groups: [1, 1, 1] },
    storages: [...from!, ...to!].map(storage),
  };
}

const names = (calls: readonly Call[]): string => calls.map(({ kernel }) => kernel.name).join(' ');

test('what does not wait for another stands beside it, in the order of the program', () => {
  const backward = [
    call('dw2', 'h dy', 'gw2'),
    call('dx2', 'dy w2', 'dh'),
    call('dw1', 'x dh', 'gw1'),
    call('update', 'gw1 gw2', 'w1 w2'),
  ];
  assert.is(names(byLevel(backward)), 'dw2 dx2 dw1 update');
  assert.equal(levelsOf(backward.map((each) => [each])), [0, 0, 1, 2]);
  assert.is(countBarriers(byLevel(backward)), 2, 'before dw1 and before the update');
  const pairs = [call('a', '', 'p'), call('b', 'p', 'q'), call('c', '', 'r'), call('d', 'r', 's')];
  assert.is(countBarriers(pairs), 2, 'a | b c | d');
  assert.is(names(byLevel(pairs)), 'a c b d');
  assert.is(countBarriers(byLevel(pairs)), 1, 'a c | b d');
});

test('what is written waits for those that read it, and for those that wrote it', () => {
  const calls = [
    call('read', 'w', 'a'),
    call('write', 'g', 'w'),
    call('again', 'g', 'w'),
    call('use', 'w', 'b'),
  ];
  assert.is(names(byLevel(calls)), 'read write again use');
  assert.is(countBarriers(byLevel(calls)), 3);
});

test('several tensors of one binding count each', () => {
  const together: Call = {
    kernel: { name: 'update', code: '', bindings: ['write'], groups: [1, 1, 1] },
    storages: [[storage('w1'), storage('w2')]],
  };
  assert.is(countBarriers([together, call('use', 'w2', 'y')]), 1);
  assert.is(countBarriers([together, call('other', 'w3', 'y')]), 0);
});

test.run();
