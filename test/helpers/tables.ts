import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RandomStream } from '../../src/tensor/random.ts';

/** Writes a table from lines and returns its path. */
export function writeTable(folder: string, name: string, ...lines: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

/** Three kinds of flowers, sorted by kind, that differ in length and mostly in colour. */
export function flowers(count: number): string[] {
  const random = new RandomStream(1, 'flowers');
  const kinds = [
    ['daisy', 2, 'white'],
    ['rose', 5, 'red'],
    ['tulip', 8, 'yellow'],
  ] as const;
  const rows = Array.from({ length: count }, (_, i) => {
    const [kind, length, colour] = kinds[Math.floor((3 * i) / count)]!;
    const shown = random.uniform(2 * i) < 0.8 ? colour : 'white';
    return `${(length + 2 * random.uniform(2 * i + 1)).toFixed(2)},${shown},${kind}`;
  });
  return ['length,colour,kind', ...rows];
}

/** Prices of houses: 2000 for each square metre, 50,000 more by the sea, and a little chance. */
export function houses(count: number): string[] {
  const random = new RandomStream(2, 'houses');
  const rows = Array.from({ length: count }, (_, i) => {
    const size = 40 + 160 * random.uniform(3 * i);
    const place = random.uniform(3 * i + 1) < 0.5 ? 'sea' : 'town';
    const price = 2000 * size + (place === 'sea' ? 50_000 : 0) + 2000 * random.uniform(3 * i + 2);
    return `${size.toFixed(1)},${place},${Math.round(price)}`;
  });
  return ['size,place,price', ...rows];
}
