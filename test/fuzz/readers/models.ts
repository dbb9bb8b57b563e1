import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { huber } from '../../../src/layers/huber.ts';
import { buildModel } from '../../../src/model/build-model.ts';
import { readModelFile } from '../../../src/model/model-file.ts';
import { encodeSafetensors, type NamedValues } from '../../../src/model/safetensors.ts';
import { encodeModel } from '../../../src/model/saved-model.ts';
import { loadModel } from '../../../src/model/saved-model-file.ts';
import { loadWeights } from '../../../src/model/weights-file.ts';
import type { Dice } from './dice.ts';
import { mutateBytes } from './mutate-bytes.ts';
import { mutateJson, mutateJsonFile } from './mutate-json.ts';
import type { ReaderCase } from './reader-case.ts';

const layers = [
  { type: 'conv2d', filters: 2, kernelSize: 3, padding: 'same' },
  { type: 'batch_norm' },
  { type: 'relu' },
  { type: 'residual', body: [{ type: 'conv2d', filters: 2, kernelSize: 1 }] },
  { type: 'max_pool2d', poolSize: 2 },
  { type: 'flatten' },
  { type: 'dropout', rate: 0.5 },
  { type: 'dense', units: 3 },
];

export const modelFile: ReaderCase = {
  name: 'model file',
  make: (dice) => mutateJsonFile({ description: 'small', layers }, dice),
  read(bytes, folder) {
    const path = join(folder, 'model.json');
    writeFileSync(path, bytes);
    buildModel(readModelFile(path), { source: path, inputShape: [6, 6, 1], classes: 3 });
  },
};

const dense = [{ type: 'flatten' }, { type: 'dense', units: 3 }];
const network = (): ReturnType<typeof buildModel> =>
  buildModel(dense, { source: 'test', inputShape: [2, 2, 1], classes: 3 });

export const weights: ReadonlyMap<string, NamedValues> = new Map(
  network().parameters.map(({ value: { name, shape, values } }) => [
    name,
    { shape, values: Float32Array.from(values) },
  ]),
);

/** The header of a safetensors file, which is JSON, changed with its length; or any bytes. */
export function mutateSafetensors(file: Uint8Array, dice: Dice): Buffer {
  const bytes = Buffer.from(file);
  if (dice.chance(0.3)) return mutateBytes(bytes, dice);
  const end = 8 + Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, end)) as unknown;
  const text = Buffer.from(JSON.stringify(mutateJson(header, dice)) ?? '');
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, bytes.subarray(end)]);
}

export const weightsFile: ReaderCase = {
  name: 'safetensors',
  make: (dice) => mutateSafetensors(encodeSafetensors(weights, { note: 'small' }), dice),
  read(bytes, folder) {
    const path = join(folder, 'model.safetensors');
    writeFileSync(path, bytes);
    loadWeights(network(), path);
  },
};

const saved = encodeModel(
  Object.assign(network(), { loss: huber({ delta: 2 }), classNames: ['a', 'b', 'c'] }),
  'small',
);
export const savedModel: ReaderCase = {
  name: 'saved model',
  make: (dice) => mutateSafetensors(saved, dice),
  read(bytes, folder) {
    const path = join(folder, 'network.safetensors');
    writeFileSync(path, bytes);
    loadModel(path);
  },
};
