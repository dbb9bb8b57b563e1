import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Augmentation, type AugmentOptions } from '../../src/data/augment.ts';
import { splitValidation } from '../../src/data/batches.ts';
import type { LabelledImages } from '../../src/data/examples.ts';
import { readIdxFolder } from '../../src/data/idx/idx-folder.ts';
import { dense } from '../../src/layers/dense.ts';
import { flatten } from '../../src/layers/flatten.ts';
import { sequential, type Sequential } from '../../src/layers/sequential.ts';
import { readWeights } from '../../src/model/weights.ts';
import { sgd } from '../../src/optim/sgd.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { Program } from '../../src/tensor/program.ts';
import { Recorder } from '../../src/tensor/recorder.ts';
import { EagerOps } from '../../src/tensor/reference/eager.ts';
import { ReferenceEngine } from '../../src/engine/reference-engine.ts';
import { Tensor } from '../../src/tensor/tensor.ts';
import { WasmEngine } from '../../src/engine/wasm/engine.ts';
import { Evaluator } from '../../src/train/evaluator.ts';
import type { EpochResult } from '../../src/train/history.ts';
import { trainEpochs } from '../../src/train/train-epochs.ts';
import type { TrainingOptions } from '../../src/train/training-options.ts';
import { assertClose, assertSameBits } from '../helpers/close.ts';
import { temporaryFolder, writeTinyDataset } from '../helpers/idx-file.ts';

const folder = temporaryFolder();
test.after(() => folder.remove());
writeTinyDataset(folder.path);
const data = readIdxFolder(folder.path);
const split = splitValidation(300, 0.2);
const everything: AugmentOptions = { flip: true, shift: 2, rotate: 20, erase: 0.5 };
const reflected: AugmentOptions = { flip: true, shift: 3, rotate: 20, fill: 'reflect', cutout: 3 };

interface Run {
  readonly model: Sequential;
  readonly history: EpochResult[];
}

async function run(engine: Engine, options: Partial<TrainingOptions>): Promise<Run> {
  const model = sequential([flatten(), dense(10)], { inputShape: [6, 6, 1], seed: 1 });
  const history = await trainEpochs(model, data.train, split, engine, {
    epochs: 2,
    batchSize: 32,
    optimizer: sgd(),
    seed: 1,
    ...options,
  });
  return { model, history };
}

/** The weights after training, by every engine and number of threads. */
async function weights(engine: Engine, options: Partial<TrainingOptions>): Promise<number[]> {
  const { model } = await run(engine, options);
  const found = [...(await readWeights(model, engine)).values()].flatMap(({ values }) => [...values]);
  await engine.close();
  return found;
}

test('every engine, on any number of threads, sees the same images, to the bit', async () => {
  const positions = Int32Array.from({ length: 37 }, (_, i) => (i * 7) % 300);
  const images = async (engine: Engine, options: AugmentOptions): Promise<Float32Array> => {
    const indices = Tensor.from('int32', [37], positions, 'indices');
    const augmentation = new Augmentation(options, [6, 6, 1], 3);
    const values = augmentation.transforms(positions, 1);
    const transforms = Tensor.from('float32', [37, 10], values, 'transforms');
    const ops = new Recorder();
    const plain = ops.gatherImages(data.train.x, indices, 1 / 255);
    const x = ops.warpImages(plain, transforms, augmentation.fill);
    const executable = await engine.compile(ops.finish('images', [x]));
    await executable.run();
    const result = await engine.read(x);
    await engine.close();
    return result as Float32Array;
  };
  for (const options of [everything, reflected]) {
    const expected = await images(new ReferenceEngine(), options);
    for (const threads of [1, 2, 4]) {
      const found = await images(await WasmEngine.start({ threads }), options);
      assertSameBits(found, expected, `${threads} threads`);
    }
  }
});

test('training with augmentation: the same weights for any number of threads, and again; close to the reference', async () => {
  const options = { augment: everything };
  const expected = await weights(await WasmEngine.start({ threads: 1 }), options);
  for (const threads of [1, 2, 3]) {
    assertSameBits(await weights(await WasmEngine.start({ threads }), options), expected, `${threads}`);
  }
  assertClose(await weights(new ReferenceEngine(), options), expected, { rtol: 1e-4, atol: 1e-5 });
  const [plain, otherSeed] = [
    await weights(new ReferenceEngine(), {}),
    await weights(new ReferenceEngine(), { ...options, seed: 2 }),
  ];
  assert.not.equal(plain, expected);
  assert.not.equal(otherSeed, expected);
});

