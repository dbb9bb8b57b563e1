import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Engine } from '../../src/engine/engine.ts';
import { GlEngine } from '../../src/engine/gpu/gl/engine.ts';
import { ReferenceEngine } from '../../src/engine/reference-engine.ts';
import { WasmEngine } from '../../src/engine/wasm/engine.ts';
import type { ElementwiseName } from '../../src/tensor/elementwise.ts';
import type { Operation } from '../../src/tensor/operation.ts';
import { Program } from '../../src/tensor/program.ts';
import { Recorder } from '../../src/tensor/recorder.ts';
import { Storage, Tensor } from '../../src/tensor/tensor.ts';

const engines: readonly (() => Engine | Promise<Engine>)[] = [
  () => new ReferenceEngine(),
  () => WasmEngine.start({ threads: 1 }),
  () => GlEngine.startOnCpu(),
];

const x = Tensor.from('float32', [3], Float32Array.of(1, 2, 3), 'x');

/** A program with an operation that only code without types can make. */
function madeUpOperation(): Program {
  const y = new Tensor([3], new Storage('float32', 3, null), 'y');
  const operation = { kind: 'fourierTransform', inputs: { x }, outputs: { y }, constants: {} };
  return new Program('made up', [operation as unknown as Operation], [y]);
}

function madeUpFunction(pass: 'forward' | 'backward'): Program {
  const ops = new Recorder();
  const name = 'softplus' as ElementwiseName;
  const y = pass === 'forward' ? ops.elementwise(x, name) : ops.elementwiseBackward(x, x, name);
  return ops.finish('made up', [y]);
}

async function complaint(start: () => Engine | Promise<Engine>, program: Program): Promise<string> {
  const engine = await start();
  try {
    const executable = await engine.compile(program);
    await executable.run();
  } catch (error) {
    return (error as Error).message;
  } finally {
    await engine.close();
  }
  return 'none';
}

test('an operation, or a function, that an engine lacks is an error with the names of both', async () => {
  for (const start of engines) {
    const engine = await start();
    const { name } = engine;
    await engine.close();
    assert.is(
      await complaint(start, madeUpOperation()),
      `the ${name} engine has no operation fourierTransform`,
    );
    for (const pass of ['forward', 'backward'] as const) {
      assert.is(
        await complaint(start, madeUpFunction(pass)),
        `the ${name} engine has no operation softplus`,
        pass,
      );
    }
  }
});

test('a property that every object has is no operation', async () => {
  const y = new Tensor([3], new Storage('float32', 3, null), 'y');
  const operation = { kind: 'toString', inputs: { x }, outputs: { y }, constants: {} };
  const program = new Program('made up', [operation as unknown as Operation], [y]);
  for (const start of engines) assert.match(await complaint(start, program), /has no operation toString$/);
});

test.run();
