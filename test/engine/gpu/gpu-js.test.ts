import { test } from 'uvu';
import { Gpu } from '../../../src/engine/gpu/gpu-js.ts';
import { assertRejects } from '../../helpers/assert-rejects.ts';

test('two kernels of one name are an error', async () => {
  const gpu = await Gpu.open('cpu');
  const kernel = { name: 'same', constants: {}, length: 1 };
  await gpu.run({ ...kernel, source: 'function () { return 1; }' }, []);
  await assertRejects(
    gpu.run({ ...kernel, source: 'function () { return 2; }' }, []),
    /gpu kernel same: two kernels have this name/,
  );
  await gpu.close();
});

test('a kernel takes at most the seven arrays that every device allows', async () => {
  const gpu = await Gpu.open('cpu');
  const arrays = [];
  for (let i = 0; i < 8; i++) arrays.push(await gpu.upload(Float32Array.of(i)));
  const source = 'function (a, b, c, d, e, f, g, h) { return a[0] + h[0]; }';
  const kernel = { name: 'eight', source, constants: {}, length: 1 };
  await assertRejects(gpu.run(kernel, arrays), /gpu kernel eight: 8 inputs; 7 are possible/);
  await gpu.close();
});

test.run();
