import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Recorder } from '../../../../src/tensor/recorder.ts';
import { Storage, Tensor } from '../../../../src/tensor/tensor.ts';
import type { Kernel } from '../../../../src/engine/wasm/kernels/kernel.ts';
import { schedule } from '../../../../src/engine/wasm/plan/schedule.ts';
import { call, operationTask, task, type TaskOptions } from '../../../../src/engine/wasm/plan/task.ts';

/** Nothing here builds it. */
const kernel: Kernel = {
  name: 'none',
  build() {
    throw new Error('not to be built');
  },
};
const storage = (): Storage<'float32'> => new Storage('float32', 8, null);

function make(name: string, items: number, accesses: Partial<TaskOptions>): ReturnType<typeof task> {
  return task({ name, items, calls: [], ...accesses });
}

/** The phases as the names of their tasks. */
function phasesOf(...tasks: ReturnType<typeof task>[]): string[][] {
  return schedule(tasks).map((phase) => phase.map(({ name }) => name));
}

test('a tensor and a storage stand for the address of their start', () => {
  const tensor = Tensor.zeros('float32', [2, 4], 'x');
  const [temporary, place] = [storage(), { storage: tensor.storage, offset: 12 }];
  assert.equal(call(kernel, [tensor, temporary, place]).addresses, [
    { storage: tensor.storage, offset: 0 },
    { storage: temporary, offset: 0 },
    place,
  ]);
});

test('the task of an operation reads its inputs and writes its outputs; shared inputs are not divided', () => {
  const ops = new Recorder();
  const x = Tensor.zeros('float32', [3, 5], 'x');
  const bias = Tensor.zeros('float32', [5], 'bias');
  const y = ops.addBias(x, bias);
  const [operation] = ops.finish('one', [y]).operations;
  const [made] = operationTask(operation!, { kernel, items: 3, addresses: [x, bias, y], shared: [bias] });
  assert.is(made!.name, 'addBias 3×5');
  assert.equal(
    new Set(made!.accesses),
    new Set([
      { storage: x.storage, writes: false, own: true },
      { storage: bias.storage, writes: false, own: false },
      { storage: y.storage, writes: true, own: true },
    ]),
  );
});

test('a thread may go on with what it wrote itself, if both tasks are divided in the same way', () => {
  const [x, y] = [storage(), storage()];
  const first = make('first', 8, { writes: [x] });
  assert.equal(phasesOf(first, make('next', 8, { own: [x], writes: [y] })), [['first', 'next']]);
  assert.equal(phasesOf(first, make('next', 4, { own: [x], writes: [y] })), [['first'], ['next']]);
});

test('what other threads wrote, or will overwrite, waits for the next phase', () => {
  const [x, y] = [storage(), storage()];
  const write = make('write', 8, { writes: [x] });
  assert.equal(phasesOf(write, make('read', 8, { shared: [x], writes: [y] })), [['write'], ['read']]);
  assert.equal(phasesOf(make('read', 8, { shared: [x], writes: [y] }), write), [['read'], ['write']]);
  const scatter = make('scatter', 8, { scattered: [x] });
  assert.equal(phasesOf(scatter, make('read', 8, { own: [x] })), [['scatter'], ['read']]);
});

test('tasks that only read the same share a phase, and a task moves up to the earliest phase it can have', () => {
  const [x, y, z] = [storage(), storage(), storage()];
  assert.equal(
    phasesOf(
      make('x', 8, { writes: [x] }),
      make('from all of x', 8, { shared: [x], writes: [y] }),
      make('z', 3, { writes: [z] }),
      make('also', 5, { shared: [x] }),
    ),
    [
      ['x', 'z'],
      ['from all of x', 'also'],
    ],
  );
});

test.run();
