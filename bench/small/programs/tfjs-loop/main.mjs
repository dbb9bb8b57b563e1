import { readFileSync, writeFileSync } from 'node:fs';
import { argMax, tensor, tensor2d } from '@tensorflow/tfjs-core';
import { forward, train } from './train.mjs';

const points = JSON.parse(readFileSync('points.json', 'utf8'));
const start = performance.now();
const weights = await train(points.train);
const seconds = (performance.now() - start) / 1000;

const arrays = weights.map(({ kernel, bias }) => ({ kernel: kernel.arraySync(), bias: bias.arraySync() }));
writeFileSync('spiral.json', JSON.stringify(arrays));
const saved = JSON.parse(readFileSync('spiral.json', 'utf8'));
const loaded = saved.map(({ kernel, bias }) => ({ kernel: tensor(kernel), bias: tensor(bias) }));

const { x, y } = points.test;
const predicted = argMax(forward(loaded, tensor2d(x)), 1).dataSync();
const accuracy = y.filter((arm, i) => arm === predicted[i]).length / y.length;
console.log(JSON.stringify({ seconds, accuracy }));
