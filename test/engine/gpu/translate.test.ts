import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createTranslator } from '../../../src/engine/gpu/translate.ts';
import { launch } from '../../../src/engine/gpu/kernels/launch.ts';
import { Storage } from '../../../src/tensor/tensor.ts';

const translate = await createTranslator();
const storage = (length: number): Storage => new Storage('float32', length, null);

test('a kernel of gpu.js becomes WGSL with its sizes as constants, and buffers from binding 0 on', () => {
  const source = 'function (x, y) { return x[this.thread.x] + this.constants.scale * y[0]; }';
  const { kernel } = launch('example', source, { scale: 2.5 }, [storage(100), storage(7)], storage(100));
  const { name, code, bindings, groups } = translate(kernel, [100, 7]);
  assert.is(name, 'example scale=2.5 length=100');
  assert.equal(bindings, ['read', 'read', 'write']);
  assert.equal(groups, [2, 1, 1]);
  assert.match(
    code,
    'const params = Params(100u, 1u, 1u, 128u, vec4<u32>(100u, 1u, 1u, 100u), vec4<u32>(7u, 1u, 1u, 7u));',
  );
  assert.not.match(code, 'var<uniform>');
  assert.equal(
    [...code.matchAll(/@binding\((\d)\) var<storage, (\w+)> (\w+)/g)].map((match) => match.slice(1)),
    [
      ['0', 'read', 'user_x'],
      ['1', 'read', 'user_y'],
      ['2', 'read_write', 'result'],
    ],
  );
  assert.match(code, '2.5');
  assert.match(code, /fn main\(/);
});

test('more than 65,535 workgroups go on in a second row, and the kernel knows how wide a row is', () => {
  const length = 65_535 * 64 + 1;
  const { kernel } = launch(
    'long',
    'function (x) { return x[this.thread.x]; }',
    {},
    [storage(length)],
    storage(length),
  );
  const { code, groups } = translate(kernel, [length]);
  assert.equal(groups, [65_535, 2, 1]);
  assert.match(code, `Params(${length}u, 1u, 1u, ${65_535 * 64}u,`);
});

test.run();
