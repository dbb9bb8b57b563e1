/** onnxruntime with its native CPU backend. It runs the network that weft exports. */
import * as ort from 'onnxruntime-node';
import { fashionMnist } from '../../src/data/idx/fashion-mnist.ts';
import { encodeOnnx } from '../../src/model/onnx/encode-onnx.ts';
import { presets } from '../../src/model/presets.ts';
import { makeModel } from '../networks/forward.ts';
import { argmaxRows } from './network-run.ts';
import { serveLibrary } from './protocol.ts';

await serveLibrary({
  start: async ({ threads }) => ({ version: `onnxruntime ${ort.env.versions.node}`, threads }),
  async network({ model: name, threads }, weights) {
    const { test, classNames } = fashionMnist();
    const model = makeModel(name, test, classNames.length);
    const layers = presets[name]({ classes: classNames.length, dropout: 0 });
    const session = await ort.InferenceSession.create(
      encodeOnnx({ name, layers, model, weights, classNames }),
      {
        executionProviders: ['cpu'],
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        graphOptimizationLevel: 'all',
      },
    );
    const compute = async (images) => {
      const x = new ort.Tensor('float32', images, [images.length / 784, 28, 28, 1]);
      return (await session.run({ images: x }, ['logits'])).logits.data;
    };
    return { logits: compute, classify: async (images) => argmaxRows(await compute(images), 10) };
  },
});
