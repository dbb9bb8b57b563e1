/** `bench gpu`: all that is measured on a card, in one run of at most five minutes. */
import { join } from 'node:path';
import { fashionMnist } from '../../src/data/idx/fashion-mnist.ts';
import { openWebGpu, type WebGpuAdapter } from '../../src/engine/gpu/webgpu/adapter.ts';
import { WasmEngine } from '../../src/engine/wasm/engine.ts';
import { type Patience, usualPatience } from '../matmul/ladder/measure.ts';
import { rate } from '../measure/format.ts';
import { checkMachine } from '../measure/machine.ts';
import { resultsFolder, writeResult } from '../measure/results.ts';
import { timeProducts, timeRungs } from './products.ts';
import { measurePyTorch, noPyTorch, type PyTorchWork } from './pytorch.ts';
import { type CardProduct, type CardResult, cardSlug, type CardSteps, type PyTorchOnCard } from './result.ts';
import { measureSteps } from './steps.ts';

export interface CardArguments {
  /** Small and short: to see that everything works, also on an adapter in software. */
  readonly quick: boolean;
  readonly python: string;
  readonly strict: boolean;
  /** Left out: bench/results/gpu-<card>.json, and no file for an adapter in software. */
  readonly json: string | undefined;
}

/** How much is measured. */
interface Extent extends PyTorchWork {
  readonly models: readonly string[];
  readonly sampleMilliseconds: number;
  readonly rungSizes: readonly number[];
  readonly patience: Patience;
}

const usual: Extent = {
  models: ['mlp', 'cnn'],
  batchSizes: [64, 512],
  blocks: 5,
  seconds: 0.5,
  sizes: [256, 512, 1024, 2048, 4096],
  sampleMilliseconds: 30,
  rungSizes: [512, 1024],
  // long samples: what waits for the device waits once a sample
  patience: { ...usualPatience, sample: 0.03, total: 0.5 },
};

const quick: Extent = {
  models: ['mlp', 'cnn'],
  batchSizes: [4],
  blocks: 2,
  seconds: 0.05,
  sizes: [64],
  sampleMilliseconds: 1,
  rungSizes: [32],
  patience: { warmUp: 0.01, sample: 0.001, samples: 2, total: 0.05, longest: 4 },
};

/**
 * Steps, products, rungs, and PyTorch where it is; each is checked before it is timed.
 *
 * @throws if the engine computes something wrong
 */
export async function benchCard(args: CardArguments): Promise<CardResult> {
  const extent = args.quick ? quick : usual;
  const adapter = await openWebGpu();
  const { card, driver } = nameCard(adapter);
  const { software } = adapter;
  const conditions = checkMachine(args.strict);
  console.log(`${card}; ${driver}`);
  if (software) {
    console.log('this adapter is software: these figures are of the processor, not of a GPU');
  }
  adapter.device.onuncapturederror = ({ error }) => {
    throw new Error(`the GPU reports: ${error.message}`);
  };

  heading('training steps, after their losses agree with those of the wasm engine');
  const dataset = fashionMnist();
  const wasm = await WasmEngine.start({});
  const comparedWith = wasm.description;
  const steps: CardSteps[] = [];
  for (const model of extent.models) {
    for (const batchSize of extent.batchSizes) {
      steps.push(await measureSteps(wasm, { model, batchSize, dataset }, extent));
      console.log(describeSteps(steps.at(-1)!));
    }
  }
  await wasm.close();

  heading('products, matrices on the device');
  const products: CardProduct[] = [];
  for (const size of extent.sizes) {
    products.push(await timeProducts(adapter.device, size, extent.sampleMilliseconds));
    console.log(describeProduct(products.at(-1)!));
  }
  adapter.device.destroy();

  heading('the rungs of the ladder on a GPU');
  const rungs = await timeRungs(extent.rungSizes, extent.patience, {
    onRung({ name, speeds }) {
      const parts = speeds.map(({ size, gflops }) => `${size}: ${rate(gflops)} GFLOP/s`);
      console.log(`${name}   ${parts.join('   ')}`);
    },
    onWrong(message) {
      console.log(message);
      process.exitCode = 1;
    },
  });

  heading('PyTorch on the same card');
  const pytorch = tryPyTorch(args.python, extent);

  const result: CardResult = {
    ...conditions,
    card: spelledOut(card, pytorch),
    driver,
    software,
    comparedWith,
    steps,
    products,
    rungs,
    pytorch,
  };
  const file = args.json ?? fileFor(result, args);
  if (file === undefined) console.log('\nnothing is written: --json FILE writes the result');
  writeResult(file, result);
  return result;
}

/** PyTorch's figures; null, and a line that says why, where it cannot be measured. */
function tryPyTorch(python: string, work: PyTorchWork): PyTorchOnCard | null {
  const reason = noPyTorch(python);
  try {
    if (reason !== null) throw new Error(reason);
    const pytorch = measurePyTorch(python, work);
    console.log(describePyTorch(pytorch));
    return pytorch;
  } catch (error) {
    console.log(`not measured: ${(error as Error).message}`);
    return null;
  }
}

/** PyTorch gives the name as its maker writes it, where WebGPU has small letters and hyphens. */
function spelledOut(card: string, pytorch: PyTorchOnCard | null): string {
  if (pytorch === null) return card;
  if (cardSlug(pytorch.card) !== cardSlug(card)) {
    console.log(`warning: PyTorch computed on ${pytorch.card}, weft on ${card}: are they the same?`);
  }
  return pytorch.card;
}

/** What is measured quickly, or in software, is no result that documents show. */
function fileFor({ card, software }: CardResult, args: CardArguments): string | undefined {
  return software || args.quick ? undefined : join(resultsFolder, `gpu-${cardSlug(card)}.json`);
}

/** In Node the adapter's `device` is the name of the card, and its `description` that of the driver. */
function nameCard({ device, name }: WebGpuAdapter): { card: string; driver: string } {
  const { adapterInfo } = device;
  return {
    card: adapterInfo.device || name,
    driver: adapterInfo.description || 'a driver that is not named',
  };
}

function heading(text: string): void {
  console.log(`\n${text}`);
}

function describeSteps({ model, batchSize, imagesPerSecond, losses, ...step }: CardSteps): string {
  const { median, p10, p90 } = imagesPerSecond;
  const list = (values: readonly number[]): string => values.map((loss) => loss.toFixed(4)).join(' ');
  return (
    `${model}, batch ${batchSize}: ${rate(median)} images/s (${rate(p10)} – ${rate(p90)}); ` +
    `${step.dispatches} dispatches, ${step.barriers} barriers; host ${step.hostMicroseconds.toFixed(0)} µs a step; ` +
    `losses ${list(losses.gpu)}, wasm ${list(losses.wasm)}`
  );
}

function describeProduct({ size, rule, measured }: CardProduct): string {
  const part = ({ tile, gflops }: typeof rule): string => `${rate(gflops)} GFLOP/s (${tile})`;
  return `${size}: by rule ${part(rule)}, measured ${part(measured)}`;
}

function describePyTorch({ version, steps, products }: PyTorchOnCard): string {
  return [
    version,
    ...steps.map(
      ({ model, batchSize, form, layout, imagesPerSecond }) =>
        `${model}, batch ${batchSize}, ${form}, ${layout}: ${rate(imagesPerSecond.median)} images/s`,
    ),
    ...products.map(({ size, gflops }) => `${size}: ${rate(gflops)} GFLOP/s`),
  ].join('\n');
}
