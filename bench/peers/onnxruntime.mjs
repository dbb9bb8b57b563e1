/** onnxruntime, its native CPU backend: classifies with the file that `npm run export` writes. */
import * as ort from 'onnxruntime-node';
import { argmaxRows, servePeer } from './protocol.ts';

await servePeer({
  start: async ({ threads }) => ({ version: `onnxruntime ${ort.env.versions.node}`, threads }),
  async network({ onnx, threads }) {
    const session = await ort.InferenceSession.create(onnx, {
      executionProviders: ['cpu'],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: 'all',
    });
    const [{ name, shape }] = session.inputMetadata;
    const [output] = session.outputNames;
    const compute = async (images) => {
      const x = new ort.Tensor('float32', images, [images.length / 784, ...shape.slice(1)]);
      return (await session.run({ [name]: x }))[output].data;
    };
    return { logits: compute, classify: async (images) => argmaxRows(await compute(images), 10) };
  },
});
