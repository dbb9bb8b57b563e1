import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CommandQueue } from '../../../../src/engine/gpu/webgpu/queue.ts';

/** A device that notes what it is told, and is done when the test says so. */
function noteTaker(): {
  device: GPUDevice;
  log: string[];
  finishOne: () => Promise<void>;
} {
  const log: string[] = [];
  const waiting: (() => void)[] = [];
  const pass = {
    setPipeline: (pipeline: { name: string }) => log.push(`pipeline ${pipeline.name}`),
    setBindGroup() {},
    dispatchWorkgroups: (x: number) => log.push(`dispatch ${x}`),
    end: () => log.push('end'),
  };
  const encoder = {
    beginComputePass: () => (log.push('begin'), pass),
    copyBufferToBuffer: (
      _from: unknown,
      from: number,
      to: { label: string },
      offset: number,
      bytes: number,
    ) => log.push(`copy ${from} to ${to.label} ${offset}, ${bytes} bytes`),
    finish: () => ({}),
  };
  const device = {
    createBuffer: () => ({ label: 'staging', destroy() {} }),
    createCommandEncoder: () => encoder,
    queue: {
      writeBuffer: (_buffer: unknown, offset: number, data: Uint8Array, _start?: number, size?: number) =>
        log.push(`upload ${size ?? data.length} to ${offset}`),
      submit: () => log.push('submit'),
      onSubmittedWorkDone: () => new Promise<void>((resolve) => waiting.push(resolve)),
    },
  };
  const finishOne = async (): Promise<void> => {
    waiting.shift()!();
    for (let turn = 0; turn < 4; turn++) await Promise.resolve();
  };
  return { device: device as unknown as GPUDevice, log, finishOne };
}

const buffer = (label: string): GPUBuffer => ({ label }) as GPUBuffer;
const place = (
  of: GPUBuffer,
  offset = 0,
  bytes = 16,
): { buffer: GPUBuffer; offset: number; bytes: number } => ({
  buffer: of,
  offset,
  bytes,
});
const pipelines = Object.fromEntries(
  ['a', 'b', 'k'].map((name) => [name, { name } as unknown as GPUComputePipeline]),
);
const dispatch = (name: string, x: number): Parameters<CommandQueue['dispatch']>[0][number] => ({
  pipeline: pipelines[name]!,
  group: {} as GPUBindGroup,
  groups: [x, 1, 1],
});

test('runs go together into one submit, what is written between them by one copy each', async () => {
  const { device, log } = noteTaker();
  const queue = new CommandQueue(device, { stepsPerSubmit: 2 });
  const inputs = buffer('inputs');
  for (const step of [1, 2]) {
    queue.write(new Uint8Array(8), place(inputs, 0));
    queue.write(new Uint8Array(4), place(inputs, 256));
    queue.dispatch([dispatch('a', step), dispatch('a', 10), dispatch('b', 20)]);
    assert.is(queue.endRun(), undefined, 'nothing to wait for');
  }
  assert.equal(log, [
    'copy 0 to inputs 0, 260 bytes',
    'begin',
    'pipeline a',
    'dispatch 1',
    'dispatch 10',
    'pipeline b',
    'dispatch 20',
    'end',
    'copy 260 to inputs 0, 260 bytes',
    'begin',
    'pipeline a',
    'dispatch 2',
    'dispatch 10',
    'pipeline b',
    'dispatch 20',
    'end',
    'upload 520 to 0',
    'submit',
  ]);
});

test('writes that do not follow each other are copies of their own, in their order', () => {
  const { device, log } = noteTaker();
  const queue = new CommandQueue(device);
  const [a, b] = [buffer('a'), buffer('b')];
  queue.write(new Uint8Array(5), place(a, 256));
  queue.write(new Uint8Array(4), place(a, 0));
  queue.write(new Uint8Array(4), place(b, 4));
  queue.write(new Uint8Array(4), place(b, 1024));
  queue.copy(place(b, 0, 12), place(a, 16, 12));
  queue.flush();
  assert.equal(log, [
    'copy 0 to a 256, 8 bytes',
    'copy 8 to a 0, 4 bytes',
    'copy 12 to b 4, 4 bytes',
    'copy 16 to b 1024, 4 bytes',
    'copy 0 to a 16, 12 bytes',
    'upload 20 to 0',
    'submit',
  ]);
  queue.flush();
  assert.is(log.length, 7, 'there is nothing more to submit');
});

test('what does not fit into the staging buffer is submitted first, and a large array goes by itself', () => {
  const { device, log } = noteTaker();
  const queue = new CommandQueue(device);
  queue.write(new Uint8Array(3 << 20), place(buffer('a')));
  queue.write(new Uint8Array(3 << 20), place(buffer('b')));
  queue.dispatch([dispatch('k', 1)]);
  queue.write(new Uint8Array((5 << 20) + 1), place(buffer('c')));
  assert.equal(log, [
    'copy 0 to a 0, 3145728 bytes',
    'upload 3145728 to 0',
    'submit',
    'copy 0 to b 0, 3145728 bytes',
    'begin',
    'pipeline k',
    'dispatch 1',
    'end',
    'upload 3145728 to 0',
    'submit',
    'upload 5242884 to 0',
  ]);
});

test('a few submits may be on their way; more wait for the device', async () => {
  const { device, finishOne } = noteTaker();
  const queue = new CommandQueue(device, { stepsPerSubmit: 1 });
  const run = (): Promise<void> | undefined => {
    queue.dispatch([dispatch('k', 1)]);
    return queue.endRun();
  };
  assert.is(run(), undefined);
  assert.is(run(), undefined);
  let ready = false;
  const third = run();
  assert.ok(third, 'the third waits for the first');
  void third.then(() => (ready = true));
  await Promise.resolve();
  assert.not.ok(ready);
  await finishOne();
  assert.ok(ready);
  assert.is(queue.submits, 3);
});

test.run();
