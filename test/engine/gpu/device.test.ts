import { test } from 'uvu';
import { openDevice } from '../../../src/engine/gpu/device.ts';
import { DeviceArray, Gpu } from '../../../src/engine/gpu/gpu-js.ts';
import { assertRejects } from '../../helpers/assert-rejects.ts';
import { replaceMethod } from '../../helpers/replace-method.ts';

test('GL that keeps fewer bits than float32 has is refused', async () => {
  const restore = [
    replaceMethod(Gpu, 'open', (open) => () => open('cpu')),
    replaceMethod(DeviceArray.prototype, 'read', (read) => async () => (await read()).map(Math.trunc)),
  ];
  try {
    await assertRejects(openDevice('webgl2'), /^WebGL 2 on .*does not keep float32 numbers: -2.5 became -2$/);
  } finally {
    for (const undo of restore) undo();
  }
});

test.run();
