/**
 * jax-js in Chromium, as pages use it: isolated from other origins, so that it has its threads. This process answers the
 * protocol, and passes the questions on to the page, which measures by its own clock.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { openPage, withoutWebGpu } from '../../test/helpers/browser.ts';
import { examplesOf, type ProductQuestion, serve, type StartQuestion, versionOf } from './protocol.ts';

const { outputFiles } = await build({
  entryPoints: [join(import.meta.dirname, 'jax-js-page.mjs')],
  bundle: true,
  format: 'esm',
  platform: 'browser',
  write: false,
  logLevel: 'error',
});
const files = new Map<string, Uint8Array>([['/script.js', outputFiles[0]!.contents]]);

await openPage(files, { flags: withoutWebGpu, isolated: true }, async (page) => {
  const ask = (request: string, question: object = {}): Promise<unknown> =>
    page.evaluate(`contender.${request}(${JSON.stringify(question)})`);
  await serve({
    async start(question: StartQuestion) {
      if (question.task !== 'product') {
        const { images, labels, order } = examplesOf(question);
        files.set('/weights', readFileSync(question.weights));
        files.set('/images', images);
        files.set('/labels', Uint8Array.from(labels));
        files.set('/order', new Uint8Array(order.buffer, order.byteOffset, order.byteLength));
      }
      const started = (await ask('start', question)) as { threads: number };
      return { version: `jax-js ${versionOf('@jax-js/jax')}, ${page.browser}`, ...started };
    },
    logits: () => ask('logits'),
    run: (question: object) => ask('run', question),
    async product(question: ProductQuestion) {
      for (const name of ['a', 'b'] as const) files.set(`/${name}`, readFileSync(question[name]));
      writeFileSync(question.c, Float32Array.from((await ask('product', question)) as number[]));
      return {};
    },
    time: (question: object) => ask('time', question),
  });
});
