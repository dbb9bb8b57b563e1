import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { nudged } from '../../../../src/engine/gpu/webgpu/nudged.ts';
import { assertRejects } from '../../../helpers/assert-rejects.ts';

/** A device that looks whether its work is done when something is submitted, and fails if it is told to. */
function lazyDevice(submits: number, failure?: Error) {
  let [count, settle] = [0, (): void => {}];
  const work = new Promise<string>((resolve, reject) => {
    settle = () => (failure ? reject(failure) : resolve('done'));
  });
  const queue = {
    submit(list: readonly unknown[]) {
      assert.is(list.length, 0);
      count += 1;
      if (count === submits) settle();
    },
  };
  return { device: { queue } as unknown as GPUDevice, work, count: () => count };
}

test('empty submits go on until the work is done, and no longer', async () => {
  const { device, work, count } = lazyDevice(3);
  assert.is(await nudged(device, work, true), 'done');
  assert.is(count(), 3);
});

test('an error of the device comes through', async () => {
  const { device, work } = lazyDevice(2, new Error('the device is lost'));
  await assertRejects(nudged(device, work, true), /^the device is lost$/);
});

test('elsewhere nothing is submitted', async () => {
  const { device, count } = lazyDevice(1);
  assert.is(await nudged(device, Promise.resolve(7)), 7);
  assert.is(count(), 0);
});

test.run();
