/** The wasm engine in pages of Chromium: isolated from other sites, with threads, and not. */
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { WasmEngine } from '../../../src/engine/wasm/engine.ts';
import type { PageTraining, PageTrainingResult } from '../../fixtures/page-training.ts';
import { inPage, type Page, testInBrowser, withoutWebGpu } from '../../helpers/browser.ts';
import { assertSameBits } from '../../helpers/close.ts';
import { type SmallNetwork, trainSmall } from '../../helpers/small-network.ts';

const scripts = [join(import.meta.dirname, '../../fixtures/page-training.ts')];
const flags = withoutWebGpu;
const steps = 5;

async function trainThere(page: Page, training: Omit<PageTraining, 'steps'>): Promise<PageTrainingResult> {
  return (await page.evaluate(`train(${JSON.stringify({ ...training, steps })})`)) as PageTrainingResult;
}

/** The weights after the same steps in Node. */
async function trainHere(network: SmallNetwork, threads: number): Promise<number[]> {
  const engine = await WasmEngine.start({ threads });
  const { tensors } = await trainSmall(engine, network, steps);
  await engine.close();
  return tensors.flatMap((values) => [...values]);
}

testInBrowser(
  'an isolated page has threads, and the weights of Node on any number of them, bit for bit',
  () =>
    inPage(scripts, { flags, isolated: true }, async (page) => {
      for (const network of ['dense', 'cnn', 'images'] as const) {
        for (const threads of [1, 2, 3]) {
          const { description, weights } = await trainThere(page, { engine: 'wasm', network, threads });
          assert.match(description, new RegExp(`^WebAssembly SIMD, 128-bit.*, ${threads} threads?$`));
          assertSameBits(weights, await trainHere(network, threads), `${network}, ${threads} threads`);
        }
      }
      assert.ok(page.requests.includes('/page-worker.ts'));
    }),
);

testInBrowser('a page that is not isolated has one thread, says so, and the same weights', () =>
  inPage(scripts, { flags }, async (page) => {
    const { description, weights } = await trainThere(page, { engine: 'wasm', network: 'cnn', threads: 3 });
    assert.match(
      description,
      /^WebAssembly SIMD, 128-bit.*, 1 thread \(the page is not isolated: its server sends no COOP and COEP headers\)$/,
    );
    assertSameBits(weights, await trainHere('cnn', 1), 'one thread');
  }),
);

testInBrowser("a page that forbids WebAssembly names what its policy lacks, and 'auto' goes on without", () =>
  inPage(scripts, { flags, policy: "script-src 'self'" }, async (page) => {
    const message = await page.evaluate(`weft.createEngine('wasm').catch((error) => error.message)`);
    assert.is(
      message,
      "the wasm engine cannot run: this page forbids WebAssembly: its Content-Security-Policy needs 'wasm-unsafe-eval' in script-src",
    );
    const reason = await page.evaluate(
      `weft.createEngine('auto').then(({ name, reason }) => [name, reason])`,
    );
    assert.equal(reason, ['reference', message]);
  }),
);

test.run();
