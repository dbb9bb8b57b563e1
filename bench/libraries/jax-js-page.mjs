/** jax-js in a page, where it has a thread for each core. What jax-js-chromium.ts asks for is a global function here. */
import { decodeSafetensors } from '../../src/model/safetensors.ts';
import { jaxLibrary, startJax } from './jax-js-library.mjs';
import { NetworkRun, timeProduct } from './network-run.ts';

const bytes = async (path) => new Uint8Array(await (await fetch(path)).arrayBuffer());
const numbers = async (path, Type) => new Type((await bytes(path)).buffer);

let network = null;
let product = null;

globalThis.contender = {
  async start(question) {
    await startJax();
    if (question.task !== 'product') {
      const weights = decodeSafetensors(await bytes('/weights'), 'weights');
      const [images, labels] = await Promise.all(['/images', '/labels'].map(bytes));
      const order = await numbers('/order', Int32Array);
      const task = question.task === 'train' ? 'train' : 'infer';
      const made = await jaxLibrary.network(question, weights);
      network = new NetworkRun(made, { task, images, labels, order, batchSize: question.batchSize });
    }
    return { threads: crossOriginIsolated ? navigator.hardwareConcurrency : 1 };
  },
  logits: async () => ({ values: Array.from(await network.logits()) }),
  run: ({ batches }) => network.run(batches),
  async product({ m, k, n }) {
    const [a, b] = await Promise.all(['/a', '/b'].map((path) => numbers(path, Float32Array)));
    product = await jaxLibrary.product(m, k, n, a, b);
    await product.compute();
    return Array.from(await product.result());
  },
  time: async ({ repeats }) => ({ seconds: await timeProduct(product, repeats) }),
};
globalThis.loaded = true;
