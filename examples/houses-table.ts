/**
 * Writes houses.csv, a table of 500 made-up houses: what a house costs depends on its size, its year and its place.
 *
 *     npm run example -- houses-table
 *     npm run train -- --data houses.csv --target price
 *     npm run train -- --data houses.csv --target place
 */
import { writeFileSync } from 'node:fs';
import { RandomStream } from '../src/node.ts';

const random = new RandomStream(1, 'houses');
let next = 0;
const between = (from: number, to: number): number => from + (to - from) * random.uniform(next++);

const places = [
  { name: 'town', factor: 1.2, distance: 2 },
  { name: 'sea', factor: 1.5, distance: 30 },
  { name: 'village', factor: 0.8, distance: 15 },
];
const rows = Array.from({ length: 500 }, (_, index) => {
  const place = places[Math.floor(between(0, 3))]!;
  const size = Math.round(between(40, 200));
  const year = Math.round(between(1900, 2020));
  const kilometres = (place.distance * between(0.5, 1.5)).toFixed(1);
  const price = place.factor * size * (1500 + 8 * (year - 1900)) * between(0.95, 1.05);
  // now and then, nobody knows the year
  return [
    `house ${index + 1}`,
    size,
    index % 25 === 0 ? '' : year,
    place.name,
    kilometres,
    Math.round(price),
  ].join(',');
});
writeFileSync('houses.csv', ['name,size,year,place,kilometres,price', ...rows, ''].join('\n'));
console.log('written: houses.csv, 500 rows');
