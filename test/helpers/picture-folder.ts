import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';
import { RandomStream } from '../../src/tensor/random.ts';

export type Colour = readonly [red: number, green: number, blue: number];

/** Writes a PNG or, if the name ends in .jpg, a JPEG file; makes the folders that lead to it. */
export function writePicture(
  path: string,
  { width, height }: { readonly width: number; readonly height: number },
  colourAt: (x: number, y: number) => Colour,
): void {
  const picture = new PNG({ width, height });
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) picture.data.set([...colourAt(x, y), 255], (y * width + x) * 4);
  }
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, path.endsWith('.jpg') ? jpeg.encode(picture, 95).data : PNG.sync.write(picture));
}

/**
 * Writes a folder of pictures that a network can learn: `count` of each class, 7 high and 9 wide. The classes are red,
 * green and blue; a picture is bright in its colour, with noise.
 */
export function writeColourFolder(folder: string, count: number): void {
  for (const [channel, name] of ['red', 'green', 'blue'].entries()) {
    for (let i = 0; i < count; i++) {
      const random = new RandomStream(i, name);
      const path = join(folder, name, `${String(i).padStart(3, '0')}.png`);
      writePicture(path, { width: 9, height: 7 }, (x, y) => {
        const colour = [0, 1, 2].map(
          (c) => Math.floor(100 * random.uniform((y * 9 + x) * 3 + c)) + (c === channel ? 120 : 0),
        );
        return colour as unknown as Colour;
      });
    }
  }
}
