import { readFileSync, writeFileSync } from 'node:fs';
import { argMax, io, tensor2d } from '@tensorflow/tfjs-core';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import { train } from './train.mjs';

const points = JSON.parse(readFileSync('points.json', 'utf8'));
const start = performance.now();
const model = await train(points.train);
const seconds = (performance.now() - start) / 1000;

// without tfjs-node there is no handler for files
const toFiles = io.withSaveHandler(async ({ weightData, ...artifacts }) => {
  writeFileSync('spiral.json', JSON.stringify(artifacts));
  writeFileSync('spiral.bin', new Uint8Array(weightData));
  return {};
});
await model.save(toFiles);
const artifacts = JSON.parse(readFileSync('spiral.json', 'utf8'));
const weightData = new Uint8Array(readFileSync('spiral.bin')).buffer;
const loaded = await loadLayersModel(io.fromMemory({ ...artifacts, weightData }));

const { x, y } = points.test;
const predicted = argMax(loaded.predict(tensor2d(x)), 1).dataSync();
const accuracy = y.filter((arm, i) => arm === predicted[i]).length / y.length;
console.log(JSON.stringify({ seconds, accuracy }));
