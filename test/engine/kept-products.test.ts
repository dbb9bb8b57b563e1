import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Engine } from '../../src/engine/engine.ts';
import { GlEngine } from '../../src/engine/gpu/gl/engine.ts';
import { KeptProducts, type Operands } from '../../src/engine/kept-products.ts';
import { WasmEngine } from '../../src/engine/wasm/engine.ts';
import { EagerOps } from '../../src/tensor/reference/eager.ts';
import { Tensor } from '../../src/tensor/tensor.ts';
import { assertClose } from '../helpers/close.ts';
import { randomTensor } from '../helpers/random-tensor.ts';

/** What was asked of the engines that a test has started. */
interface Counts {
  starts: number;
  compiled: number;
  closed: number;
  /** The latest of them. */
  engine: Engine | null;
}

function counting(start: () => Promise<Engine>): { kept: KeptProducts; counts: Counts } {
  const counts: Counts = { starts: 0, compiled: 0, closed: 0, engine: null };
  const kept = new KeptProducts(async () => {
    counts.starts += 1;
    const engine = await start();
    const [compile, close] = [engine.compile.bind(engine), engine.close.bind(engine)];
    engine.compile = (program) => ((counts.compiled += 1), compile(program));
    engine.close = () => ((counts.closed += 1), close());
    counts.engine = engine;
    return engine;
  });
  return { kept, counts };
}

function random(m: number, k: number, n: number, form: Partial<Operands['form']> = {}): Operands {
  const { transposeA = false, transposeB = false } = form;
  return {
    a: randomTensor('float32', transposeA ? [k, m] : [m, k], `a${m}`),
    b: randomTensor('float32', transposeB ? [n, k] : [k, n], `b${n}`),
    form: { transposeA, transposeB },
  };
}

function assertProduct(c: Tensor, { a, b, form }: Operands): void {
  const expected = new EagerOps().matmul(a, b, form);
  assert.equal(c.shape, expected.shape);
  assertClose(c.values, Array.from(expected.values), { rtol: 1e-4, atol: 1e-4 }, c.shape.join('×'));
}

for (const [name, start] of [
  ['wasm', () => WasmEngine.start({ threads: 2 })],
  ['gl', () => GlEngine.startOnCpu()],
] as const) {
  test(`${name}: one engine, and one program for each size and form, whatever the operands`, async () => {
    const { kept, counts } = counting(start);
    for (let round = 0; round < 3; round++) {
      for (const form of [{}, { transposeA: true }, { transposeB: true }]) {
        const operands = random(17, 5, 9, form);
        (operands.a.values as Float32Array)[3] = round;
        assertProduct(await kept.multiply(operands), operands);
      }
    }
    const { a, form } = random(6, 6, 6);
    assertProduct(await kept.multiply({ a, b: a, form }), { a, b: a, form });
    assert.equal([counts.starts, counts.compiled, counts.closed], [1, 4, 0]);
    await kept.close();
    assert.is(counts.closed, 1);
  });
}

test('operands are copied, results are the caller’s own, and products at the same time do not mix', async () => {
  const { kept, counts } = counting(() => WasmEngine.start({ threads: 2 }));
  const all = Array.from({ length: 12 }, (_, index) => random(20 + (index % 3), 30, 40));
  for (const [index, { a }] of all.entries()) (a.values as Float32Array)[0] = index;
  const results = await Promise.all(all.map((operands) => kept.multiply(operands)));
  for (const [index, c] of results.entries()) assertProduct(c, all[index]!);
  results[0]!.values.fill(7);
  assertProduct(await kept.multiply(all[0]!), all[0]!);
  assert.is(counts.compiled, 3);
  await kept.close();
});

test('a thousand products of changing sizes: the memory of the engine stays bounded', async () => {
  const memory = WebAssembly.Memory;
  const memories: WebAssembly.Memory[] = [];
  WebAssembly.Memory = class extends memory {
    constructor(...limits: ConstructorParameters<typeof WebAssembly.Memory>) {
      super(...limits);
      memories.push(this);
    }
  };
  try {
    const { kept, counts } = counting(() => WasmEngine.start({ threads: 1 }));
    const { a, b, form } = random(1100, 64, 16);
    // 1,000 sizes, the larger the later: 150 MiB of operands, and as many of them as are kept have 16
    for (let size = 100; size < 1100; size++) {
      const left = a.values.subarray(0, 64 * size) as Float32Array;
      const operands = { a: Tensor.from('float32', [size, 64], left, 'a'), b, form };
      const c = await kept.multiply(operands);
      if (size % 100 === 0) assertProduct(c, operands);
    }
    assert.equal([counts.starts, memories.length], [1, 1]);
    const mebibytes = memories[0]!.buffer.byteLength / 2 ** 20;
    assert.ok(mebibytes < 50, `${mebibytes} MiB`);
    await kept.close();
  } finally {
    WebAssembly.Memory = memory;
  }
});

test('an engine that gives memory back only when it is closed starts again from time to time', async () => {
  const { kept, counts } = counting(() => GlEngine.startOnCpu());
  for (let call = 0; call < 130; call++) {
    const operands = random(1 + call, 2, 3);
    assertProduct(await kept.multiply(operands), operands);
  }
  assert.equal([counts.starts, counts.closed], [3, 2]);
  await kept.close();
});

test('a product that is larger than what is kept leaves nothing behind', async () => {
  const { kept, counts } = counting(() => WasmEngine.start({ threads: 1 }));
  const operands = random(8200, 2, 8200);
  const c = await kept.multiply(operands);
  const { a, b } = operands;
  const last = a.values.at(-2)! * b.values[9]! + a.values.at(-1)! * b.values[8200 + 9]!;
  assert.ok(Math.abs(c.values[8200 * 8199 + 9]! - last) < 1e-5);
  assert.is(counts.closed, 1);
});

test('an engine that has failed is replaced; an engine that cannot start is an error each time', async () => {
  const { kept, counts } = counting(() => WasmEngine.start({ threads: 2 }));
  const operands = random(40, 50, 60);
  await kept.multiply(operands);
  await counts.engine!.close(); // as if its threads had died
  assertProduct(await kept.multiply(operands), operands);
  assert.is(counts.starts, 2);
  await kept.close();
  const broken = new KeptProducts(() => Promise.reject(new Error('no engine')));
  for (let attempt = 0; attempt < 2; attempt++) {
    const error = await broken.multiply(operands).catch((reason: unknown) => reason);
    assert.is((error as Error).message, 'no engine');
  }
});

test.run();
