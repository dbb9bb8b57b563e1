import { readFileSync } from 'node:fs';
import { evaluate, loadModel, saveModel } from 'weft-nn/node';
import { train } from './train.mjs';

const points = JSON.parse(readFileSync('points.json', 'utf8'));
const start = performance.now();
const model = await train(points.train);
const seconds = (performance.now() - start) / 1000;

await saveModel(model, 'spiral.safetensors');
const loaded = loadModel('spiral.safetensors');

const { accuracy } = await evaluate(loaded, points.test);
console.log(JSON.stringify({ seconds, accuracy }));
