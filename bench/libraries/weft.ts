/** weft itself, in a process of its own like every library. It uses the wasm engine unless `engine` names another. */
import { writeFileSync } from 'node:fs';
import type { Engine } from '../../src/engine/engine.ts';
import { createEngine, type EngineName } from '../../src/engine/create-engine.ts';
import { Recorder } from '../../src/tensor/recorder.ts';
import { Tensor } from '../../src/tensor/tensor.ts';
import { startInference } from '../networks/inference.ts';
import type { MeasuredNetwork } from '../networks/measured-network.ts';
import { startTraining } from '../networks/training.ts';
import { type ProductQuestion, readFloats, serve, type StartQuestion } from './protocol.ts';

type WeftQuestion = StartQuestion & { readonly engine?: EngineName; readonly revectorize?: boolean };

let engine: Engine;
let network: MeasuredNetwork;
let runProduct: () => Promise<void>;

await serve({
  async start({ engine: name = 'wasm', threads, revectorize = true, ...question }: WeftQuestion) {
    engine = await createEngine(name, { threads, revectorize });
    if (question.task !== 'product') {
      network = await (question.task === 'train' ? startTraining : startInference)(question, engine);
    }
    return { version: engine.description, threads: engine.threads, engine: engine.name };
  },
  logits: async () => ({ values: Array.from(await network.logits()) }),
  run: ({ batches }: { batches: number }) => network.run(batches),
  memory: () => ({ mebibytes: process.resourceUsage().maxRSS / 1024 }),
  async product(question: ProductQuestion) {
    const { m, k, n } = question;
    const [a, b] = [Tensor.zeros('float32', [m, k], 'a'), Tensor.zeros('float32', [k, n], 'b')];
    a.values.set(readFloats(question.a));
    b.values.set(readFloats(question.b));
    const c = Tensor.zeros('float32', [m, n], 'c');
    const ops = new Recorder();
    ops.matmul(a, b, { out: c });
    const executable = await engine.compile(ops.finish('product'));
    runProduct = () => executable.run();
    await runProduct();
    writeFileSync(question.c, await engine.read(c));
    return {};
  },
  async time({ repeats }: { repeats: number }) {
    const start = performance.now();
    for (let repeat = 0; repeat < repeats; repeat++) await runProduct();
    return { seconds: (performance.now() - start) / 1000 / repeats };
  },
});
