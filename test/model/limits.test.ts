/** Networks that no machine should build: they are refused at once, in one line that says what to do. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { dense } from '../../src/layers/dense.ts';
import { sequential } from '../../src/layers/sequential.ts';
import { buildModel } from '../../src/model/build-model.ts';

/** The message with which a network is refused, and the array memory that it took until then. */
function refusal(layers: unknown): { readonly message: string; readonly bytes: number } {
  const before = process.memoryUsage().arrayBuffers;
  try {
    buildModel(layers, { source: 'net.json', inputShape: [28, 28, 1], classes: 10 });
  } catch (error) {
    const { name, message } = error as Error;
    assert.is(name, 'ModelError');
    return { message, bytes: process.memoryUsage().arrayBuffers - before };
  }
  throw new Error('the network was built');
}

test('more than 2 GiB of weights and gradients, counted before the first tensor is made', () => {
  const wide = { type: 'dense', units: 15_000 };
  // 784·15,000 + 15,000² weights and their gradients take 1.77 GiB: the third layer is too much
  const { message, bytes } = refusal([{ type: 'flatten' }, wide, wide, wide, { type: 'dense', units: 10 }]);
  assert.is(
    message,
    'net.json: layers[3]: with dense_3/kernel [15000, 15000], the weights of the network and their gradients take ' +
      '2.60 GiB; the engines address 2 GiB: use smaller layers',
  );
  assert.ok(bytes < 1e6, String(bytes));
  assert.match(
    refusal([{ type: 'residual', body: [{ type: 'conv2d', filters: 2 ** 26, kernelSize: 3 }] }]).message,
    /^net\.json: layers\[0\].*conv2d_1\/kernel.* GiB; the engines address 2 GiB/,
  );
});

test('layers inside layers, 1,000 deep', () => {
  let layer: object = { type: 'relu' };
  for (let depth = 0; depth < 1000; depth++) layer = { type: 'residual', body: [layer] };
  const { message } = refusal([layer]);
  assert.match(message, /: layers inside layers, more than 32 deep: put the blocks one after the other$/);
});

test('initial weights are as before: an initializer is called once, with all values', () => {
  const calls: number[] = [];
  const model = sequential([dense(3, { initializer: (values) => calls.push(values.length) })], {
    inputShape: [5],
  });
  assert.equal(calls, [15]);
  assert.equal(
    model.parameters.map(({ value, gradient }) => [value.values.length, gradient.values.length]),
    [
      [15, 15],
      [3, 3],
    ],
  );
});

test.run();
