import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ReferenceEngine } from '../../../src/engine/reference-engine.ts';
import type { PageTraining, PageTrainingResult } from '../../fixtures/page-training.ts';
import { inPage, type Page, testInBrowser, withoutWebGpu, withWebGpu } from '../../helpers/browser.ts';
import { assertClose } from '../../helpers/close.ts';
import { fusedCases } from '../../helpers/operation-cases/fused.ts';
import { operationTests } from '../../helpers/operation-tests.ts';
import { trainSmall } from '../../helpers/small-network.ts';

const fixture = (name: string): string => join(import.meta.dirname, '../../fixtures', name);
const steps = 5;

/** Trains in the page and here, by the reference: losses to 1e-4 and weights to 1e-3. */
async function checkTraining(
  page: Page,
  training: Omit<PageTraining, 'steps'>,
  ranIn: string | null,
): Promise<PageTrainingResult> {
  const there = (await page.evaluate(
    `train(${JSON.stringify({ ...training, steps })})`,
  )) as PageTrainingResult;
  const here = await trainSmall(new ReferenceEngine(), training.network, steps);
  const what = `${training.network} on ${there.description}`;
  assert.is(there.ranIn, ranIn, what);
  assertClose(there.losses, here.losses, { rtol: 1e-4, atol: 0 }, `${what}: loss`);
  const weights = here.tensors.flatMap((values) => [...values]);
  assertClose(there.weights, weights, { rtol: 0, atol: 1e-3 }, `${what}: weights`);
  assertClose([there.evaluation], [here.evaluation], { rtol: 1e-4, atol: 0 }, `${what}: evaluation`);
  return there;
}

testInBrowser('a page trains on WebGPU, and on WebGL 2 if asked to, as the reference does', () =>
  inPage([fixture('page-training.ts')], { flags: withWebGpu }, async (page) => {
    for (const network of ['dense', 'cnn'] as const) {
      const onWebGpu = await checkTraining(page, { engine: 'gpu', network }, 'webgpu');
      assert.match(onWebGpu.description, /^WebGPU, google swiftshader.*, an adapter in software$/);
      const onWebGl = await checkTraining(page, { engine: 'gpu', backend: 'webgl2', network }, 'webgl2');
      assert.match(onWebGl.description, /^WebGL 2 by gpu\.js, .*SwiftShader.*, an adapter in software$/);
    }
  }),
);

testInBrowser('what kernels do together on WebGPU in a page gives what the reference gives', () =>
  inPage([fixture('page-training.ts')], { flags: withWebGpu }, async (page) => {
    const names = (await page.evaluate('checkFused()')) as readonly string[];
    assert.equal(
      names,
      fusedCases.filter((_, index) => index % 3 === 0).map(({ name }) => name),
    );
  }),
);

testInBrowser('a page without WebGPU trains on WebGL 2, and on the wasm engine on one thread', () =>
  inPage([fixture('page-training.ts')], { flags: withoutWebGpu }, async (page) => {
    await checkTraining(page, { engine: 'gpu', network: 'dense' }, 'webgl2');
    const { description } = await checkTraining(page, { engine: 'auto', network: 'dense' }, null);
    assert.match(description, /^WebAssembly SIMD, 128-bit.*, 1 thread \(the page is not isolated: .*\)/);
  }),
);

testInBrowser('a page with neither says so', () =>
  inPage([fixture('page-training.ts')], { flags: [...withoutWebGpu, '--disable-3d-apis'] }, async (page) => {
    const message = await page.evaluate(
      `train({ engine: 'gpu', network: 'dense', steps: 1 }).then(() => null, (error) => error.message)`,
    );
    assert.match(
      message as string,
      /^the gpu engine cannot run: .*WebGPU.*; WebGL 2 gives no context in this browser$/,
    );
  }),
);

testInBrowser('a page whose GPU is taken away says so', () => {
  const before = `
    globalThis.contexts = [];
    const { getContext } = HTMLCanvasElement.prototype;
    HTMLCanvasElement.prototype.getContext = function (...args) {
      const context = getContext.apply(this, args);
      contexts.push(context);
      return context;
    };`;
  return inPage([fixture('page-training.ts')], { flags: withoutWebGpu, before }, async (page) => {
    const message = await page.evaluate(`(async () => {
      const engine = await weft.createEngine('gpu');
      const x = weft.Tensor.from('float32', [2], Float32Array.of(1, 2), 'x');
      const ops = new weft.Recorder();
      ops.addScaled(x, x, 1);
      const executable = await engine.compile(ops.finish('double'));
      await executable.run();
      for (const context of contexts) context.getExtension('WEBGL_lose_context').loseContext();
      return engine.read(x).then((values) => [...values].join(), (error) => error.message);
    })()`);
    assert.is(message, 'the browser has taken the GPU away (its context is lost)');
  });
});

testInBrowser('every operation on WebGL 2 in a page gives what the reference gives', () => {
  // uvu collects the tests, and runs them when it is told to
  const before =
    "globalThis.UVU_DEFER = 1; globalThis.UVU_QUEUE = [[null]]; globalThis.gpuBackend = 'webgl2';";
  return inPage(
    [...operationTests, fixture('page-operations.ts')],
    { flags: withoutWebGpu, before },
    async (page) => {
      await page.evaluate('runTests()');
      const output = page.console.join('\n');
      const count = (label: string): number =>
        Number(new RegExp(`${label}: +(?:\u001b\\[\\d+m)?(\\d+)`).exec(output)?.[1]);
      // one of them runs all cases of operation-cases.ts
      assert.ok(count('Total') >= 15, output);
      assert.is(count('Passed'), count('Total'), output);
      assert.is(count('Skipped'), 0, output);
    },
  );
});

test.run();
