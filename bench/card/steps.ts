/** Training steps on the gpu engine: right first, then how fast, and what the host does meanwhile. */
import { median } from 'd3-array';
import type { ImageDataset } from '../../src/data/dataset.ts';
import { openWebGpu } from '../../src/engine/gpu/webgpu/adapter.ts';
import { WebGpuEngine } from '../../src/engine/gpu/webgpu/engine.ts';
import { countBarriers } from '../../src/engine/gpu/webgpu/order.ts';
import type { WasmEngine } from '../../src/engine/wasm/engine.ts';
import { checkAgreement } from '../measure/check.ts';
import { spread } from '../measure/spread.ts';
import { type Block, planBlock } from '../measure/turns.ts';
import { lossBounds } from '../networks/measured-network.ts';
import { RecordedSteps } from '../networks/recorded-steps.ts';
import type { CardSteps } from './result.ts';

const comparedSteps = 4;

export interface StepsPlan {
  readonly model: string;
  readonly batchSize: number;
  readonly dataset: ImageDataset;
}

/** Compares the losses of the first steps, then times blocks of steps of about so many seconds. @throws if losses differ */
export function measureSteps(
  wasm: WasmEngine,
  { model, batchSize, dataset }: StepsPlan,
  { blocks, seconds }: { readonly blocks: number; readonly seconds: number },
): Promise<CardSteps> {
  return onGpu(async (engine) => {
    const steps = await RecordedSteps.compile(engine, model, batchSize, dataset);
    const gpuLosses = await steps.losses(comparedSteps); // the first of them checks the kernels, too
    const onWasm = await RecordedSteps.compile(wasm, model, batchSize, dataset);
    const wasmLosses = await onWasm.losses(comparedSteps);
    const what = `${model}, batch ${batchSize}, losses of the first ${comparedSteps} steps`;
    checkAgreement(gpuLosses, wasmLosses, lossBounds.slice(0, comparedSteps), what);

    const hostMicroseconds: number[] = [];
    const run = async (count: number): Promise<Block> => {
      const done = await steps.run(count);
      hostMicroseconds.push((1e6 * done.hostSeconds) / count);
      return { work: done.images, seconds: done.seconds };
    };
    const count = await planBlock(run, seconds);
    const speeds: number[] = [];
    for (let block = 0; block < blocks; block++) {
      const done = await run(count);
      speeds.push(done.work / done.seconds);
    }
    const { calls } = steps.executable;
    return {
      model,
      batchSize,
      losses: { gpu: gpuLosses, wasm: wasmLosses },
      imagesPerSecond: spread(speeds),
      hostMicroseconds: median(hostMicroseconds.slice(-blocks))!,
      dispatches: calls.length,
      barriers: countBarriers(calls),
    };
  });
}

/** On an engine of its own, as a run of training has one: its tiles are measured, on a card. */
async function onGpu<T>(work: (engine: WebGpuEngine) => Promise<T>): Promise<T> {
  const adapter = await openWebGpu();
  const engine = await WebGpuEngine.on(adapter, { measure: !adapter.software });
  try {
    return await work(engine);
  } finally {
    await engine.close();
  }
}
