import { readFileSync, writeFileSync } from 'node:fs';
import brain from 'brain.js';
import { train } from './train.mjs';

const points = JSON.parse(readFileSync('points.json', 'utf8'));
const start = performance.now();
const net = train(points.train);
const seconds = (performance.now() - start) / 1000;

writeFileSync('spiral.json', JSON.stringify(net.toJSON()));
const loaded = new brain.NeuralNetwork();
loaded.fromJSON(JSON.parse(readFileSync('spiral.json', 'utf8')));

const { x, y } = points.test;
const accuracy = y.filter((arm, i) => Number(brain.likely(x[i], loaded)) === arm).length / y.length;
console.log(JSON.stringify({ seconds, accuracy }));