/** The training images as an epoch shows them; moves by whole pixels keep bytes bytes. */
function augmented(options: AugmentOptions, epoch: number): LabelledImages {
  const { x: images, y } = data.train;
  const positions = Int32Array.from({ length: 300 }, (_, i) => i);
  const rows = new Augmentation(options, [6, 6, 1], 4).transforms(positions, epoch);
  const bytes = Tensor.from('float32', images.shape, Float32Array.from(images.values), 'bytes');
  const transforms = Tensor.from('float32', [300, 10], rows, 'transforms');
  const moved = new EagerOps().warpImages(bytes, transforms, options.fill);
  return { x: Tensor.from('uint8', images.shape, Uint8Array.from(moved.values), 'moved'), y };
}

test('the loss of an epoch is that of its changed images, new in each epoch, whatever the batch size', async () => {
  for (const [augment, batchSize] of [
    [{ flip: true, shift: 2, erase: 0.5 }, 32],
    [{ flip: true, shift: 2, erase: 0.5 }, 50],
    [{ flip: true, shift: 4, fill: 'reflect', cutout: 2 }, 50],
  ] as const) {
    const engine = new ReferenceEngine();
    const { model, history } = await run(engine, { augment, batchSize, learningRate: 0, seed: 4 });
    const expected: number[] = [];
    for (const epoch of [1, 2]) {
      const evaluator = new Evaluator(model, augmented(augment, epoch), engine);
      expected.push((await evaluator.evaluate(split.train)).loss);
    }
    assert.ok(Math.abs(expected[0]! - expected[1]!) > 1e-4, expected.join());
    assertClose(
      history.map(({ loss }) => loss),
      expected,
      { rtol: 1e-6, atol: 0 },
    );
  }
});

test('about half of the images are mirrored, and in the next epoch all others', () => {
  const positions = Int32Array.from({ length: 300 }, (_, i) => i);
  const augmentation = new Augmentation({ flip: true }, [6, 6, 1], 4);
  const sides = (epoch: number): boolean[] => {
    const rows = augmentation.transforms(positions, epoch);
    return [...positions].map((i) => rows[i * 10]! < 0);
  };
  const first = sides(1);
  const mirrored = first.filter(Boolean).length;
  // binomial: 150 ± 8.7
  assert.ok(mirrored > 110 && mirrored < 190, String(mirrored));
  assert.equal(
    sides(2),
    first.map((side) => !side),
  );
  assert.equal(sides(3), first);
});

test('validation sees the images as they are', async () => {
  const options = { learningRate: 0, epochs: 1 };
  const [plain, changed] = [
    await run(new ReferenceEngine(), options),
    await run(new ReferenceEngine(), { ...options, augment: everything }),
  ];
  assert.equal(changed.history[0]!.validation, plain.history[0]!.validation);
  assert.not.equal(changed.history[0]!.loss, plain.history[0]!.loss);
});

/** The kinds of operations of the programs that a run compiles. */
async function programs(augment: AugmentOptions | undefined): Promise<string[]> {
  class Watched extends ReferenceEngine {
    readonly kinds: string[] = [];
    override compile(program: Program): ReturnType<ReferenceEngine['compile']> {
      this.kinds.push(program.operations.map(({ kind }) => kind).join(' '));
      return super.compile(program);
    }
  }
  const engine = new Watched();
  await run(engine, { epochs: 1, ...(augment ? { augment } : {}) });
  return engine.kinds;
}

test('the operation is in the programs of training alone, and only if something is asked for', async () => {
  const [training, shortBatch, evaluation] = await programs({ shift: 1 });
  for (const program of [training!, shortBatch!])
    assert.match(program, /^gatherImages warpImages gatherLabels/);
  assert.match(evaluation!, /^gatherImages gatherLabels/);
  const plain = await programs(undefined);
  assert.ok(plain.every((program) => !program.includes('warpImages')));
  assert.equal(await programs({ flip: false, shift: 0 }), plain);
});

test('options that make no sense are refused before anything is trained', async () => {
  const error = await run(new ReferenceEngine(), { augment: { shift: 6 } }).catch(
    (reason: unknown) => reason,
  );
  assert.instance(error, RangeError);
  assert.match((error as Error).message, /shift must be a whole number from 0 to 5 for images of 6×6, got 6/);
});

test.run();
